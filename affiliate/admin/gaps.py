"""In words: in which countries a flow takes no leads, because a parameter has no value there."""

from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from affiliate.admin import countries
from affiliate.delivery import parameters
from affiliate.models import Flow, Geo


def sentences(flow: Flow, geos: list[Geo] | None = None) -> list[str]:
    """What is to be told of a flow when a value may be missing. Prefetch `geos`, or give those it will have."""
    texts, places = [], parameters.countries_of(flow, geos)
    for codes, labels in parameters.gaps(flow, geos):
        words = {"labels": ", ".join(map(str, labels)), "countries": _named(codes, places)}
        if places == [""]:
            texts.append(_("No value for %(labels)s. Until it is typed, this flow takes no leads.") % words)
        else:
            text = _("%(countries)s: no value for %(labels)s. Until it is typed, this flow takes no leads from there.")
            texts.append(text % words)
    if unused := parameters.unused_geos(flow, geos):
        text = _("The flow takes no leads from %(countries)s: the values typed for a geo there are not used.")
        texts.append(text % {"countries": _named(unused, places)})
    return texts


def flagged(codes: list[str], flow: Flow) -> SafeString:
    """The countries with flags."""
    places = parameters.countries_of(flow)
    shown = ((countries.flagged(code, countries.with_name(code)) if code else _rest(places),) for code in codes)
    return format_html_join(", ", "{}", shown)


def _named(codes: list[str], places: list[str]) -> str:
    return ", ".join(countries.with_name(code) if code else _rest(places) for code in codes)


def _rest(places: list[str]) -> str:
    return _("every other country") if places != [""] else _("every country")
