"""Rows for the pictures, made inside a hub that `first_run` has prepared."""

import random
from datetime import timedelta
from decimal import Decimal

from django.contrib.auth.models import Group, User
from django.utils import timezone

from affiliate.delivery import statistics
from affiliate.delivery.acting import acting
from affiliate.integrations import registry
from affiliate.models import (
    Alert,
    AlertChannel,
    Flow,
    Incident,
    Lead,
    Network,
    NetworkState,
    Offer,
    ReportAddress,
    Source,
    roles,
)
from affiliate.models.alert import AlertState, Event, Phase, Via
from tests.integrations import cases

NAMES = {
    "RO": ["Ion Popescu", "Maria Ionescu", "Andrei Dumitru", "Elena Stan", "Vasile Radu"],
    "BG": ["Георги Иванов", "Мария Петрова", "Иван Димитров", "Елена Николова"],
    "IT": ["Giulia Rossi", "Marco Bianchi", "Anna Ferrari"],
}
PREFIXES = {"RO": "+40712", "BG": "+359888", "IT": "+393471"}
HOURS = 47


def make() -> dict:
    """Names for the demo offers, a flow to a real network that gets no lead, and an offer that no flow takes."""
    by_postback, by_poll = Offer.objects.order_by("pk")
    Offer.objects.filter(pk=by_postback.pk).update(title="Slim tea")
    Offer.objects.filter(pk=by_poll.pk).update(title="Fitness watch")
    integration = next(
        one
        for one in registry.networks().values()
        if list(one.credentials()) == ["user", "api"] and one.tails and one.described_push is None
    )
    network = Network.objects.create(
        name=integration.title,
        integration=integration.slug,
        credentials=cases.load(integration.slug)["credentials"],
    )
    names = list(integration.parameters())
    flow = Flow.objects.create(
        offer=Offer.objects.create(title="Joint cream"),
        network=network,
        countries="RO, BG, IT",
        parameters={name: str(1840 + number) for number, name in enumerate(names)},
    )
    flow.geos.create(country="BG", parameters={names[0]: "1877"})
    flow.geos.create(country="IT", parameters={names[0]: "1902"})
    lonely = Offer.objects.create(title="Hair serum")
    Offer.objects.filter(pk=by_postback.pk).update(on_duplicate="mark")
    return {
        "by_postback": by_postback.pk,
        "by_poll": by_poll.pk,
        "lonely": lonely.pk,
        "waiting": flow.offer_id,
        "network": network.pk,
        "flow": flow.pk,
    }


def make_history() -> dict:
    """People with roles, changes they made, and trouble that was told."""
    people = {}
    for name, role in (("olga", roles.MANAGER), ("ivan", roles.OPERATOR), ("maria", roles.ANALYST)):
        people[name] = User.objects.create_user(name, is_staff=True)
        people[name].groups.add(Group.objects.get(name=role))
    flow = Flow.objects.get(geos__country="BG")
    with acting(people["olga"]):
        flow.priority, flow.daily_cap = 5, 200
        flow.save()
        flow.parameters |= dict.fromkeys(list(flow.parameters)[:1], "1850")
        flow.save()
        flow.network.credentials |= {"api": "SECRET-demo-token-0002"}
        flow.network.save()
    channel = AlertChannel.objects.create(
        name="Night shift",
        via=Via.TELEGRAM,
        values={"token": "123456789:SECRET-demo-bot-000000000", "chat": "-1001234567890"},
        language="en",
    )
    now = timezone.now()
    troubles = (
        (Event.UNCLEAR, {"count": 3}, 26, 25),
        (Event.BREAKER, {"failures": 12}, 5, 4.5),
        (Event.PAUSED, {"reason": "401 invalid token"}, 1, None),
    )
    for event, facts, begun, ended in troubles:
        incident = Incident.objects.create(
            event=event,
            network=flow.network,
            facts=facts,
            begun_at=now - timedelta(hours=begun),
            ended_at=ended and now - timedelta(hours=ended),
        )
        Alert.objects.create(
            channel=channel, incident=incident, phase=Phase.BEGUN, state=AlertState.SENT, answer="HTTP 200", sent_at=now
        )
    return {"channel": channel.pk}


def make_days() -> int:
    """Leads of two days as networks left them, busier by day than by night; returns how many."""
    draw = random.Random(7)
    now, source = timezone.now(), Source.objects.get()
    flows = list(Flow.objects.select_related("offer").order_by("pk"))
    leads, moments = [], []
    for hours in range(1, HOURS):
        moment = now - timedelta(hours=HOURS - hours)
        for _number in range(draw.randint(1, 3) if moment.hour < 7 else draw.randint(4, 9)):
            country = draw.choices(["RO", "BG", "IT"], [6, 3, 2])[0]
            flow = draw.choices(flows, [5, 3, 2][: len(flows)])[0]
            leads.append(
                Lead(
                    source=source,
                    offer=flow.offer,
                    flow=flow,
                    network_id=flow.network_id,
                    name=draw.choice(NAMES[country]),
                    phone=f"{PREFIXES[country]}{draw.randint(100000, 999999)}",
                    country=country,
                    sub1=f"teaser-{draw.randint(11, 19)}",
                    **_fate(draw, moment),
                )
            )
            moments.append(moment)
    for lead, moment in zip(Lead.objects.bulk_create(leads), moments, strict=True):
        Lead.objects.filter(pk=lead.pk).update(created_at=moment)
    statistics.mark(moments)
    statistics.count_all()
    return len(leads)


def _fate(draw: random.Random, moment) -> dict:
    delivery = draw.choices(["delivered", "refused", "failed", "unclear"], [86, 9, 3, 2])[0]
    if delivery == "refused":
        return {"delivery": delivery, "delivery_reason": "blacklisted phone", "status": "cancel"}
    if delivery == "unclear":
        return {"delivery": delivery, "delivery_reason": "no answer in time", "unclear_since": moment}
    if delivery == "failed":
        return {"delivery": delivery, "delivery_reason": "HTTP 503 Service Unavailable", "attempts_made": 8}
    told = {"delivery": delivery, "delivered_at": moment, "eid": str(draw.randint(10**6, 10**7)), "attempts_made": 1}
    status = draw.choices(["wait", "hold", "approve", "cancel", "trash"], [20, 4, 34, 34, 8])[0]
    paid = {"payout": Decimal(draw.choice([12, 18, 25])), "payout_currency": "USD"}
    return told | {"status": status} | (paid if status in ("hold", "approve") else {})


def make_reports(url: str) -> None:
    """A tracker that takes reports and one that is away."""
    source = Source.objects.get()
    events = ["delivered", "approve", "hold", "cancel", "trash"]
    for name, address in (("Keitaro", f"{url}/postback"), ("Old tracker", "http://127.0.0.1:9/postback")):
        ReportAddress.objects.create(
            source=source,
            name=name,
            url=address + "?subid={sub1}&status={status}&payout={payout}",
            events=events,
        )


def pause(network: int) -> None:
    NetworkState.objects.update_or_create(
        network_id=network, defaults={"paused_at": timezone.now(), "paused_reason": "401 invalid token"}
    )
