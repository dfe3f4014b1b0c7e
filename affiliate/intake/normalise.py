"""What a source sent, turned into a lead's columns. Pure: no row is read or written."""

import hashlib
import ipaddress
import json
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from affiliate.intake import phones, text, trials
from affiliate.intake.errors import FieldError, Invalid
from affiliate.integrations.money import parse_amount, parse_currency
from affiliate.models import Lead, countries

# Useless or misleading when cut: too long is an error.
WHOLE = ("name", "city", "region", "zip", "sub1", "sub2", "sub3", "sub4", "sub5", "language", "timezone")
# Free text: what is over the column's length is cut off.
CUT = (
    "user_agent",
    "referer",
    "landing_url",
    "comment",
    "address",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_content",
    "utm_term",
)
KEY_LIMIT = 100
QUANTITY_LIMIT = 10_000
EXTRA_FIELDS, EXTRA_NAME, EXTRA_VALUE = 50, 100, 1000
_PRICE_LIMIT = Decimal(10) ** 10
_YES, _NO = {True, "true", "1", "1.0", "yes", "on"}, {False, "", "false", "0", "0.0", "no", "off"}
_SPOKEN = {"UK": "GB"}


def lead(raw: Mapping) -> dict:
    """Columns of a lead by name, from JSON-like values. Raises Invalid with every field that is wrong.

    Unknown fields end in `extra` as text, at most 50 of them.
    """
    values, errors = {}, []
    for name, read in _READERS.items():
        try:
            values[name] = read(name, raw.get(name))
        except Invalid as error:
            errors += error.errors
    values["offer_id"] = values.pop("offer", None)
    values["sandbox_only"] = values.pop("test", False)
    if "country" in values:
        try:
            values |= _phone(raw.get("phone"), values["country"], values.get("name", ""))
        except Invalid as error:
            errors += error.errors
    try:
        values["extra"] = _extra(raw)
    except Invalid as error:
        errors += error.errors
    if errors:
        raise Invalid(*errors)
    values["test"] = values["test"] or values["sandbox_only"]
    return values


def fingerprint(values: Mapping) -> str:
    """The same for two posts of one content, however their phones were typed."""
    content = {name: value for name, value in values.items() if name != "phone_typed"}
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def idempotency_key(field: str, value) -> str | None:
    """A key as it is kept; None when there is none. `field` is how the sender calls it."""
    return text.read_whole(field, value, KEY_LIMIT) or None


@cache
def limit(name: str) -> int:
    """The most characters a lead's column holds."""
    return Lead._meta.get_field(name).max_length


def _offer_id(name: str, value) -> int:
    digits = text.read(name, value)
    if not digits:
        raise Invalid(FieldError(name, "required", _("The offer is missing."), _offer_remedy()))
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 18):
        message = _("“%(value)s” is no offer id.") % {"value": digits[:50]}
        raise Invalid(FieldError(name, "malformed", message, _offer_remedy()))
    return int(digits)


def _offer_remedy() -> str:
    return _("Send `offer`: the number of an offer as GET /api/offers lists it.")


def _country(name: str, value) -> str:
    typed = text.read(name, value).upper()
    code = _SPOKEN.get(typed, typed)
    if code and code not in countries.codes():
        message = _("“%(value)s” is no country code.") % {"value": code[:50]}
        remedy = _("Send two letters by ISO 3166-1, for example RO, or leave the field out.")
        raise Invalid(FieldError(name, "malformed", message, remedy))
    return code


def _phone(value, country: str, name: str) -> dict:
    typed = text.read_whole(phones.FIELD, value, limit("phone_typed"))
    phone = phones.normalise(typed, country)
    return {
        "phone": phone.e164,
        "phone_typed": typed,
        "phone_kind": phone.kind.value,
        "country": country or phone.country,
        "test": trials.is_test(name=name, phone=phone.e164, national=phone.national),
    }


def _sandbox_only(name: str, value) -> bool:
    typed = value if isinstance(value, bool) else text.read(name, value).lower()
    if typed not in _YES | _NO:
        message = _("“%(value)s” is neither true nor false.") % {"value": str(typed)[:50]}
        raise Invalid(FieldError(name, "malformed", message, _("Send true to try things out, or leave the field out.")))
    return typed in _YES


def _ip(name: str, value) -> str | None:
    """The first of a comma list, as X-Forwarded-For has it."""
    typed = text.read(name, value).split(",")[0].strip()
    if not typed:
        return None
    try:
        address = ipaddress.ip_address(typed)
        if getattr(address, "scope_id", None):
            raise ValueError("a zone means nothing elsewhere")
    except ValueError:
        message = _("“%(value)s” is no IP address.") % {"value": typed[:50]}
        remedy = _("Send the customer's address alone, for example 203.0.113.7, or leave the field out.")
        raise Invalid(FieldError(name, "malformed", message, remedy)) from None
    return str(getattr(address, "ipv4_mapped", None) or address)


def _email(name: str, value) -> str:
    address = text.read_whole(name, value, limit(name))
    try:
        if address:
            validate_email(address)
    except ValidationError:
        message = _("“%(value)s” is no e-mail address.") % {"value": address[:100]}
        remedy = _("Send an address such as name@example.com, or leave the field out.")
        raise Invalid(FieldError(name, "malformed", message, remedy)) from None
    # People type one address in several ways; mail servers that tell letters apart are not met.
    return address.lower()


def _price(name: str, value) -> Decimal | None:
    typed = text.read(name, value)
    if not typed:
        return None
    amount = parse_amount(typed)
    price = amount.quantize(Decimal("0.01"), ROUND_HALF_UP) if amount is not None else None
    if price is None or not 0 <= price < _PRICE_LIMIT:
        message = _("“%(value)s” is no price.") % {"value": typed[:50]}
        raise Invalid(FieldError(name, "malformed", message, _("Send a number of at least 0, for example 159.00.")))
    return price


def _currency(name: str, value) -> str:
    typed = text.read(name, value)
    code = parse_currency(typed)
    if typed and not code:
        message = _("“%(value)s” is no currency.") % {"value": typed[:50]}
        raise Invalid(FieldError(name, "malformed", message, _("Send three letters by ISO 4217, for example RON.")))
    return code


def _quantity(name: str, value) -> int:
    typed = text.read(name, value)
    if not typed:
        return 1
    if not (typed.isascii() and typed.isdigit() and len(typed) < 9 and 1 <= int(typed) <= QUANTITY_LIMIT):
        message = _("“%(value)s” is no quantity.") % {"value": typed[:50]}
        remedy = _("Send a whole number from 1 to %(limit)s.") % {"limit": QUANTITY_LIMIT}
        raise Invalid(FieldError(name, "out_of_range", message, remedy))
    return int(typed)


def _whole(name: str, value) -> str:
    return text.read_whole(name, value, limit(name))


def _cut(name: str, value) -> str:
    return text.read_cut(name, value, limit(name))


def _extra(raw: Mapping) -> dict[str, str]:
    extra = {}
    for name, value in raw.items():
        clean_name = text.clean(str(name))[:EXTRA_NAME]
        if clean_name and name not in KNOWN and value is not None and len(extra) < EXTRA_FIELDS:
            extra[clean_name] = text.flatten(clean_name, value, EXTRA_VALUE)
    return extra


_READERS: dict[str, Callable] = {
    "offer": _offer_id,
    "country": _country,
    "ip": _ip,
    "email": _email,
    "price": _price,
    "currency": _currency,
    "quantity": _quantity,
    "test": _sandbox_only,
    **dict.fromkeys(WHOLE, _whole),
    **dict.fromkeys(CUT, _cut),
}
KNOWN = frozenset([*_READERS, "phone"])
