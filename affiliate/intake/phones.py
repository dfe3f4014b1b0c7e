"""Phone numbers to E.164 for a lead's country. A number is never rewritten to another country."""

import re
from dataclasses import dataclass

import phonenumbers
from django.utils.translation import gettext as _
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType, ValidationResult

from affiliate.intake.errors import FieldError, Invalid
from affiliate.models.lead import PhoneKind

FIELD = "phone"
_FOREIGN = re.compile(r"[^\d\s+()\-./\u2010-\u2015\u2212\uff0b\uff0d]")
_PLUS = ("+", "\uff0b")
_SHORTEST, _LONGEST = 7, 15
_KINDS = {
    PhoneNumberType.MOBILE: PhoneKind.MOBILE,
    PhoneNumberType.FIXED_LINE: PhoneKind.LANDLINE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE: PhoneKind.EITHER,
    PhoneNumberType.UNKNOWN: PhoneKind.INVALID,
}


@dataclass(frozen=True)
class Phone:
    """`e164` with its plus; `country` is the numbering plan's ISO code, "" where several countries share the number.

    `national` is the number without its country's code.
    """

    e164: str
    country: str
    kind: PhoneKind
    national: str


def normalise(typed: str, country: str) -> Phone:
    """Read a number as a person in `country` would dial it. Raises Invalid naming why it is none.

    National numbers, and digits that start with the country's own code, become that country's; a plus (or 00) keeps
    the code that follows it. With `country` "" digits are read as an international number, if there is such a one.
    """
    if not typed:
        raise _wrong("required", _("The phone is missing."))
    if foreign := _FOREIGN.search(typed):
        raise _wrong("malformed", _("The phone contains “%(sign)s”.") % {"sign": foreign[0]})
    region = country if country in phonenumbers.SUPPORTED_REGIONS else None
    digits = re.sub(r"\D", "", typed)
    dialled = _dialled(typed, digits, region)
    if dialled and _is_mobile(dialled):
        return _phone(dialled)
    readings = [reading for reading in (dialled, _without_plus(digits, region)) if reading]
    if valid := [reading for reading in readings if phonenumbers.is_valid_number(reading)]:
        return _phone(next(filter(_is_mobile, valid), valid[0]))
    # Numbering plans grow sooner than our copy of them: a number of a possible length passes, at home or with a plus.
    meant = dialled and (typed.startswith(_PLUS) or dialled.country_code == _code_of(region))
    if meant and _length(dialled) == ValidationResult.IS_POSSIBLE:
        return _phone(dialled)
    raise _why(dialled, digits, country)


def example(country: str) -> str:
    """A number of the country's usual form, in E.164; "" where none is known. Nobody was asked whether it is his."""
    number = phonenumbers.example_number_for_type(country, PhoneNumberType.MOBILE)
    return phonenumbers.format_number(number, PhoneNumberFormat.E164) if number else ""


def _dialled(typed: str, digits: str, region: str | None) -> PhoneNumber | None:
    """The number as a phone in the country takes it. A plus before a trunk prefix (+8 912 …) does no harm."""
    trunk = phonenumbers.ndd_prefix_for_region(region or "", True)
    number = _parse(typed, region)
    if number is None and trunk and digits.startswith(trunk):
        number = _parse(digits, region)
    left_over = number and number.italian_leading_zero and trunk == "0"
    if left_over and not phonenumbers.is_valid_number(number):
        number.italian_leading_zero = number.number_of_leading_zeros = None
    return number


def _without_plus(digits: str, region: str | None) -> PhoneNumber | None:
    """The international reading of a number whose plus may have been left out."""
    if digits.startswith("00"):
        return _parse("+" + digits[2:], None)
    if region is None or digits.startswith(str(_code_of(region))):
        return _parse("+" + digits, None)
    return None


def _code_of(region: str | None) -> int:
    return phonenumbers.country_code_for_region(region or "")


def _parse(typed: str, region: str | None) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(typed, region)
    except NumberParseException:
        return None


def _is_mobile(number: PhoneNumber) -> bool:
    kinds = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
    return phonenumbers.number_type(number) in kinds


def _length(number: PhoneNumber) -> int:
    result = phonenumbers.is_possible_number_with_reason(number)
    if result == ValidationResult.INVALID_LENGTH:
        # Too short for some numbers, too long for others: a customer's is a mobile one.
        result = phonenumbers.is_possible_number_for_type_with_reason(number, PhoneNumberType.MOBILE)
    return result


def _phone(number: PhoneNumber) -> Phone:
    region = phonenumbers.region_code_for_number(number) or ""
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    kind = _KINDS.get(phonenumbers.number_type(number), PhoneKind.OTHER)
    return Phone(e164, region if len(region) == 2 else "", kind, e164.removeprefix(f"+{number.country_code}"))


def _why(number: PhoneNumber | None, digits: str, country: str) -> Invalid:
    length = _length(number) if number else None
    count = {"digits": len(digits), "country": country}
    if len(digits) < _SHORTEST or length in (ValidationResult.TOO_SHORT, ValidationResult.IS_POSSIBLE_LOCAL_ONLY):
        return _wrong("too_short", _("The phone is too short: %(digits)s digits.") % count)
    if len(digits) > _LONGEST or length in (ValidationResult.TOO_LONG, ValidationResult.INVALID_LENGTH):
        if country and len(digits) <= _LONGEST:
            return _wrong(
                "too_long", _("The phone is too long for a number of %(country)s: %(digits)s digits.") % count
            )
        return _wrong("too_long", _("The phone is too long: %(digits)s digits.") % count)
    if not country:
        return _wrong("malformed", _("The phone has no known country code, and no country was sent."))
    return _wrong("malformed", _("The phone is no number of %(country)s and no international one.") % count)


def _wrong(code: str, message: str) -> Invalid:
    remedy = _("Send the number with a plus and its country code, for example +40712345678, or send its country too.")
    return Invalid(FieldError(FIELD, code, message, remedy))
