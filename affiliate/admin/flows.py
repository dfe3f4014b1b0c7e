"""Flows: an offer's way to a network, with parameters as fields of that network's integration and geos beside them."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import prefetch_related_objects
from django.http import HttpResponseRedirect
from django.utils.translation import gettext_lazy as _
from unfold.admin import StackedInline
from unfold.decorators import display

from affiliate.admin import countries, declared, gaps
from affiliate.admin.cap_fields import CAPS
from affiliate.admin.declared import declared_form
from affiliate.admin.filters import NetworkFilter, OfferFilter
from affiliate.admin.flow_copy import COPIED, CopyFlows
from affiliate.admin.flow_forms import ROUTING, Chosen, FlowForm, GeoForm, PickForm
from affiliate.admin.flow_request import ShowRequest
from affiliate.admin.flow_table import FlowTable
from affiliate.admin.flow_test import SEND, SendTestLead
from affiliate.admin.hub import HubAdmin, link, secrets_of
from affiliate.delivery import parameters
from affiliate.integrations import registry
from affiliate.integrations.fields import Parameter
from affiliate.models import Flow, Geo

ORIGINS = {"offer": _("offer"), "flow": _("flow"), "geo": _("geo")}


class GeoInline(StackedInline):
    model = Geo
    extra = 0
    verbose_name_plural = _("Geos: other values for a country")

    def get_queryset(self, request):
        """A geo is called by its flow, which is called by its offer and network."""
        geos = super().get_queryset(request).select_related("flow__offer", "flow__network")
        return geos.defer(*secrets_of("flow__network"))

    def get_formset(self, request, obj=None, **kwargs):
        form = declared_form(GeoForm, _chosen(request, obj).integration.declared(Parameter), partial=True)
        return super().get_formset(request, obj, **kwargs | {"form": form})

    def get_fieldsets(self, request, obj=None):
        form = declared_form(GeoForm, _chosen(request, obj).integration.declared(Parameter), partial=True)
        return ((None, {"fields": ("country", *form.input_names())}),)


@admin.register(Flow)
class FlowAdmin(CopyFlows, ShowRequest, SendTestLead, FlowTable, HubAdmin):
    list_display = ("__str__", "offer_link", "network_link", "country_flags", "priority", "weight", "enabled")
    list_filter = (OfferFilter, NetworkFilter, "enabled")
    search_fields = ("title", "offer__title", "network__name")
    search_help_text = _("Flow, offer or network")
    ordering = ("offer__title", "priority", "id")
    inlines = (GeoInline,)
    change_form_template = "admin/affiliate/flow/form.html"

    def get_queryset(self, request):
        flows = super().get_queryset(request).select_related("offer", "network")
        return flows.defer(*secrets_of("network"))

    def whole(self, request, number: int, *, secrets: bool = False) -> Flow | None:
        """A flow with its offer, network and geos for who may see it; None where there is none that can be used."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        flows = Flow.objects.select_related("offer", "network").prefetch_related("geos")
        flow = (flows if secrets else flows.defer(*secrets_of("network"))).filter(pk=number).first()
        return flow if flow and flow.network.integration in registry.integrations() else None

    @display(description=_("offer"), ordering="offer__title")
    def offer_link(self, flow):
        return link(flow.offer)

    @display(description=_("network"), ordering="network__name")
    def network_link(self, flow):
        return link(flow.network)

    @display(description=_("countries"), ordering="countries")
    def country_flags(self, flow):
        return countries.flags(flow.country_codes) or _("every country")

    def has_delete_permission(self, request, obj=None):
        """A flow that took leads is part of their history: disable it instead."""
        return super().has_delete_permission(request, obj) and (obj is None or not obj.leads.exists())

    def get_object(self, request, object_id, from_field=None):
        flow = super().get_object(request, object_id, from_field)
        if flow and flow.network.integration not in registry.integrations():
            text = _("This version of the hub has no integration “%(slug)s”, which the flow's network needs.")
            self.message_user(request, text % {"slug": flow.network.integration}, messages.ERROR)
            return None
        return flow

    def add_view(self, request, form_url="", extra_context=None):
        if not self.has_add_permission(request):
            raise PermissionDenied
        if _chosen(request, None) is None:
            asked = {"offer", "network"} <= set(request.GET)
            form = PickForm(request.GET) if asked else PickForm(initial=request.GET.dict())
            return self.page(request, "admin/affiliate/flow/pick.html", title=_("Add a flow"), form=form)
        return super().add_view(request, form_url, extra_context)

    def get_form(self, request, obj=None, change=False, **kwargs):
        return super().get_form(request, obj, change, **kwargs | {"form": _form_of(request, obj)})

    def get_fieldsets(self, request, obj=None):
        return (
            (_("Parameters"), {"fields": _form_of(request, obj).input_names()}),
            (_("Which leads it takes"), {"fields": (*ROUTING, "enabled", "title")}),
            (_("Caps"), {"fields": CAPS, "classes": ("collapse",)}),
        )

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        chosen = _chosen(request, obj)
        context |= {
            "chosen": chosen,
            "instructions": chosen.integration.instructions,
            "show_save_and_add_another": False,
        }
        if obj:
            context |= {"resolved": _resolved(obj), "may_test": request.user.has_perm(SEND)}
            context |= {"may_copy": self.may_act(request), "copied": COPIED in request.GET}
        else:
            words = {"offer": chosen.offer, "network": chosen.network}
            context["title"] = _("Add a flow: %(offer)s → %(network)s") % words
        return super().render_change_form(request, context, add, change, form_url, obj)

    def save_related(self, request, form, formsets, change):
        """What is missing is told now, when geos are saved too, and not when a lead fails."""
        super().save_related(request, form, formsets, change)
        flow = self.get_queryset(request).prefetch_related("geos").get(pk=form.instance.pk)
        for text in gaps.sentences(flow):
            self.message_user(request, text, messages.WARNING)

    def response_post_save_add(self, request, obj):
        return HttpResponseRedirect(self.url("change", obj.pk))


def _chosen(request, flow: Flow | None) -> Chosen | None:
    if not hasattr(request, "hub_chosen"):
        request.hub_chosen = Chosen.of(request, flow)
    return request.hub_chosen


def _form_of(request, flow: Flow | None) -> type[FlowForm]:
    chosen = _chosen(request, flow)
    stored = flow.parameters if flow else {}
    form = declared_form(FlowForm, chosen.integration.declared(Parameter), partial=True, stored=stored)
    form.chosen, form.was_enabled = chosen, request.GET.get(COPIED) == "on"
    return form


def _resolved(flow: Flow) -> list[dict]:
    """Each parameter with the value that leads get in each of the flow's countries, and where it stands."""
    rows = []
    prefetch_related_objects([flow], "geos")
    for line in parameters.explain(flow):
        value, found = line.declared, line.resolved
        rows.append(
            {
                "label": value.short_label,
                "countries": gaps.flagged(line.countries, flow),
                "value": declared.hint(value, found.value) if found else value.default,
                "origin": ORIGINS[found.origin] if found else _("default") if value.default else "",
                "missing": line.missing,
            }
        )
    return rows
