"""The form of a network: the fields of its integration beside those that every network has."""

import re

from django import forms
from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextInputWidget

from affiliate.admin.cap_fields import CAPS, HOURS, CappedForm, HoursForm
from affiliate.admin.declared import DeclaredValuesForm
from affiliate.admin.description_field import DescriptionField, addresses, text_of
from affiliate.integrations.base import Integration
from affiliate.integrations.description.files import LARGEST
from affiliate.models import Network
from affiliate.models.network import validate_retry_schedule

POSTBACKS = ("postback_ips", "upsell")
LIMITS = ("max_in_flight", "requests_per_second", "deadline_hours", "retry_schedule")


class WaitsField(forms.CharField):
    """`10, 60, 600` ↔ `[10, 60, 600]`."""

    def prepare_value(self, value):
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    def has_changed(self, initial, data):
        return super().has_changed(self.prepare_value(initial), data)

    def clean(self, value):
        parts = re.split(r"[\s,;]+", (super().clean(value) or "").strip(" ,;"))
        # What is no number stays as it was typed, for the validator to tell.
        waits = [int(part) if part.isdecimal() and len(part) < 10 else part for part in parts if part]
        validate_retry_schedule(waits)
        return waits


class NetworkForm(CappedForm, HoursForm, DeclaredValuesForm):
    """Subclasses are made per integration and name it in `integration`."""

    values_column = "credentials"
    integration: type[Integration]
    description = DescriptionField(label=_("Description"), required=False)
    retry_schedule = WaitsField(
        label=_("Waits between tries, seconds"),
        required=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_(
            "After the last of them a lead is marked failed, or earlier at the deadline. Empty: the hub's own."
        ),
    )
    description_file = forms.FileField(
        label=_("Description from a file"),
        required=False,
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".yaml,.yml,.json"}),
        help_text=_("YAML or JSON that another team has shared; it takes the place of the text above."),
    )

    class Meta:
        model = Network
        fields = ("name", "base_url", "enabled", "description", *POSTBACKS, *LIMITS, *CAPS, *HOURS)

    def __init__(self, data=None, files=None, *args, instance=None, **kwargs):
        if file := (files or {}).get("description_file"):
            data = data.copy()
            data["description"] = file.read(LARGEST + 1).decode("utf-8-sig", "replace")
        instance = instance or Network(integration=self.integration.slug)
        super().__init__(data, files, *args, instance=instance, **kwargs)
        self.stored_addresses = _addresses(self.instance)
        if described := self.fields.get("description"):
            described.integration = self.integration
            self.initial["description"] = text_of(self.instance.description, self.integration)
            if self.integration.described_push is not None:
                described.widget.attrs |= {
                    "data-draft": reverse("admin:affiliate_network_draft"),
                    "rows": 16,
                    "wrap": "off",
                }
            described.help_text = _(
                "YAML or JSON. Everything this network's manager says of its protocol goes in here."
            )
        if address := self.fields.get("base_url"):
            address.widget.attrs["placeholder"] = self.integration.base_url
            if not self.integration.base_url:
                address.help_text = ""
            if self.integration.needs_base_url:
                address.help_text = _("This network gives each partner an address of its own: type it here.")
                address.required = not self.integration.base_url
        if rate := self.fields.get("requests_per_second"):
            rate.widget.attrs["placeholder"] = self.integration.requests_per_second or ""
        if waits := self.fields.get("retry_schedule"):
            waits.widget.attrs["placeholder"] = ", ".join(map(str, settings.RETRY_SCHEDULE))

    def clean(self):
        cleaned = super().clean()
        typed = Network(**{name: cleaned.get(name) for name in ("base_url", "description")})
        if not self.instance._state.adding and _addresses(typed) != self.stored_addresses:
            self._insist_on_secrets()
        return cleaned

    def _insist_on_secrets(self):
        """Otherwise who may not read a secret could have it sent to an address of his own."""
        for name, value in self.declared_values.items():
            field = self.input_name(name)
            if value.secret and self.fields[field].stored and not self[field].value():
                self.add_error(field, _("The network's address has changed: type this value again."))

    def _update_errors(self, errors):
        # The model repeats without a field what the inputs have said at their place.
        if any(name in self._errors for name in self.input_names()):
            fields = getattr(errors, "error_dict", {})
            errors.error_dict = {name: told for name, told in fields.items() if name != NON_FIELD_ERRORS}
        super()._update_errors(errors)


def _addresses(network: Network) -> list:
    """Where the network's requests go."""
    return [network.base_url or "", *addresses(network.description)]
