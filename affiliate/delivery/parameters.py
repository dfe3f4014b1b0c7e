"""Parameters of a flow: offer, then flow, then geo; the most specific wins."""

from collections.abc import Iterable
from dataclasses import dataclass

from affiliate.integrations.fields import Parameter, Value
from affiliate.models import Flow, Geo


@dataclass(frozen=True)
class Resolved:
    """A parameter's value and where it stands: `offer`, `flow` or `geo`."""

    value: str
    origin: str


def resolve(flow: Flow, country: str = "", geos: Iterable[Geo] | None = None) -> dict[str, Resolved]:
    """Each declared parameter that has a value, for leads of a country. Geos are read from `flow.geos`: prefetch them, or
    give those of a flow that is not stored yet.
    """
    levels = [("offer", flow.offer.parameters), ("flow", flow.parameters)]
    levels += [("geo", geo.parameters) for geo in _geos(flow, geos) if geo.country == country]
    resolved = {}
    for origin, values in levels:
        for name in flow.network.integration_class.declared(Parameter):
            if text := str((values or {}).get(name) or "").strip():
                resolved[name] = Resolved(text, origin)
    return resolved


def values(flow: Flow, country: str = "") -> dict[str, str]:
    return {name: resolved.value for name, resolved in resolve(flow, country).items()}


def missing(flow: Flow, country: str = "", geos: Iterable[Geo] | None = None) -> list[str]:
    """Labels of required parameters that have no value anywhere for a country."""
    found = resolve(flow, country, geos)
    declared = flow.network.integration_class.declared(Parameter)
    return [
        value.label for name, value in declared.items() if value.required and not value.default and name not in found
    ]


@dataclass(frozen=True)
class Line:
    """What leads of some countries get for a parameter; `resolved` is None where no level has a value.

    The country "" stands for every country that is not named.
    """

    declared: Value
    countries: list[str]
    resolved: Resolved | None

    @property
    def missing(self) -> bool:
        return self.resolved is None and self.declared.required and not self.declared.default


def countries_of(flow: Flow, geos: Iterable[Geo] | None = None) -> list[str]:
    """Where its leads come from; "" stands for every country that is not named."""
    return flow.country_codes or ["", *sorted(geo.country for geo in _geos(flow, geos))]


def explain(flow: Flow) -> list[Line]:
    """For each parameter its values in all countries of the flow, countries of the same value and origin together."""
    found = {code: resolve(flow, code) for code in countries_of(flow)}
    lines = []
    for name, value in flow.network.integration_class.declared(Parameter).items():
        groups: dict[Resolved | None, list[str]] = {}
        for code, resolved in found.items():
            groups.setdefault(resolved.get(name), []).append(code)
        lines += [Line(value, codes, resolved) for resolved, codes in groups.items()]
    return lines


def gaps(flow: Flow, geos: Iterable[Geo] | None = None) -> list[tuple[list[str], list[str]]]:
    """Countries in which the flow takes no lead, with the labels of the parameters they lack."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for code in countries_of(flow, geos):
        if labels := missing(flow, code, geos):
            groups.setdefault(tuple(labels), []).append(code)
    return [(codes, list(labels)) for labels, codes in groups.items()]


def unused_geos(flow: Flow, geos: Iterable[Geo] | None = None) -> list[str]:
    """Countries with values of their own that the flow takes no leads from."""
    taken = flow.country_codes
    return [geo.country for geo in _geos(flow, geos) if taken and geo.country not in taken]


def _geos(flow: Flow, given: Iterable[Geo] | None) -> Iterable[Geo]:
    return flow.geos.all() if given is None else given
