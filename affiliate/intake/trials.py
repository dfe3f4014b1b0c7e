"""Leads that people send to see whether it works, told from customers by the name or by the phone."""

import re

# A word of the name. Names of people that begin so (Testa, Тестов) are none.
_WORDS = re.compile(
    r"\b(?:test|tests|testing|tester|testlead|test_?lead|тест|тесты|тестовый|тестовая|тестер|тестлид|проба|пробный|пробник)"
    r"[\d_]*\b",
    re.IGNORECASE,
)
# Numbers that no one will ever have: kept free for films (USA and Canada, Britain, Australia), and made-up ones.
_RESERVED = re.compile(r"\+(?:1\d{3}55501\d\d|44(?:7700900|2079460|1632960)\d{3}|61491570\d{3})")
_ROWS = ("01234567890123", "12345678901234", "98765432109876")


def is_test(*, name: str, phone: str, national: str) -> bool:
    """`phone` in E.164, `national` its digits without the country's code."""
    return bool(_WORDS.search(name) or _RESERVED.fullmatch(phone) or _made_up(national))


def _made_up(digits: str) -> bool:
    return len(digits) > 5 and (
        len(set(digits)) == 1 or digits.startswith("000000") or any(row.startswith(digits) for row in _ROWS)
    )
