"""Flows: an offer's way to a network, with parameters as fields of that network's integration and geos beside them."""

from dataclasses import dataclass

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from unfold.admin import StackedInline
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from affiliate.admin import countries, declared
from affiliate.admin.cap_fields import CAPS, CappedForm
from affiliate.admin.declared import DeclaredValuesForm, declared_form
from affiliate.admin.filters import NetworkFilter, OfferFilter
from affiliate.admin.hub import HubAdmin, link, secrets_of
from affiliate.delivery import parameters
from affiliate.integrations import registry
from affiliate.integrations.base import Integration
from affiliate.integrations.fields import Parameter
from affiliate.models import Flow, Geo, Network, Offer
from affiliate.models.fields import split_countries

ROUTING = ("countries", "priority", "weight")
ORIGINS = {"offer": _("offer"), "flow": _("flow"), "geo": _("geo")}


class PickForm(forms.Form):
    """The first step of a new flow: the fields of the second depend on the network."""

    offer = forms.TypedChoiceField(label=_("Offer"), coerce=int, widget=UnfoldAdminSelectWidget())
    network = forms.TypedChoiceField(label=_("Network"), coerce=int, widget=UnfoldAdminSelectWidget())

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        empty = ("", _("Choose"))
        self.fields["offer"].choices = [empty, *Offer.objects.values_list("pk", "title")]
        self.fields["network"].choices = [
            empty,
            *Network.objects.filter(integration__in=registry.integrations()).values_list("pk", "name"),
        ]


class FlowForm(CappedForm, DeclaredValuesForm):
    values_column = "parameters"
    chosen: "Chosen"

    class Meta:
        model = Flow
        fields = ("title", "enabled", *ROUTING, *CAPS)

    def __init__(self, *args, instance=None, **kwargs):
        instance = instance or Flow(offer=self.chosen.offer, network=self.chosen.network)
        super().__init__(*args, instance=instance, **kwargs)
        if field := self.fields.get("countries"):
            named = [countries.with_name(code) for code in split_countries(instance.countries)]
            field.help_text = "; ".join(named) or field.help_text
        if field := self.fields.get("title"):
            field.widget.attrs["placeholder"] = f"{instance.offer} → {instance.network}"

    def clean_countries(self):
        typed = self.cleaned_data["countries"]
        if wrong := countries.unknown(split_countries(typed)):
            text = _("There is no such country code: %(codes)s. Great Britain is GB, Greece is GR.")
            raise forms.ValidationError(text, params={"codes": ", ".join(wrong)})
        return typed


class GeoForm(DeclaredValuesForm):
    values_column = "parameters"
    country = forms.CharField(
        label=_("Country"), widget=UnfoldAdminSelectWidget(), error_messages={"required": _("Choose a country.")}
    )

    class Meta:
        model = Geo
        fields = ("country",)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if field := self.fields.get("country"):
            field.widget.choices = countries.choices()


@dataclass
class Chosen:
    """The offer and the network a flow connects."""

    offer: Offer
    network: Network

    @classmethod
    def of(cls, request, flow: Flow | None) -> "Chosen | None":
        """Of a stored flow, or of the address of a new one; None where the address names none that exist."""
        if flow:
            return cls(flow.offer, flow.network)
        form = PickForm(request.GET)
        if not form.is_valid():
            return None
        offer = Offer.objects.get(pk=form.cleaned_data["offer"])
        networks = Network.objects.defer("credentials", "postback_keys")
        return cls(offer, networks.get(pk=form.cleaned_data["network"]))

    @cached_property
    def integration(self) -> type[Integration]:
        return self.network.integration_class


class GeoInline(StackedInline):
    model = Geo
    extra = 0
    verbose_name_plural = _("Geos: other values for a country")

    def get_formset(self, request, obj=None, **kwargs):
        form = declared_form(GeoForm, _chosen(request, obj).integration.declared(Parameter), partial=True)
        return super().get_formset(request, obj, **kwargs | {"form": form})

    def get_fieldsets(self, request, obj=None):
        form = declared_form(GeoForm, _chosen(request, obj).integration.declared(Parameter), partial=True)
        return ((None, {"fields": ("country", *form.input_names())}),)


@admin.register(Flow)
class FlowAdmin(HubAdmin):
    list_display = ("__str__", "offer_link", "network_link", "countries", "priority", "weight", "enabled")
    list_filter = (OfferFilter, NetworkFilter, "enabled")
    search_fields = ("title", "offer__title", "network__name")
    search_help_text = _("Flow, offer or network")
    ordering = ("offer__title", "priority", "id")
    inlines = (GeoInline,)
    change_form_template = "admin/affiliate/flow/form.html"

    def get_queryset(self, request):
        flows = super().get_queryset(request).select_related("offer", "network")
        return flows.defer(*secrets_of("network"))

    @display(description=_("offer"), ordering="offer__title")
    def offer_link(self, flow):
        return link(flow.offer)

    @display(description=_("network"), ordering="network__name")
    def network_link(self, flow):
        return link(flow.network)

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
            context["resolved"] = _resolved(obj)
        else:
            words = {"offer": chosen.offer, "network": chosen.network}
            context["title"] = _("Add a flow: %(offer)s → %(network)s") % words
        return super().render_change_form(request, context, add, change, form_url, obj)

    def save_related(self, request, form, formsets, change):
        """What is missing is told now, when geos are saved too, and not when a lead fails."""
        super().save_related(request, form, formsets, change)
        flow = self.get_queryset(request).prefetch_related("geos").get(pk=form.instance.pk)
        for text in _lacks(flow):
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
    form.chosen = chosen
    return form


def _lacks(flow: Flow) -> list[str]:
    """A sentence for each country (or for all) in which the flow takes no lead because a value is missing."""
    texts = []
    for code in flow.country_codes or [""]:
        if labels := parameters.missing(flow, code):
            words = {"labels": ", ".join(str(label) for label in labels), "country": countries.with_name(code)}
            some = _("%(country)s: no value for %(labels)s. Until it is typed, this flow takes no leads from there.")
            text = some if code else _("No value for %(labels)s. Until it is typed, this flow takes no leads.")
            texts.append(text % words)
    return texts


def _resolved(flow: Flow) -> list[dict]:
    """Each parameter with the value that leads get, in general and per geo, and where it stands."""
    codes = ["", *sorted(geo.country for geo in flow.geos.all())]
    found = {code: parameters.resolve(flow, code) for code in codes}
    rows = []
    for name, value in flow.network.integration_class.declared(Parameter).items():
        for code in codes:
            one = found[code].get(name)
            rows.append(
                {
                    "label": declared.short_label(value),
                    "country": countries.with_name(code),
                    "value": declared.hint(value, one.value) if one else value.default,
                    "origin": ORIGINS[one.origin] if one else _("default") if value.default else "",
                    "missing": not one and not value.default and value.required,
                }
            )
    return rows
