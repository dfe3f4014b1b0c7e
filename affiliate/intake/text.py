"""Text as it may be stored."""

import re

from django.utils.translation import gettext as _

from affiliate.intake.errors import FieldError, Invalid
from affiliate.integrations.messages import compact_json

_BREAKS = re.compile(r"[\t-\r\x1c-\x1f\x85\u2028\u2029]+")
# Joiners (U+200C, U+200D) stay: names in several scripts need them.
_INVISIBLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


def clean(text: str) -> str:
    """Without control characters, NUL, direction marks and lone surrogates; line breaks become spaces."""
    if text.isprintable():
        return text.strip()
    return _INVISIBLE.sub("", _BREAKS.sub(" ", text)).strip()


def read(name: str, value) -> str:
    """Clean text of a JSON value: text or a number; null is "". Raises Invalid."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise Invalid(
            FieldError(name, "wrong_type", _("%(field)s is not text.") % {"field": name}, _("Send one text value."))
        )
    return clean(str(value))


def read_whole(name: str, value, limit: int) -> str:
    """Text that is useless when cut: too long is an error."""
    text = read(name, value)
    if len(text) > limit:
        raise Invalid(
            FieldError(
                name,
                "too_long",
                _("%(field)s has %(length)s characters.") % {"field": name, "length": len(text)},
                _("Send at most %(limit)s characters.") % {"limit": limit},
            )
        )
    return text


def read_cut(name: str, value, limit: int) -> str:
    """Free text: what is over the limit is cut off."""
    return read(name, value)[:limit].rstrip()


def flatten(name: str, value, limit: int) -> str:
    """Any JSON value as text, lists and objects as JSON, cut at the limit. Raises Invalid."""
    if isinstance(value, str):
        return clean(value)[:limit]
    try:
        return clean(compact_json(value))[:limit]
    except RecursionError:
        raise Invalid(
            FieldError(
                name,
                "malformed",
                _("%(field)s is nested too deeply.") % {"field": name},
                _("Send text, or a flatter object."),
            )
        ) from None
