"""Parameters of a flow: offer, then flow, then geo; the most specific wins."""

from dataclasses import dataclass

from affiliate.integrations.fields import Parameter
from affiliate.models import Flow


@dataclass(frozen=True)
class Resolved:
    """A parameter's value and where it stands: `offer`, `flow` or `geo`."""

    value: str
    origin: str


def resolve(flow: Flow, country: str = "") -> dict[str, Resolved]:
    """Each declared parameter that has a value, for leads of a country. Geos are read from `flow.geos`: prefetch them."""
    levels = [("offer", flow.offer.parameters), ("flow", flow.parameters)]
    levels += [("geo", geo.parameters) for geo in flow.geos.all() if geo.country == country]
    resolved = {}
    for origin, values in levels:
        for name in flow.network.integration_class.declared(Parameter):
            if text := str((values or {}).get(name) or "").strip():
                resolved[name] = Resolved(text, origin)
    return resolved


def values(flow: Flow, country: str = "") -> dict[str, str]:
    return {name: resolved.value for name, resolved in resolve(flow, country).items()}


def missing(flow: Flow, country: str = "") -> list[str]:
    """Labels of required parameters that have no value anywhere for a country."""
    found = resolve(flow, country)
    declared = flow.network.integration_class.declared(Parameter)
    return [
        value.label for name, value in declared.items() if value.required and not value.default and name not in found
    ]
