"""A made-up person for one flow: who previews a request or sends a test lead may type another."""

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from affiliate.admin import countries
from affiliate.intake import phones
from affiliate.intake.errors import Invalid
from affiliate.models import Flow, Lead

NAME = "Ion Popescu"
ANYWHERE = "RO"


class SampleForm(forms.Form):
    country = forms.ChoiceField(widget=UnfoldAdminSelectWidget())
    name = forms.CharField(max_length=255, widget=UnfoldAdminTextInputWidget())
    phone = forms.CharField(max_length=64, widget=UnfoldAdminTextInputWidget())

    def __init__(self, flow: Flow, data=None):
        initial = {"name": NAME, "country": _country(flow), "phone": phones.example(_country(flow))}
        super().__init__(data, initial=initial)
        for name, field in self.fields.items():
            field.label = field.label or capfirst(Lead._meta.get_field(name).verbose_name)
        codes = flow.country_codes or list(countries.names())
        self.fields["country"].choices = [(code, countries.with_name(code)) for code in codes]

    @property
    def sample(self) -> dict[str, str]:
        """What was typed, or what stands there at first."""
        return {
            name: self.cleaned_data[name] if self.is_bound else self.initial[name] for name in SampleForm.base_fields
        }


class AnyPhoneForm(SampleForm):
    """Whose phone nobody will call: left empty it is one of the chosen country."""

    def __init__(self, flow: Flow, data=None):
        super().__init__(flow, data)
        self.fields["phone"].required = False
        self.fields["phone"].help_text = _("Empty: a number of the country's usual form.")
        self.initial["phone"] = ""

    @property
    def sample(self) -> dict[str, str]:
        sample = super().sample
        return sample | {"phone": sample["phone"] or phones.example(sample["country"])}


def add_errors(form: forms.Form, wrong: Invalid) -> None:
    """What intake says of the values, at their inputs."""
    for error in wrong.errors:
        form.add_error(error.field if error.field in form.fields else None, f"{error.message} {error.remedy}")


def _country(flow: Flow) -> str:
    return next(iter(flow.country_codes), ANYWHERE)
