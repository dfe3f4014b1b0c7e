"""Inputs of what a lead must have and what counts as a repeat of one, on an offer and on a source alike."""

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from affiliate.intake.checks import MAY_BE_REQUIRED
from affiliate.models import Lead, Offer, labels

DUPLICATES = ("on_duplicate", "duplicate_by", "duplicate_days", "duplicate_statuses", "duplicate_own_source")


def required_field() -> forms.MultipleChoiceField:
    return _chosen(Offer, "required_fields", _lead_columns)


def statuses_field(model) -> forms.MultipleChoiceField:
    return _chosen(model, "duplicate_statuses", labels.STATUS)


def duplicates_fieldset(description) -> tuple:
    return (_("Duplicates"), {"fields": DUPLICATES, "description": description})


def _chosen(model, name: str, choices) -> forms.MultipleChoiceField:
    column = model._meta.get_field(name)
    return forms.MultipleChoiceField(
        label=capfirst(column.verbose_name),
        help_text=column.help_text,
        choices=choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
    )


def _lead_columns() -> list[tuple[str, str]]:
    """In the words of the page's reader."""
    return [(name, capfirst(Lead._meta.get_field(name).verbose_name)) for name in MAY_BE_REQUIRED]
