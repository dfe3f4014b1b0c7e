"""Offers: what is sold, with the values that all their flows share and the flows themselves."""

from django.contrib import admin
from django.db.models import Count
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from affiliate.admin.declared import DeclaredValuesForm, declared_form
from affiliate.admin.hub import HubAdmin, secrets_of
from affiliate.delivery import parameters
from affiliate.integrations import registry
from affiliate.integrations.fields import Parameter, Value
from affiliate.models import Flow, Offer


class OfferForm(DeclaredValuesForm):
    values_column = "parameters"

    class Meta:
        model = Offer
        fields = ("title", "enabled")


@admin.register(Offer)
class OfferAdmin(HubAdmin):
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
        shared = _form_of(obj).input_names()
        if not shared:
            return (main,)
        words = _("A value typed here goes to every flow of the offer that needs it and has none of its own.")
        return (main, (_("Parameters for all flows"), {"fields": shared, "description": words}))

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj:
            context |= {"flows": [_line(flow) for flow in _flows(obj)], "original_number": str(obj.pk)}
        context["show_save_and_add_another"] = False
        return super().render_change_form(request, context, add, change, form_url, obj)

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
    return {"row": flow, "missing": ", ".join(str(label) for label in parameters.missing(flow))}


def _form_of(offer: Offer | None) -> type[OfferForm]:
    """With a field for each parameter that any of the offer's networks declares."""
    if offer is None or offer.pk is None:
        return OfferForm
    if not hasattr(offer, "declared_by_flows"):
        offer.declared_by_flows = _declared_by_flows(offer)
    return declared_form(OfferForm, offer.declared_by_flows, partial=True, stored=offer.parameters)


def _declared_by_flows(offer: Offer) -> dict[str, Value]:
    found = {}
    for slug in offer.flows.order_by("id").values_list("network__integration", flat=True):
        if integration := registry.integrations().get(slug):
            found = integration.declared(Parameter) | found
    return found
