"""In words: in which countries a flow takes no leads, because a parameter has no value there."""

from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from affiliate.admin import countries
from affiliate.delivery import parameters
from affiliate.models import Flow


def sentences(flow: Flow) -> list[str]:
    """What is to be told of a flow when a value may be missing. Prefetch `geos`."""
    texts = []
    for codes, labels in parameters.gaps(flow):
        words = {"labels": ", ".join(map(str, labels)), "countries": _named(codes, flow)}
        if codes == parameters.countries_of(flow) and codes == [""]:
            texts.append(_("No value for %(labels)s. Until it is typed, this flow takes no leads.") % words)
        else:
            text = _("%(countries)s: no value for %(labels)s. Until it is typed, this flow takes no leads from there.")
            texts.append(text % words)
    if unused := parameters.unused_geos(flow):
        text = _("The flow takes no leads from %(countries)s: the values typed for a geo there are not used.")
        texts.append(text % {"countries": _named(unused, flow)})
    return texts


def places(codes: list[str], flow: Flow) -> SafeString:
    """The countries with flags."""
    shown = ((countries.flagged(code, countries.with_name(code)) if code else _rest(flow),) for code in codes)
    return format_html_join(", ", "{}", shown)


def _named(codes: list[str], flow: Flow) -> str:
    return ", ".join(countries.with_name(code) if code else str(_rest(flow)) for code in codes)


def _rest(flow: Flow) -> str:
    return _("every other country") if parameters.countries_of(flow) != [""] else _("every country")
