"""Texts with keys inside: shown with dots in place of the keys, and whole again when they come back from a form."""

import re
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from affiliate.integrations.masking import MASK, forms


def hide(text: str, secrets: Iterable[str]) -> str:
    return _pattern(secrets).sub(MASK, text)


def restore(typed: str, stored: str, secrets: Iterable[str]) -> str:
    """`typed` with the keys of `stored` where dots were left, in their order. Raises ValidationError."""
    if MASK not in typed:
        return typed
    keys = _pattern(secrets).findall(stored)
    if typed.count(MASK) != len(keys):
        raise ValidationError(_("Dots stand for keys that are stored: leave all of them, or type the keys in full."))
    return re.sub(re.escape(MASK), lambda _dots: keys.pop(0), typed)


def _pattern(secrets: Iterable[str]) -> re.Pattern:
    written = sorted(forms(secrets), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, written)) or r"(?!)")
