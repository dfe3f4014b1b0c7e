"""Amounts as networks write them."""

import re
from decimal import Decimal, InvalidOperation

_SYMBOLS = {"$": "USD", "€": "EUR", "£": "GBP", "₽": "RUB", "₴": "UAH", "₸": "KZT", "₹": "INR", "₫": "VND", "฿": "THB"}
_WORDS = {
    "RUR": "RUB",
    "РУБ": "RUB",
    "Р": "RUB",
    "РУБЛЕЙ": "RUB",
    "ГРН": "UAH",
    "ТГ": "KZT",
    "ТЕНГЕ": "KZT",
    "EURO": "EUR",
    "ZŁ": "PLN",
    "KČ": "CZK",
    "LEI": "RON",
    # Dollars and reals of other countries are no US dollars.
    "R$": "BRL",
    "MX$": "MXN",
    "US$": "USD",
}
_BESIDE = re.compile(r"[\d\s\u00a0\u202f'_.,+-]")
_SPACES = re.compile(r"[\s\u00a0\u202f'_]")
_LIMIT = Decimal("1e10")


def parse_amount(raw) -> Decimal | None:
    """`1,50`, `1 500.00`, `1,500.00`, `$12`, `12 EUR`, 12 → Decimal; None when there is no sane number in it."""
    if isinstance(raw, bool) or raw is None:
        return None
    text = _SPACES.sub("", str(raw)[:64])
    match = re.fullmatch(r"(?:[^\W\d_]+\.|[^\d.,+-]{0,8})([+-]?[\d.,]*\d[\d.,]*)[^\d]{0,8}", text)
    if not match:
        return None
    digits = match[1].rstrip(".,")
    last = max(digits.rfind(","), digits.rfind("."))
    if last >= 0:
        whole, mark, fraction = digits[:last], digits[last], digits[last + 1 :]
        grouped = mark == "," and len(fraction) == 3 and whole.lstrip("+-") not in ("", "0")
        if grouped or digits.count(mark) > 1:
            whole, fraction = whole + fraction, ""
        digits = re.sub(r"[.,]", "", whole) + (f".{fraction}" if fraction else "")
    try:
        amount = Decimal(digits)
    except InvalidOperation:
        return None
    return amount if abs(amount) < _LIMIT else None


def parse_currency(raw) -> str:
    """`UAH`, `usd`, `€`, `$12`, `12 EUR`, `руб.` → a three-letter code; "" when it is none."""
    text = _BESIDE.sub("", str(raw or "").upper()[:64])
    if text in _WORDS:
        return _WORDS[text]
    if re.fullmatch(r"[A-Z]{3}", text):
        return text
    return next((code for symbol, code in _SYMBOLS.items() if symbol in text), "")
