"""Offers × countries on one page: which networks get the leads, and where nobody does."""

from django import forms
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action
from unfold.widgets import UnfoldAdminSelectWidget

from affiliate.admin import countries
from affiliate.admin.hub import link
from affiliate.catalogue import coverage
from affiliate.catalogue.coverage import Row, State, Way
from affiliate.models import Flow, Network, Offer


class CoverageForm(forms.Form):
    offer = forms.ModelChoiceField(
        Offer.objects.order_by("title"),
        label=gettext_lazy("Offer"),
        required=False,
        empty_label=gettext_lazy("All offers"),
        widget=UnfoldAdminSelectWidget(),
    )
    network = forms.ModelChoiceField(
        Network.objects.order_by("name").defer("credentials", "postback_keys"),
        label=gettext_lazy("Network"),
        required=False,
        empty_label=gettext_lazy("All networks"),
        widget=UnfoldAdminSelectWidget(),
    )
    country = forms.ChoiceField(label=gettext_lazy("Country"), required=False, widget=UnfoldAdminSelectWidget())

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["country"].choices = [
            ("", _("All countries")),
            *((code, countries.with_name(code)) for code in countries.names()),
        ]


class OffersByCountry:
    """Adds to the offers' admin: the page “Offers by country”."""

    actions_list = ("by_country",)

    @action(description=gettext_lazy("Offers by country"), url_path="by-country", permissions=["view"])
    def by_country(self, request):
        form = CoverageForm(request.GET)
        # A filter that names what does not exist filters nothing.
        form.is_valid()
        found = coverage.coverage(**{name: form.cleaned_data.get(name) or none for name, none in _NO_FILTER.items()})
        flow_links = _Links()
        context = {
            "form": form,
            "columns": [_column(code) for code in found.countries],
            "rows": [_row(row, found.countries, flow_links) for row in found.rows],
            "back": self.url("changelist"),
        }
        template = "admin/affiliate/offer/by_country.html"
        return self.page(request, template, title=_("Offers by country"), **context)


_NO_FILTER = {"offer": None, "network": None, "country": ""}


class _Links:
    """A link for each flow, made once however many cells show it; kept short, since there may be thousands of cells."""

    def __init__(self):
        self._made: dict[tuple[int, State], SafeString] = {}
        self._marks = {
            State.OPEN: "",
            State.LACKS: _mark("hub-way-lacks", _("required parameters have no value here")),
            State.OFF: _mark("hub-way-off", _("disabled: the offer, the flow or the network")),
        }

    def of(self, flow: Flow, state: State) -> SafeString:
        if (flow.pk, state) not in self._made:
            url = reverse("admin:affiliate_flow_change", args=[flow.pk])
            mark = self._marks[state]
            self._made[flow.pk, state] = format_html('<a{} href="{}">{}</a>', mark, url, flow.network.name)
        return self._made[flow.pk, state]


def _mark(name: str, title: str) -> SafeString:
    return format_html(' class="{}" title="{}"', name, title)


def _column(code: str) -> SafeString:
    if not code:
        return format_html("{}", _("every other"))
    return format_html("{}<small>{}</small>", countries.flagged(code), countries.name(code))


def _row(row: Row, columns: list[str], flow_links: _Links) -> dict:
    cells = [_cell(row.ways.get(code, []), flow_links) for code in columns]
    return {"offer": link(row.offer), "enabled": row.offer.enabled, "cells": mark_safe("".join(cells))}


def _cell(ways: list[Way], flow_links: _Links) -> SafeString:
    shown = mark_safe("".join(flow_links.of(way.flow, way.state) for way in ways))
    if any(way.state is State.OPEN for way in ways):
        return format_html("<td>{}</td>", shown)
    return format_html('<td class="hub-nobody" title="{}">{}</td>', _("no flow takes it"), shown or "—")
