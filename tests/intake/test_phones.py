"""A number is read as a person of the lead's country would dial it, and never rewritten to another country."""

import re

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from affiliate.intake import phones
from affiliate.intake.errors import Invalid
from affiliate.models.lead import PhoneKind

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)


def e164(typed, country=""):
    return phones.normalise(typed, country).e164


def code(typed, country=""):
    with pytest.raises(Invalid) as caught:
        phones.normalise(typed, country)
    (error,) = caught.value.errors
    assert error.field == "phone"
    assert error.message and error.remedy
    return error.code


@pytest.mark.parametrize(
    ("typed", "country", "expected"),
    [
        ("0712 345 678", "RO", "+40712345678"),
        ("712345678", "RO", "+40712345678"),
        ("40712345678", "RO", "+40712345678"),
        ("+40 (712) 345-678", "RO", "+40712345678"),
        ("0040712345678", "RO", "+40712345678"),
        ("8 912 345-67-89", "RU", "+79123456789"),
        ("+8 912 345-67-89", "RU", "+79123456789"),
        ("9123456789", "RU", "+79123456789"),
        ("050 123 45 67", "UA", "+380501234567"),
        ("٠٥٠١٢٣٤٥٦٧", "SA", "+966501234567"),
        ("3931234567", "IT", "+393931234567"),
    ],
)
def test_number_of_the_leads_country(typed, country, expected):
    assert e164(typed, country) == expected


@pytest.mark.parametrize("typed", ["+37369123456", "0037369123456"])
def test_number_with_another_countrys_code_keeps_it(typed):
    assert e164(typed, "RO") == "+37369123456"


def test_digits_of_another_country_without_a_plus_are_an_error_and_not_rewritten():
    assert code("37369123456", "RO") == "too_long"


@pytest.mark.parametrize("typed", ["+40712345678", "40712345678", "0040712345678"])
def test_country_is_taken_from_an_international_number(typed):
    phone = phones.normalise(typed, "")
    assert (phone.e164, phone.country, phone.national) == ("+40712345678", "RO", "712345678")


def test_number_without_any_country_is_an_error():
    assert code("0712345678") == "malformed"


def test_number_that_many_countries_share_has_no_country():
    assert phones.normalise("+80012345678", "").country == ""


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("+40712345678", PhoneKind.MOBILE),
        ("+40212345678", PhoneKind.LANDLINE),
        ("+12015550123", PhoneKind.EITHER),
        ("+80012345678", PhoneKind.OTHER),
        ("+40112345678", PhoneKind.INVALID),
    ],
)
def test_kind_of_the_number_is_told(typed, kind):
    assert phones.normalise(typed, "").kind == kind


@pytest.mark.parametrize("country", ["AQ", "BV"])
def test_country_without_a_numbering_plan_takes_international_numbers(country):
    assert e164("+40712345678", country) == "+40712345678"


@pytest.mark.parametrize(
    ("typed", "country", "expected"),
    [
        ("", "RO", "required"),
        ("call me", "RO", "malformed"),
        ("0712 345 67O", "RO", "malformed"),
        ("0712345678; 0722345678", "RO", "malformed"),
        ("12", "RO", "too_short"),
        ("071234567", "RO", "too_short"),
        ("07123456789", "RO", "too_long"),
        ("+407123456789012345", "RO", "too_long"),
        ("555 0123", "US", "too_short"),
        ("++++", "RO", "too_short"),
        ("+999123456789", "", "malformed"),
        ("+999123456789", "DE", "malformed"),
    ],
)
def test_why_it_is_no_number(typed, country, expected):
    assert code(typed, country) == expected


@pytest.mark.parametrize("region", REGIONS)
def test_every_way_to_write_a_countrys_mobile_number_gives_the_same(region):
    number = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
    if number is None:
        number = phonenumbers.example_number(region)
    expected = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    written = [expected, expected.removeprefix("+"), national, "00" + expected.removeprefix("+")]
    assert {e164(typed, region) for typed in written} == {expected}


@given(typed=st.text(max_size=64), country=st.sampled_from(["", *REGIONS]))
def test_any_text_is_a_number_or_a_named_error(typed, country):
    try:
        assert e164(typed, country).startswith("+")
    except Invalid as error:
        assert [one.field for one in error.errors] == ["phone"]


@given(digits=st.text("0123456789", min_size=5, max_size=15), country=st.sampled_from(REGIONS))
def test_digits_without_a_plus_leave_the_leads_country_only_by_an_international_prefix(digits, country):
    plan = phonenumbers.PhoneMetadata.metadata_for_region(country)
    try:
        found = e164(digits, country)
    except Invalid:
        return
    at_home = found.startswith(f"+{plan.country_code}")
    assert at_home or digits.startswith("00") or re.match(plan.international_prefix, digits)


def test_international_prefix_of_the_leads_country_is_dialled():
    assert e164("011 40 712 345 678", "US") == "+40712345678"
