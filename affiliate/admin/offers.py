"""Offers: what is sold, with the values that all their flows share and the flows themselves."""

from collections import ChainMap

from django.contrib import admin, messages
from django.db.models import Count
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from affiliate.admin import countries, gaps, lead_rules
from affiliate.admin.declared import DeclaredValuesForm, declared_form
from affiliate.admin.hub import HubAdmin, secrets_of
from affiliate.admin.offers_by_country import OffersByCountry
from affiliate.admin.where import WhereWouldItGo
from affiliate.delivery import parameters
from affiliate.integrations import registry
from affiliate.integrations.fields import Parameter, Value
from affiliate.models import Flow, Offer


class OfferForm(DeclaredValuesForm):
    values_column = "parameters"
    required_fields = lead_rules.required_field()
    duplicate_statuses = lead_rules.statuses_field(Offer)

    class Meta:
        model = Offer
        fields = ("title", "enabled", "required_fields", *lead_rules.DUPLICATES)


@admin.register(Offer)
class OfferAdmin(WhereWouldItGo, OffersByCountry, HubAdmin):
    list_display = ("title", "number", "flow_count", "enabled", "created_at")
    list_filter = ("enabled",)
    search_fields = ("title",)
    ordering = ("title",)
    change_form_template = "admin/affiliate/offer/form.html"

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(flows_here=Count("flows"))

    @display(description=_("number for the API"), ordering="id")
    def number(self, offer):
        return offer.pk

    @display(description=_("flows"), ordering="flows_here")
    def flow_count(self, offer):
        return offer.flows_here

    def has_delete_permission(self, request, obj=None):
        """An offer that got leads is part of their history: disable it instead."""
        return super().has_delete_permission(request, obj) and (obj is None or not obj.leads.exists())

    def get_form(self, request, obj=None, change=False, **kwargs):
        return super().get_form(request, obj, change, **kwargs | {"form": _form_of(obj)})

    def get_fieldsets(self, request, obj=None):
        main = (None, {"fields": ("title", "enabled")})
        words = _("A value typed here goes to every flow of the offer that needs it and has none of its own.")
        shared = []
        for title, values in (_declared_by_flows(obj) if obj else {}).items():
            head = _("Parameters for all flows to %(integration)s") % {"integration": title}
            fields = [OfferForm.input_name(name) for name in values]
            shared.append((head, {"fields": fields, "description": "" if shared else words}))
        asked = (_("What a lead must have"), {"fields": ("required_fields",)})
        words = _("A source may have rules of its own: they go before these.")
        return (main, *shared, asked, lead_rules.duplicates_fieldset(words))

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj:
            context |= {"flows": [_line(flow) for flow in _flows(obj)], "original_number": str(obj.pk)}
        context["show_save_and_add_another"] = False
        return super().render_change_form(request, context, add, change, form_url, obj)

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if any(name in form.input_names() for name in form.changed_data):
            self._tell_gaps(request, obj)

    def _tell_gaps(self, request, offer):
        """A value of the offer may have been all that its flows had."""
        for flow in _flows(offer):
            for text in gaps.sentences(flow):
                self.message_user(request, f"{flow}: {text}", messages.WARNING)

    def response_post_save_add(self, request, obj):
        """The next step: a flow."""
        return HttpResponseRedirect(f"{reverse('admin:affiliate_flow_add')}?offer={obj.pk}")


def _flows(offer: Offer) -> list[Flow]:
    flows = offer.flows.select_related("network", "network__state").prefetch_related("geos")
    flows = list(flows.defer(*secrets_of("network")).order_by("priority", "id"))
    for flow in flows:
        flow.offer = offer
    return [flow for flow in flows if flow.network.integration in registry.integrations()]


def _line(flow: Flow) -> dict:
    missing = [
        {"labels": ", ".join(map(str, labels)), "countries": countries.flags(filter(None, codes))}
        for codes, labels in parameters.gaps(flow)
    ]
    return {"row": flow, "countries": countries.flags(flow.country_codes), "missing": missing}


def _form_of(offer: Offer | None) -> type[OfferForm]:
    """With a field for each parameter that any of the offer's networks declares."""
    values = ChainMap(*_declared_by_flows(offer).values()) if offer else {}
    return declared_form(OfferForm, values, partial=True, stored=offer.parameters if offer else {})


def _declared_by_flows(offer: Offer) -> dict[str, dict[str, Value]]:
    """The parameters of the offer's networks by the title of their integration; a name that two share is the first one's."""
    if not hasattr(offer, "declared_by_flows"):
        found, names = {}, set()
        for slug in offer.flows.order_by("id").values_list("network__integration", flat=True):
            integration = registry.integrations().get(slug)
            if integration and integration.title not in found:
                own = {name: one for name, one in integration.declared(Parameter).items() if name not in names}
                found[integration.title] = own
                names |= own.keys()
        offer.declared_by_flows = {title: own for title, own in found.items() if own}
    return offer.declared_by_flows
