"""Small values that several rows share."""

import ipaddress
import re
import secrets
import time

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from affiliate.models import countries

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

CURRENCY = RegexValidator(r"^[A-Z]{3}$", _("A currency is three capital letters, for example USD."))
COUNTRY = RegexValidator(r"^[A-Z]{2}$", _("A country is two capital letters, for example RO."))


def new_oid() -> str:
    """A ULID: 26 letters and digits, ordered by time, 80 random bits."""
    number = (time.time_ns() // 1_000_000 << 80) | secrets.randbits(80)
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))


def new_key() -> str:
    """An unguessable key for URLs and headers: 32 letters and digits, no hyphen."""
    return secrets.token_hex(16)


def split_countries(text: str) -> list[str]:
    return sorted({code for code in re.split(r"[\s,;]+", text.upper()) if code})


def validate_countries(text: str) -> None:
    if wrong := [code for code in split_countries(text) if code not in countries.codes()]:
        raise ValidationError(
            _("There is no such country code: %(codes)s. Write two letters each: RO, BG; Great Britain is GB."),
            params={"codes": ", ".join(wrong)},
        )


def split_addresses(text: str) -> list[str]:
    return [part for part in re.split(r"[\s,;]+", text) if part]


def validate_addresses(text: str) -> None:
    """Addresses and networks of IPv4 and IPv6: `203.0.113.7, 2001:db8::/32`."""
    for part in split_addresses(text):
        try:
            ipaddress.ip_network(part, strict=False)
        except ValueError:
            raise ValidationError(
                _("“%(part)s” is no address: write 203.0.113.7 or, for a whole network, 203.0.113.0/24."),
                params={"part": part},
            ) from None
