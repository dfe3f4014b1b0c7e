"""Caps and working hours as people type them."""

import re

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextInputWidget

from affiliate.admin import countries

CAPS = ("daily_cap", "daily_country_caps", "total_cap", "total_country_caps")
HOURS = ("time_zone", "works_from", "works_until", "work_days")


class CountryCapsField(forms.CharField):
    """`RO 50, BG 20` ↔ `{"RO": 50, "BG": 20}`."""

    def __init__(self, *, label):
        example = UnfoldAdminTextInputWidget(attrs={"placeholder": "RO 50, BG 20"})
        super().__init__(label=label, required=False, widget=example, help_text=_("A country not named has no cap."))

    def prepare_value(self, value):
        return ", ".join(f"{code} {cap}" for code, cap in sorted(value.items())) if isinstance(value, dict) else value

    def has_changed(self, initial, data):
        return super().has_changed(self.prepare_value(initial), data)

    def clean(self, value):
        caps = {}
        for part in filter(None, (part.strip() for part in re.split("[,;\n]", (value or "").upper()))):
            match = re.fullmatch(r"([A-Z]{2})[\s:=]+([0-9]{1,9})", part)
            if not match or countries.unknown([match[1]]):
                text = _("“%(part)s” is no cap of a country: write country codes with numbers, RO 50, BG 20.")
                raise forms.ValidationError(text, params={"part": part})
            caps[match[1]] = int(match[2])
        return caps


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
