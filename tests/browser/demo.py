"""Rows for the pictures, made inside a hub that `first_run` has prepared."""

from datetime import timedelta

from django.contrib.auth.models import Group, User
from django.utils import timezone

from affiliate.delivery.acting import acting
from affiliate.integrations import registry
from affiliate.models import Alert, AlertChannel, Flow, Incident, Network, Offer, roles
from affiliate.models.alert import AlertState, Event, Phase, Via
from tests.integrations import cases


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
    return {
        "by_postback": by_postback.pk,
        "by_poll": by_poll.pk,
        "lonely": lonely.pk,
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
    return {"channel": channel.pk, "role": Group.objects.get(name=roles.OPERATOR).pk}
