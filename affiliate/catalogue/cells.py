"""Values of offers, flows and geos as texts of cells, and back."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from affiliate.models.capped import country_caps_text, read_country_caps
from affiliate.models.fields import split_countries

YES, NO = gettext_lazy("yes"), gettext_lazy("no")
# What the columns hold on every database.
LARGEST, LARGEST_CAP = 32767, 2147483647
_ALSO = {"1": True, "true": True, "+": True, "0": False, "false": False, "-": False}


class Unset(Exception):
    """An empty cell of a column that cannot be empty: what stands there stays."""


def read(name: str, text: str):
    """A column's value. Raises ValueError with a sentence that says what to write, Unset."""
    return _READ[name](text)


def write(name: str, value) -> str:
    return _WRITE.get(name, _plain)(value)


def _yes_or_no(text: str) -> bool:
    if not text:
        raise Unset
    known = dict(_ALSO)
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            known |= {str(YES).lower(): True, str(NO).lower(): False}
    try:
        return known[text.lower()]
    except KeyError:
        raise ValueError(_("Write yes or no.")) from None


def _number(text: str) -> int:
    if not text:
        raise Unset
    return _whole(text, LARGEST)


def _cap(text: str) -> int | None:
    return _whole(text, LARGEST_CAP) if text else None


def _whole(text: str, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 12 and int(text) <= most):
        raise ValueError(_("Write a whole number from 0 to %(most)s.") % {"most": most})
    return int(text)


def _caps_by_country(text: str) -> dict[str, int]:
    try:
        return read_country_caps(text)
    except ValidationError as error:
        raise ValueError(" ".join(error.messages)) from None


def _countries(text: str) -> str:
    return ", ".join(split_countries(text))


def _plain(value) -> str:
    return "" if value is None else str(value)


_READ: dict[str, Callable] = {
    "title": str,
    "enabled": _yes_or_no,
    "priority": _number,
    "weight": _number,
    "countries": _countries,
    "daily_cap": _cap,
    "total_cap": _cap,
    "daily_country_caps": _caps_by_country,
    "total_country_caps": _caps_by_country,
}
_WRITE: dict[str, Callable] = {
    "enabled": lambda value: str(YES if value else NO),
    "daily_country_caps": country_caps_text,
    "total_country_caps": country_caps_text,
}
