"""Rows for the pictures, made inside a hub that `first_run` has prepared."""

from affiliate.integrations import registry
from affiliate.models import Flow, Network, Offer
from tests.integrations import cases


def make() -> dict:
    """Names for the demo offers, a flow to a real network that gets no lead, and an offer that no flow takes."""
    by_postback, by_poll = Offer.objects.order_by("pk")
    Offer.objects.filter(pk=by_postback.pk).update(title="Slim tea")
    Offer.objects.filter(pk=by_poll.pk).update(title="Fitness watch")
    integration = next(
        one
        for one in registry.of_specification().values()
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
