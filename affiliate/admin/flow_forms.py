"""The forms of a flow: which offer and network it connects, then that network's parameters, and geos."""

from dataclasses import dataclass

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from affiliate.admin import countries
from affiliate.admin.cap_fields import CAPS, CappedForm
from affiliate.admin.country_fields import CountriesField
from affiliate.admin.declared import DeclaredValuesForm
from affiliate.integrations import registry
from affiliate.integrations.base import Integration
from affiliate.models import Flow, Geo, Network, Offer

ROUTING = ("countries", "priority", "weight")


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
    # A fresh copy is disabled; saving its form enables it where the original was.
    was_enabled = False
    countries = CountriesField()

    class Meta:
        model = Flow
        fields = ("title", "enabled", *ROUTING, *CAPS)

    def __init__(self, *args, instance=None, **kwargs):
        instance = instance or Flow(offer=self.chosen.offer, network=self.chosen.network)
        super().__init__(*args, instance=instance, **kwargs)
        if field := self.fields.get("countries"):
            field.offer(instance.country_codes)
        if self.was_enabled and "enabled" in self.fields:
            self.initial["enabled"] = True
        if field := self.fields.get("title"):
            field.widget.attrs["placeholder"] = f"{instance.offer} → {instance.network}"


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
