"""Countries chosen from a list, kept as codes."""

from django import forms
from django.contrib.admin.widgets import get_select2_language
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelect2MultipleWidget

from affiliate.admin import countries
from affiliate.models.fields import split_countries, validate_countries


class CountriesWidget(UnfoldAdminSelect2MultipleWidget):
    def __init__(self):
        # `hub.js` takes codes that are pasted into it.
        super().__init__(
            {"data-countries": "", "data-width": "100%", "data-placeholder": _("Every country. Type a name or a code")}
        )

    @property
    def media(self):
        """The list's own words in the reader's language come before what makes the list."""
        script = "admin/js/vendor/select2/select2.full.js"
        words = f"admin/js/vendor/select2/i18n/{get_select2_language()}.js"
        return super().media + forms.Media(js=[script, words, "admin/js/jquery.init.js"])


class CountriesField(forms.MultipleChoiceField):
    """`BG, RO` ↔ a choice of countries; codes in one text are understood too."""

    widget = CountriesWidget

    def __init__(self):
        super().__init__(
            label=_("Countries"),
            required=False,
            help_text=_("None chosen: every country. A list of codes can be pasted: RO, BG."),
        )

    def offer(self, stored: list[str]) -> None:
        """What is stored stays a choice, even a code that no country has: left out, it would be lost on saving."""
        self.choices = [(code, countries.with_name(code)) for code in [*countries.names(), *countries.unknown(stored)]]

    def prepare_value(self, value):
        return _codes(value)

    def has_changed(self, initial, data):
        return _codes(initial) != _codes(data)

    def clean(self, value):
        text = ", ".join(_codes(value))
        validate_countries(text)
        return text


def _codes(value) -> list[str]:
    return split_countries(value if isinstance(value, str) else ", ".join(value or ()))
