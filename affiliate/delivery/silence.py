"""Networks that say nothing although leads flow to them: a broken postback URL is found this way."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import OuterRef, Subquery

from affiliate.delivery import clock, figures
from affiliate.models import Network, Postback, StatusPoll

# Fewer leads than these may well have no news.
LEADS = 10


@dataclass(frozen=True)
class Silent:
    """`leads` were delivered within SILENT_HOURS; `heard` is when the network last told of any lead, None for never."""

    network: Network
    leads: int
    heard: datetime | None


def networks() -> list[Silent]:
    """By name; empty where SILENT_HOURS is 0."""
    if not settings.SILENT_HOURS:
        return []
    since = clock.now() - timedelta(hours=settings.SILENT_HOURS)
    flowing = {pk: count for pk, count in figures.delivered_by_network(since).items() if count >= LEADS}
    if not flowing:
        return []
    called = Postback.objects.filter(network=OuterRef("pk")).order_by("-id").values("received_at")
    polled = StatusPoll.objects.filter(network=OuterRef("pk"), started_at__gt=since, leads_reported__gt=0)
    rows = Network.objects.filter(pk__in=flowing, enabled=True).defer("credentials", "postback_keys", "description")
    rows = rows.annotate(
        called=Subquery(called[:1]), polled=Subquery(polled.order_by("-started_at").values("started_at")[:1])
    )
    silent = []
    for network in rows.order_by("name"):
        heard = max((moment for moment in (network.called, network.polled) if moment), default=None)
        if heard is None or heard < since:
            silent.append(Silent(network, flowing[network.pk], heard))
    return silent
