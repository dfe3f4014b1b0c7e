"""Caps and working hours as people type them."""

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextareaWidget

from affiliate.models.capped import country_caps_text, read_country_caps

CAPS = ("daily_cap", "daily_country_caps", "total_cap", "total_country_caps")
HOURS = ("time_zone", "works_from", "works_until", "work_days")


class CountryCapsField(forms.CharField):
    """A line for each country, `RO 50` ↔ `{"RO": 50, "BG": 20}`."""

    def __init__(self, *, label):
        lines = UnfoldAdminTextareaWidget(attrs={"placeholder": "RO 50\nBG 20", "rows": 3, "class": "hub-caps"})
        told = _("A line for each country: its code and a number, RO 50. 0: no leads. A country not named has no cap.")
        super().__init__(label=label, required=False, widget=lines, help_text=told)

    def prepare_value(self, value):
        return country_caps_text(value, between="\n") if isinstance(value, dict) else value

    def has_changed(self, initial, data):
        return super().has_changed(self.prepare_value(initial), data)

    def clean(self, value):
        return read_country_caps(value or "")


class CappedForm(forms.ModelForm):
    """For networks and flows."""

    daily_country_caps = CountryCapsField(label=_("Daily caps by country"))
    total_country_caps = CountryCapsField(label=_("Total caps by country"))


class HoursForm(forms.ModelForm):
    work_days = forms.TypedMultipleChoiceField(
        label=_("Working days"),
        choices=[(number + 1, name) for number, name in WEEKDAYS.items()],
        coerce=int,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
        help_text=_("None chosen: every day."),
    )
