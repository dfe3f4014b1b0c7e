"""What a source sent becomes a lead's columns, or a named error for each field."""

from decimal import Decimal

import pytest

from affiliate.intake import normalise
from affiliate.intake.errors import Invalid
from affiliate.models import Lead

PLAIN = {"offer": 1, "phone": "0712345678", "country": "RO"}


def lead(**fields):
    return normalise.lead(PLAIN | fields)


def errors(**fields):
    with pytest.raises(Invalid) as caught:
        lead(**fields)
    return {error.field: error.code for error in caught.value.errors}


def test_every_value_is_a_column():
    assert set(lead(odd="1")) <= {field.attname for field in Lead._meta.get_fields() if hasattr(field, "attname")}


def test_phone_is_kept_as_typed_too():
    values = lead(phone=" 0712-345 678 ")
    assert (values["phone"], values["phone_typed"]) == ("+40712345678", "0712-345 678")


def test_phone_may_be_a_number():
    assert lead(phone=40712345678)["phone"] == "+40712345678"


def test_country_is_derived_from_the_phone_when_absent():
    assert lead(country="", phone="+40712345678")["country"] == "RO"


def test_country_that_was_sent_stays_though_the_phone_is_of_another():
    assert lead(country="ro", phone="+37369123456")["country"] == "RO"


@pytest.mark.parametrize(("typed", "code"), [("ro", "RO"), (" RO ", "RO"), ("uk", "GB"), ("xk", "XK"), (None, "RO")])
def test_country(typed, code):
    assert lead(country=typed, phone="+40712345678")["country"] == code


@pytest.mark.parametrize("typed", ["XX", "EU", "ROU", "Romania", "1", "ZZ"])
def test_what_is_no_country(typed):
    assert errors(country=typed) == {"country": "malformed"}


def test_every_wrong_field_is_named_at_once():
    wrong = errors(offer=None, phone="x", email="nobody", ip="nowhere", price="free", currency="coins", quantity=0)
    assert wrong == {
        "offer": "required",
        "phone": "malformed",
        "email": "malformed",
        "ip": "malformed",
        "price": "malformed",
        "currency": "malformed",
        "quantity": "out_of_range",
    }


@pytest.mark.parametrize("name", sorted(normalise.KNOWN))
@pytest.mark.parametrize("value", [{"a": 1}, [1], True])
def test_wrong_type_is_named(name, value):
    if (name, value) == ("test", True):
        pytest.skip("the one field that is true or false")
    assert errors(**{name: value})[name] == "wrong_type"


@pytest.mark.parametrize("name", [*normalise.WHOLE, "email"])
def test_text_that_is_useless_when_cut_must_fit(name):
    assert errors(**{name: "x" * (normalise.limit(name) + 1)}) == {name: "too_long"}


@pytest.mark.parametrize("name", normalise.CUT)
def test_free_text_is_cut(name):
    assert lead(**{name: "x" * 5000})[name] == "x" * normalise.limit(name)


@pytest.mark.parametrize("name", [*normalise.WHOLE, *normalise.CUT])
def test_control_characters_are_removed(name):
    assert lead(**{name: "\ufeffa\x00\x1b\u202e\ud800b\r\nc "})[name] == "ab c"


def test_joiners_that_names_need_stay():
    assert lead(name="علی\u200cرضا")["name"] == "علی\u200cرضا"


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("203.0.113.7, 10.0.0.1", "203.0.113.7"),
        ("2001:DB8::7", "2001:db8::7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("", None),
    ],
)
def test_ip(typed, address):
    assert lead(ip=typed)["ip"] == address


@pytest.mark.parametrize("typed", ["203.0.113", "203.0.113.7:80", "fe80::1%eth0", "example.com", 5])
def test_what_is_no_ip(typed):
    assert errors(ip=typed) == {"ip": "malformed"}


@pytest.mark.parametrize(
    ("typed", "price"),
    [("159,50", "159.50"), ("1 500.00", "1500.00"), (159, "159.00"), (1.5, "1.50"), ("0", "0.00"), ("", None)],
)
def test_price(typed, price):
    assert lead(price=typed)["price"] == (Decimal(price) if price else None)


@pytest.mark.parametrize("typed", ["-1", "1e3", "nan", "9999999999.999", "99999999999", "1 or 2"])
def test_what_is_no_price(typed):
    assert errors(price=typed) == {"price": "malformed"}


@pytest.mark.parametrize(("typed", "code"), [("ron", "RON"), ("€", "EUR"), ("", "")])
def test_currency(typed, code):
    assert lead(currency=typed)["currency"] == code


@pytest.mark.parametrize(("typed", "quantity"), [("", 1), (None, 1), ("3", 3), (2, 2)])
def test_quantity(typed, quantity):
    assert lead(quantity=typed)["quantity"] == quantity


@pytest.mark.parametrize("typed", ["two", "1.5", -1, "9" * 30, "²"])
def test_what_is_no_quantity(typed):
    assert errors(quantity=typed) == {"quantity": "out_of_range"}


@pytest.mark.parametrize("typed", ["watch", "1.5", "-1", "9" * 19, "١"])
def test_what_is_no_offer_id(typed):
    assert errors(offer=typed) == {"offer": "malformed"}


def test_unknown_fields_are_kept_as_text():
    extra = lead(landing=7, tags=["a", {"b": None}], odd=None, **{"na\x00me": "v\x00"})["extra"]
    assert extra == {"landing": "7", "tags": '["a",{"b":null}]', "name": "v"}


def test_unknown_fields_are_bounded():
    extra = lead(**{f"f{number}": "x" * 5000 for number in range(100)})["extra"]
    assert len(extra) == normalise.EXTRA_FIELDS
    assert {len(value) for value in extra.values()} == {normalise.EXTRA_VALUE}


def test_deeply_nested_unknown_field_is_an_error():
    nested = "x"
    for _level in range(5000):
        nested = [nested]
    assert errors(deep=nested) == {"deep": "malformed"}


def test_fingerprint_does_not_depend_on_how_the_phone_was_typed():
    assert normalise.fingerprint(lead(phone="+40712345678")) == normalise.fingerprint(lead(phone="0712 345 678"))


@pytest.mark.parametrize("change", [{"name": "B"}, {"offer": 2}, {"odd": "1"}, {"phone": "0722345678"}, {"price": 1}])
def test_fingerprint_depends_on_the_content(change):
    assert normalise.fingerprint(lead(**change)) != normalise.fingerprint(lead())
