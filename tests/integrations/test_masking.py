import json
from html import escape
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affiliate.integrations.masking import MASK, mask

SECRET = 'tok/en+Ж"~ 1'


@pytest.mark.parametrize(
    "written",
    [
        SECRET,
        quote(SECRET),
        quote(SECRET, safe=""),
        quote(SECRET, safe="").lower(),
        quote_plus(SECRET),
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET, ensure_ascii=False)[1:-1],
        json.dumps(SECRET)[1:-1].replace("/", "\\/"),
        escape(SECRET),
    ],
)
def test_a_secret_is_hidden_however_it_is_written(written):
    assert mask(f"before {written} after", [SECRET]) == f"before {MASK} after"


def test_each_secret_is_hidden_everywhere():
    text = urlencode({"key": "TOKEN-0001", "secret": "SECRET-0002"}) + " again TOKEN-0001"
    assert mask(text, ["TOKEN-0001", "SECRET-0002"]) == f"key={MASK}&secret={MASK} again {MASK}"


def test_a_secret_that_holds_another_one_is_hidden_whole():
    assert mask("key=TOKEN-0001-LONG", ["TOKEN-0001", "TOKEN-0001-LONG"]) == f"key={MASK}"


def test_a_very_short_value_is_no_secret():
    assert mask("id=12, page 12", ["12"]) == "id=12, page 12"


@given(before=st.text(), after=st.text(), secret=st.text(alphabet="abcXYZ019/+=~& ", min_size=4))
def test_no_secret_is_left(before, after, secret):
    assert secret not in mask(before + secret + after, [secret]).replace(MASK, "\x00")
