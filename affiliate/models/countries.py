"""The countries a lead can come from."""

from functools import cache

from babel import Locale

# Groups, outlying areas and private codes that the territory list holds beside countries.
_NO_COUNTRIES = {"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"}


@cache
def names(language: str) -> dict[str, str]:
    """ISO 3166-1 alpha-2 code → name, ordered by name; Kosovo's XK among them. `language` as Django writes it."""
    territories = Locale.parse(language, sep="-").territories
    found = {code: name for code, name in territories.items() if len(code) == 2 and code.isalpha()}
    return {code: found[code] for code in sorted(found, key=found.get) if code not in _NO_COUNTRIES}


@cache
def codes() -> frozenset[str]:
    return frozenset(names("en"))
