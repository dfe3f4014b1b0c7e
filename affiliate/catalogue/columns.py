"""The columns of the table of offers and flows, by names that people read and write in any of the hub's languages."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from affiliate.integrations import registry
from affiliate.integrations.base import Integration
from affiliate.integrations.fields import Parameter, Value

FIXED = {
    "offer": _("Offer"),
    "network": _("Network"),
    "flow": _("Flow title"),
    "number": _("Flow number"),
    "geo": _("Geo"),
    "enabled": _("Enabled"),
    "priority": _("Priority"),
    "weight": _("Weight"),
    "countries": _("Countries"),
    "daily_cap": _("Daily cap"),
    "total_cap": _("Total cap"),
    "daily_country_caps": _("Daily caps by country"),
    "total_country_caps": _("Total caps by country"),
}


@dataclass(frozen=True)
class ParameterColumn:
    """One parameter of one integration: names of two networks' parameters may be the same."""

    integration: type[Integration]
    declared: Value

    @property
    def key(self) -> str:
        return f"{self.integration.slug}.{self.declared.name}"

    @property
    def header(self) -> str:
        """`DrCash: Flow ID`; `slug.name` where two would be called so."""
        named = [
            one for one in of_integrations([self.integration]) if one.declared.short_label == self.declared.short_label
        ]
        return f"{self.integration.title}: {self.declared.short_label}" if len(named) == 1 else self.key


def of_integrations(integrations: Iterable[type[Integration]]) -> list[ParameterColumn]:
    return [ParameterColumn(one, value) for one in integrations for value in one.declared(Parameter).values()]


def header(key: str) -> str:
    """A column's name in the reader's language."""
    return str(FIXED[key]) if key in FIXED else parameters()[key].header


def parameters() -> dict[str, ParameterColumn]:
    return {column.key: column for column in of_integrations(registry.integrations().values())}


def by_header() -> dict[str, str]:
    """The key of each column by all that it may be called, in lower case."""
    found = {key.lower(): key for key in [*FIXED, *parameters()]}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            found |= {str(name).lower(): key for key, name in FIXED.items()}
            found |= {column.header.lower(): column.key for column in parameters().values()}
    return found
