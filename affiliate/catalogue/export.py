"""All offers, flows and geos as one table: a row for each offer, under it its flows, under each flow its geos."""

from collections.abc import Iterator, Mapping

from affiliate.catalogue import cells, columns
from affiliate.catalogue.columns import FIXED, ParameterColumn
from affiliate.integrations import registry
from affiliate.models import Flow, Offer

OF_FLOW = tuple(name for name in FIXED if name not in ("offer", "network", "flow", "number", "geo"))


def rows() -> Iterator[list]:
    """The header, then the rows; three queries. Secrets are left out, and kept by a cell that is empty."""
    flows_of: dict[int, list[Flow]] = {}
    flows = Flow.objects.select_related("network").defer("network__credentials", "network__postback_keys")
    for flow in flows.prefetch_related("geos").order_by("priority", "pk"):
        if flow.network.integration in registry.integrations():
            flows_of.setdefault(flow.offer_id, []).append(flow)
    used = {flow.network.integration_class for flows in flows_of.values() for flow in flows}
    named = columns.of_integrations(sorted(used, key=lambda one: one.title.lower()))
    yield [str(header) for header in FIXED.values()] + [column.header for column in named]
    for offer in Offer.objects.order_by("title"):
        flows = flows_of.get(offer.pk, [])
        own = {flow.network.integration_class for flow in flows}
        yield _row(
            {"offer": offer.title, "enabled": cells.write("enabled", offer.enabled)}, own, offer.parameters, named
        )
        for flow in flows:
            place = {"offer": offer.title, "network": flow.network.name, "flow": flow.title, "number": flow.pk}
            told = {name: cells.write(name, getattr(flow, name)) for name in OF_FLOW}
            yield _row(place | told, {flow.network.integration_class}, flow.parameters, named)
            for geo in flow.geos.all():
                yield _row(place | {"geo": geo.country}, {flow.network.integration_class}, geo.parameters, named)


def _row(told: Mapping, integrations: set, values: Mapping[str, str], named: list[ParameterColumn]) -> list:
    return [told.get(name, "") for name in FIXED] + [
        values.get(one.declared.name, "") if one.integration in integrations and not one.declared.secret else ""
        for one in named
    ]
