"""Reports to sources: what becomes of their leads, told to trackers and programs. The rows are the outbox.

Whatever changes a lead calls `note` in its own transaction; `report_drain` sends.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.core.cache import cache
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from affiliate.delivery import bulk, clock, wake
from affiliate.delivery.remembered import Remembered
from affiliate.models import Report, ReportAddress, ReportHost
from affiliate.models.fields import new_key, new_oid
from affiliate.models.report import DELIVERED, OVERLAP, RECEIVED, Kind, ReportState

log = logging.getLogger(__name__)
SEND = "affiliate.send_reports"
# Seconds that all processes together remember the addresses; each then does for settings.REMEMBER_SECONDS more.
KNOWN_FOR = 5
_KEY = "report-addresses"
# A host that failed so often in a row is down; a report that was tried so often in vain is refused.
PATIENCE, TRIES = 5, 3
_here = Remembered()


@dataclass(frozen=True, slots=True)
class News:
    """What became of a lead: an event of `EVENTS`, with the lead's status and money at this moment.

    `lead` has `pk`, `source_id`, `offer_id` and `test`.
    """

    lead: object
    event: str
    status: str
    payout: Decimal | None = None
    currency: str = ""

    @classmethod
    def received(cls, lead) -> "News":
        return cls(lead, RECEIVED, lead.status)

    @classmethod
    def delivered(cls, lead) -> "News":
        return cls(lead, DELIVERED, lead.status, lead.payout, lead.payout_currency)


@dataclass(frozen=True, slots=True)
class _Wish:
    """What an address wants to know."""

    address_id: int
    source_id: int
    offer_id: int | None
    events: frozenset[str]
    tests: bool
    host: str

    def concerns(self, news: News) -> bool:
        lead = news.lead
        mine = lead.source_id == self.source_id and self.offer_id in (None, lead.offer_id)
        return mine and news.event in self.events and (self.tests or not lead.test)


@dataclass(slots=True)
class _Row:
    """A row of Report."""

    address_id: int
    lead_id: int
    uid: str
    event: str
    status: str
    payout: Decimal | None
    payout_currency: str
    next_attempt_at: datetime
    forced: bool = False
    state: str = ReportState.QUEUED.value
    reason: str = ""
    attempts_made: int = 0
    digest: str = ""
    exchanges: list = ()
    finished_at: datetime | None = None


def note(news: Iterable[News], *, now: datetime) -> None:
    """Queue what sources want to know of these leads, in order. Call in the transaction that makes the news.

    Where no source has an address, `news` is not even asked for.
    """
    if not (wishes := _here.get(_KEY, _wishes)):
        return
    wanted = [(wish, one) for one in news for wish in wishes if wish.concerns(one)]
    bulk.insert(
        Report,
        [
            _Row(wish.address_id, one.lead.pk, new_oid(), one.event, one.status, one.payout, one.currency, now)
            for wish, one in wanted
        ],
    )
    for host in {wish.host for wish, _one in wanted}:
        wake.wake(SEND, host)


def refresh() -> None:
    """Look at the addresses anew: one was added or changed."""
    transaction.on_commit(lambda: cache.delete(_KEY))


def _wishes() -> list[_Wish]:
    try:
        if (known := cache.get(_KEY)) is not None:
            return known
    except Exception:
        log.warning("the cache is away; the addresses of reports are read from the database", exc_info=True)
    rows = ReportAddress.objects.filter(enabled=True).order_by("pk")
    rows = rows.values_list("pk", "source_id", "offer_id", "events", "kind", "host")
    # A tracker would count a test lead as a conversion; a program is told that it is one.
    found = [_Wish(*row[:3], frozenset(row[3]), row[4] == Kind.WEBHOOK, row[5]) for row in rows]
    try:
        cache.set(_KEY, found, KNOWN_FOR)
    except Exception:
        log.warning("the cache is away", exc_info=True)
    return found


def due(*, now: datetime) -> QuerySet[Report]:
    """Reports that may be sent now: a lead's next one waits until the one before it is out of the way."""
    earlier = Report.objects.filter(
        address=OuterRef("address"), lead=OuterRef("lead"), pk__lt=OuterRef("pk"), state=ReportState.QUEUED
    )
    return Report.objects.filter(~Exists(earlier), state=ReportState.QUEUED, next_attempt_at__lte=now)


def addresses_due(*, now: datetime) -> QuerySet[ReportAddress]:
    """Addresses that have reports to take."""
    return ReportAddress.objects.filter(bulk.any_of(due(now=now).filter(address=OuterRef("pk"))), enabled=True)


def hosts_due(*, now: datetime) -> QuerySet:
    """Hosts that have reports to take, are not resting and are served by no worker."""
    busy = ReportHost.objects.filter(Q(lease_until__gt=now) | Q(resting_until__gt=now))
    return addresses_due(now=now).exclude(host__in=busy.values("host")).values_list("host", flat=True)


def sweep() -> None:
    """Wake workers for what a lost message or a dead worker left."""
    for host in set(hosts_due(now=clock.now())):
        wake.send(SEND, host)


def failing() -> list[ReportAddress]:
    """Addresses that take no reports: their host is down, or each of the latest reports was tried in vain several times."""
    down = ReportHost.objects.filter(failures__gte=PATIENCE).values("host")
    # Of a host that is up few reports wait, so that the newest one of these is near.
    latest = Report.objects.filter(Q(state=ReportState.SENT) | Q(attempts_made__gte=TRIES), address=OuterRef("pk"))
    refuses = ~Q(latest=None) & ~Q(latest=ReportState.SENT)
    up = ReportAddress.objects.filter(enabled=True).exclude(host__in=down)
    refusing = up.annotate(latest=Subquery(latest.order_by("-pk").values("state")[:1])).filter(refuses)
    either = Q(host__in=down) | Q(pk__in=refusing.values("pk"))
    return list(
        ReportAddress.objects.filter(either, enabled=True).select_related("source").order_by("source__name", "name")
    )


def resend(reports: QuerySet[Report]) -> int:
    """Queue reports once more, changed or not; returns how many.

    Of each lead and address only the newest may go: an older one would tell the source what is no longer so.
    """
    with transaction.atomic():
        newer = Report.objects.filter(address=OuterRef("address"), lead=OuterRef("lead"), pk__gt=OuterRef("pk"))
        newest = Report.objects.filter(~Exists(newer), pk__in=reports.order_by().values("pk"))
        hosts = set(newest.values_list("address__host", flat=True).order_by())
        count = newest.update(
            state=ReportState.QUEUED, forced=True, attempts_made=0, next_attempt_at=clock.now(), finished_at=None
        )
        for host in hosts:
            wake.wake(SEND, host)
    return count


def new_secret(address: ReportAddress) -> str:
    """Give a webhook a new secret and return it; the one before it signs too while the overlap lasts."""
    address.secrets = [new_key(), *address.secrets[:1]]
    address.old_secret_until = clock.now() + OVERLAP
    address.save(update_fields=["secrets", "old_secret_until"])
    return address.secrets[0]
