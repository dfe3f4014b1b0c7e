"""The expectations are what PHP 8.2 prints for the same values."""

from decimal import Decimal

import pytest

from affiliate.integrations.php import http_build_query, json_encode


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"a b": "x y~*-_.!'()"}, "a+b=x+y%7E%2A-_.%21%27%28%29"),
        ({"u": "Ж/é😀"}, "u=%D0%96%2F%C3%A9%F0%9F%98%80"),
        ({"n": {"k": "v", "x y": {"z": 1}}}, "n%5Bk%5D=v&n%5Bx+y%5D%5Bz%5D=1"),
        ({"l": ["p", "q"]}, "l%5B0%5D=p&l%5B1%5D=q"),
        ({"l": [True, None, "x"]}, "l%5B0%5D=1&l%5B2%5D=x"),
        ({"t": True, "f": False, "null": None, "e": ""}, "t=1&f=0&e="),
        ({"el": [], "o": {"a": None}}, ""),
        ({"i": 5, "d": 1.5, "w": 2.0, "m": Decimal("159.00"), "c": Decimal("0.10")}, "i=5&d=1.5&w=2&m=159&c=0.1"),
        ({"br[]": "z", "br[k]": "w"}, "br%5B%5D=z&br%5Bk%5D=w"),
        ([("a", "1"), ("a", "2")], "a=1&a=2"),
        ({}, ""),
    ],
)
def test_http_build_query_is_php_s(fields, text):
    assert http_build_query(fields) == text


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"a": 'x/y "q" \\ \n\t\b\f\r\x01\x7f'}, '{"a":"x\\/y \\"q\\" \\\\ \\n\\t\\b\\f\\r\\u0001\x7f"}'),
        ("\\u007f", '"\\\\u007f"'),
        ("Ж😀é\u2028", '"\\u0416\\ud83d\\ude00\\u00e9\\u2028"'),
        ("<>&'", '"<>&\'"'),
        ([None, True, False, 5, 1.5, 2.0], "[null,true,false,5,1.5,2]"),
        ({"price": Decimal("159.00"), "cut": Decimal("0.10")}, '{"price":159,"cut":0.1}'),
        ({"l": [], "o": {"k": ["v"]}}, '{"l":[],"o":{"k":["v"]}}'),
    ],
)
def test_json_encode_is_php_s(data, text):
    assert json_encode(data) == text


def test_half_a_character_does_not_stop_the_text():
    assert http_build_query({"a": "x\ud800"}) == "a=x%3F"
    assert json_encode("x\ud800") == '"x\\ud800"'
