"""Form fields of the values an integration declares: credentials of a network, parameters of an offer, flow or geo."""

from collections.abc import Mapping

from django import forms
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from affiliate.integrations.fields import Value

# A hint must not give a short secret away.
_SHORTEST_HINT = 12


class DeclaredField(forms.CharField):
    """One declared value; the declaration's own `clean` checks it. `partial`: it may stand on another level instead."""

    def __init__(self, declared: Value, *, partial: bool):
        self.declared, self.partial, self.stored = declared, partial, ""
        super().__init__(
            label=declared.short_label,
            required=declared.required and not declared.default and not partial,
            help_text=_help(declared),
            widget=_widget(declared, partial),
        )

    def take(self, stored: str) -> None:
        """A secret is never sent back to the browser: what is stored is only hinted at, and kept by an empty input."""
        self.stored = stored
        if not self.declared.secret:
            self.initial = stored
        elif stored:
            self.required = False
            self.help_text = mark_safe(f"{conditional_escape(self.help_text)} {_stored_hint(stored)}")

    def clean(self, raw):
        if self.declared.secret and self.stored and not (raw or "").strip():
            return self.stored
        if self.partial and not (raw or "").strip():
            return ""
        try:
            return self.declared.clean(raw)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None


class DeclaredValuesForm(forms.ModelForm):
    """A model form with a field for each declared value, kept in the row's JSON column `values_column`.

    Build a class for an integration by `declared_form`. Values the integration does not declare stay as they are.
    """

    values_column = ""
    declared_values: Mapping[str, Value] = {}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        stored = getattr(self.instance, self.values_column) or {}
        for name in self.declared_values:
            self.fields[self.input_name(name)].take(stored.get(name, ""))

    @classmethod
    def input_name(cls, name: str) -> str:
        return f"{cls.values_column}_{name}"

    @classmethod
    def forget_name(cls, name: str) -> str:
        return f"{cls.values_column}_forget_{name}"

    @classmethod
    def input_names(cls) -> list[str]:
        """The inputs of the declared values, for a fieldset."""
        return [name for name in cls.declared_fields if name.startswith(f"{cls.values_column}_")]

    def clean(self):
        cleaned = super().clean()
        values = dict(getattr(self.instance, self.values_column) or {})
        for name in self.declared_values:
            values.pop(name, None)
            text = self.cleaned_data.get(self.input_name(name))
            if text and not self.cleaned_data.get(self.forget_name(name)):
                values[name] = text
        setattr(self.instance, self.values_column, values)
        return cleaned


def declared_form(
    base: type[DeclaredValuesForm],
    values: Mapping[str, Value],
    *,
    partial: bool,
    stored: Mapping[str, str] | None = None,
) -> type[DeclaredValuesForm]:
    """`base` with a field for each value. A stored secret that may be absent gets a box that removes it."""
    fields = {}
    for name, value in values.items():
        field = fields[base.input_name(name)] = DeclaredField(value, partial=partial)
        if value.secret and not field.required and (stored or {}).get(name):
            fields[base.forget_name(name)] = forms.BooleanField(
                label=_("Remove: %(label)s") % {"label": value.label},
                required=False,
                widget=UnfoldBooleanSwitchWidget(),
            )
    return type(base.__name__, (base,), {**fields, "declared_values": values})


def hint(value: Value, text: str) -> str:
    """A value as it may be shown outside its input."""
    if not value.secret:
        return dict(value.choices).get(text, text)
    return f"…{text[-4:]}" if len(text) >= _SHORTEST_HINT else "•••"


def _stored_hint(stored: str):
    if len(stored) < _SHORTEST_HINT:
        return conditional_escape(_("A value is stored; leave this empty to keep it."))
    end = format_html("<code>{}</code>", stored[-4:])
    return format_html(_("A value is stored, it ends with {}; leave this empty to keep it."), end)


def _help(value: Value) -> str:
    text = capfirst(str(value.help))
    return "" if text.rstrip(".") == value.short_label else text


def _widget(value: Value, partial: bool):
    if value.choices:
        empty = [("", _("Not set here") if partial else _("Choose"))]
        return UnfoldAdminSelectWidget(choices=[*empty, *value.choices])
    attrs = {"placeholder": value.default or value.example, "autocomplete": "off", "spellcheck": "false"}
    if value.secret:
        return UnfoldAdminPasswordWidget(attrs={**attrs, "autocomplete": "new-password"}, render_value=False)
    return UnfoldAdminTextInputWidget(attrs=attrs)
