"""Country codes with names in the reader's language."""

from functools import cache

from babel import Locale
from django.utils import translation
from django.utils.translation import gettext_lazy as _

# Codes of CLDR that are no countries a lead can come from.
_NOT_COUNTRIES = {"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"}


@cache
def _names(language: str) -> dict[str, str]:
    territories = Locale.parse(language, sep="-").territories
    codes = {code: name for code, name in territories.items() if len(code) == 2 and code.isalpha()}
    return {code: codes[code] for code in sorted(codes, key=codes.get) if code not in _NOT_COUNTRIES}


def names() -> dict[str, str]:
    """Code → name, ordered by name."""
    return _names(translation.get_language() or "en")


def name(code: str) -> str:
    return names().get(code, "")


def with_name(code: str) -> str:
    """`RO` → `RO · Romania`."""
    return f"{code} · {name(code)}" if name(code) else code


def choices() -> list[tuple[str, str]]:
    return [("", _("Choose a country")), *((code, with_name(code)) for code in names())]


def unknown(codes: list[str]) -> list[str]:
    return [code for code in codes if code not in names()]
