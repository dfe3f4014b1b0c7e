"""Inputs of what counts as a repeat of a lead, on an offer and on a source alike."""

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from affiliate.models import labels

FIELDS = ("on_duplicate", "duplicate_by", "duplicate_days", "duplicate_statuses", "duplicate_own_source")


class ChosenStatuses(forms.MultipleChoiceField):
    def __init__(self, **kwargs):
        super().__init__(
            choices=labels.STATUS, required=False, widget=UnfoldAdminCheckboxSelectMultipleWidget(), **kwargs
        )


def statuses_field(model) -> ChosenStatuses:
    column = model._meta.get_field("duplicate_statuses")
    return ChosenStatuses(label=column.verbose_name, help_text=column.help_text)


def fieldset(description) -> tuple:
    return (_("Duplicates"), {"fields": FIELDS, "description": description})
