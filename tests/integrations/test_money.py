from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affiliate.integrations.money import parse_amount, parse_currency


@pytest.mark.parametrize(
    ("raw", "amount"),
    [
        (12, "12"),
        (12.5, "12.5"),
        ("12", "12"),
        ("1,50", "1.50"),
        ("1.50", "1.50"),
        ("0,500", "0.500"),
        ("1 500.00", "1500.00"),
        ("1\u00a0500,5", "1500.5"),
        ("1,500.00", "1500.00"),
        ("1.500,00", "1500.00"),
        ("1,500", "1500"),
        ("1,234,567", "1234567"),
        ("$12", "12"),
        ("12 EUR", "12"),
        ("12.", "12"),
        ("-3", "-3"),
        ("Rs.500", "500"),
        ("1500 рублей", "1500"),
        ("12.50 руб.", "12.50"),
        ("0", "0"),
    ],
)
def test_amounts_as_networks_write_them(raw, amount):
    assert parse_amount(raw) == Decimal(amount)


@pytest.mark.parametrize(
    "raw", [None, "", True, False, "free", "{payout}", "1-2", "NaN", "Infinity", "99999999999", [], {}]
)
def test_what_holds_no_sane_number_is_none(raw):
    assert parse_amount(raw) is None


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("UAH", "UAH"),
        (" usd ", "USD"),
        ("€", "EUR"),
        ("$12", "USD"),
        ("rur", "RUB"),
        ("руб", "RUB"),
        ("12 ₽", "RUB"),
        ("12.50 EUR", "EUR"),
        ("USD 1 500", "USD"),
        ("1500 руб.", "RUB"),
        ("руб.", "RUB"),
        ("50 zł", "PLN"),
        ("R$ 50", "BRL"),
        ("lei", "RON"),
        ("1500", ""),
        ("", ""),
        (None, ""),
        ("{currency}", ""),
        ("dollars", ""),
    ],
)
def test_currencies_as_networks_write_them(raw, code):
    assert parse_currency(raw) == code


@given(st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.decimals())
def test_nothing_raises(raw):
    amount = parse_amount(raw)
    assert amount is None or abs(amount) < Decimal("1e10")
    assert len(parse_currency(raw)) in (0, 3)
