"""Which flows take an offer's leads from which country."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from affiliate.delivery import parameters
from affiliate.integrations import registry
from affiliate.models import Flow, Network, Offer

# Every country that no flow of the table names.
REST = ""


class State(StrEnum):
    OPEN = "open"
    # Required parameters have no value there.
    LACKS = "lacks"
    # The offer, the flow or the network is disabled.
    OFF = "off"


@dataclass(frozen=True)
class Way:
    flow: Flow
    state: State


@dataclass
class Row:
    """An offer with its ways by country, in the order in which they are tried. A country that no flow names is absent."""

    offer: Offer
    ways: dict[str, list[Way]] = field(default_factory=dict)


@dataclass(frozen=True)
class Coverage:
    """`countries`: codes in order, then REST where some flow takes every country."""

    countries: list[str]
    rows: list[Row]


def coverage(*, offer: Offer | None = None, network: Network | None = None, country: str = "") -> Coverage:
    """All offers, or one; `network` leaves only its flows and their offers, `country` only that column. Three queries."""
    flows = Flow.objects.select_related("network").defer("network__credentials", "network__postback_keys")
    flows = flows.prefetch_related("geos").order_by("priority", "pk")
    offers = Offer.objects.order_by("title")
    if offer:
        flows, offers = flows.filter(offer=offer), offers.filter(pk=offer.pk)
    if network:
        flows, offers = flows.filter(network=network), offers.filter(flows__network=network).distinct()
    rows = {one.pk: Row(one) for one in offers}
    known = [flow for flow in flows if flow.offer_id in rows and flow.network.integration in registry.integrations()]
    for flow in known:
        flow.offer = rows[flow.offer_id].offer
    columns = [country] if country else _columns(known)
    for flow in known:
        for code, state in _states(flow, columns):
            rows[flow.offer_id].ways.setdefault(code, []).append(Way(flow, state))
    return Coverage(columns, list(rows.values()))


def _columns(flows: Iterable[Flow]) -> list[str]:
    codes, everywhere = set(), False
    for flow in flows:
        named = flow.country_codes
        everywhere = everywhere or not named
        codes |= set(named) | ({geo.country for geo in flow.geos.all()} if not named else set())
    return [*sorted(codes), *([REST] if everywhere else [])]


def _states(flow: Flow, columns: list[str]) -> Iterable[tuple[str, State]]:
    """The flow's state in each of the columns that it takes leads from."""
    off = not (flow.enabled and flow.offer.enabled and flow.network.enabled)
    named, geos = set(flow.country_codes), {geo.country for geo in flow.geos.all()}
    # Countries without a geo are all alike.
    lacking = {code: bool(parameters.missing(flow, code)) for code in {REST, *geos}}
    for code in columns:
        if not named or code in named:
            lacks = lacking.get(code, lacking[REST])
            yield code, State.OFF if off else State.LACKS if lacks else State.OPEN
