"""What a manager types for an integration, declared once.

A declaration gives the admin form, its validation and help, masking, the docs page and `manage.py networks`.
"""

import re
from dataclasses import dataclass

from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

REQUIRED = _("This value is required.")
UNPRINTABLE = _("Remove line breaks and invisible characters.")
_LONGEST_LABEL = 32
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\ufeff]")


class Value:
    """A named text value of an integration; read on an instance it is what the manager typed, "" when absent."""

    def __init__(
        self, help="", *, label="", required=True, default="", example="", choices=(), pattern="", secret=False
    ):
        self.help = help
        self._label = label
        self.required = required
        self.default = default
        self.example = example
        self.choices = tuple(choices)
        self.pattern = pattern
        self.secret = secret
        self.name = ""

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        return instance.values.get(self.name) or self.default

    @property
    def label(self) -> str:
        return str(self._label) if self._label else capfirst(str(self.help).rstrip(".")) or self.name

    @property
    def short_label(self) -> str:
        """Some labels are whole sentences of help: their beginning names the input."""
        label = str(self.label)
        return label if len(label) <= _LONGEST_LABEL else re.split(r"[,:;.(]", label)[0].strip()

    def clean(self, raw) -> str:
        """The value as it will be used. Raises ValueError with a translated sentence for the manager."""
        value = "" if raw is None else str(raw).strip()
        if _CONTROL.search(value):
            raise ValueError(UNPRINTABLE)
        if not value:
            if self.required and not self.default:
                raise ValueError(REQUIRED)
            return ""
        if self.choices and value not in dict(self.choices):
            allowed = ", ".join(key for key, _label in self.choices)
            raise ValueError(_("Choose one of: %(allowed)s.") % {"allowed": allowed})
        if self.pattern and not re.fullmatch(self.pattern, value):
            if self.example:
                raise ValueError(_("This does not look right; an example: %(example)s") % {"example": self.example})
            raise ValueError(_("This does not look right; copy it from the network's account once more."))
        return value


class Credential(Value):
    """A value typed once per network. The slot it fills (`api`, `user`…) decides its label and whether it is secret."""

    SLOTS = {
        "api": (_("API"), True),
        "user": (_("User"), False),
        "owner": (_("Owner"), False),
        "key": (_("Key"), True),
        "secret": (_("Secret"), True),
        "flow": (_("Flow"), False),
    }

    def __set_name__(self, owner, name):
        super().__set_name__(owner, name)
        if name in self.SLOTS:
            label, secret = self.SLOTS[name]
            self._label = self._label or label
            self.secret = self.secret or secret


class Parameter(Value):
    """A value typed per offer, flow or geo; the most specific one wins."""


@dataclass(frozen=True)
class Tail:
    """What a manager appends to our postback URL in the network's account for one event.

    `tail` is None where the network has a slot for the event that has to stay empty.
    """

    event: str
    tail: str | None
