"""Answers are read defensively: whatever comes back, reading it never raises."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affiliate.integrations.messages import Answer, Node, Request, compact_json


def answer(body, **headers):
    return Answer(status=200, headers=headers, body=body if isinstance(body, bytes) else body.encode())


any_headers = st.dictionaries(
    st.sampled_from(["Content-Type", "content-type", "Retry-After", "Date", "X"]),
    st.text()
    | st.sampled_from(["text/html; charset=utf-7", "a; charset=cp037", "a; charset=no-such", "charset=undefined"]),
)
any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=15,
)


@given(status=st.integers(), headers=any_headers, body=st.binary(max_size=300))
def test_reading_any_bytes_never_raises(status, headers, body):
    read = Answer(status=status, headers=headers, body=body)
    assert isinstance(read.text, str)
    assert isinstance(read.excerpt, str)
    assert len(read.excerpt) <= 200
    assert isinstance(read.json, Node)
    assert read.retry_after is None or 0 <= read.retry_after <= 86400
    (read.text + read.excerpt + read.json.text()).encode()


@given(value=any_json, path=st.text(alphabet="ab.0123-", max_size=12))
def test_any_path_of_any_json_may_be_asked_for(value, path):
    node = answer(json.dumps(value)).json
    assert isinstance(node.text(path), str)
    node.text(path).encode()
    assert node.integer(path) is None or isinstance(node.integer(path), int)
    assert node.amount(path) is None or isinstance(node.amount(path), Decimal)
    assert node.truthy(path) in (True, False)
    assert node.items(path) is None or isinstance(node.items(path), list)
    assert node.entries(path) is None or isinstance(node.entries(path), dict)
    assert node.has(path) in (True, False)


@pytest.mark.parametrize(
    "body",
    [
        '\ufeff{"id": 5}',
        '  \n{"id": 5}\n',
        '<br />\n<b>Notice</b>: Undefined index: x in <b>/a.php</b> on line <b>5</b><br />\n{"id": 5}',
        "PHP Warning: something [8]\n" + '{"id": 5}',
        '{"id": 5}<!-- 0.01 s -->',
    ],
)
def test_json_is_found_behind_a_byte_order_mark_and_notices(body):
    assert answer(body).json.text("id") == "5"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "ok",
        "<html><body>Welcome</body></html>",
        '{"data": [{"id": 5}, {"id"',
        '{"data": [{"id": 5}]',
        '[{"id": 5}, {"id": 6}',
        '{"id": 5} and more',
        "[" * 100_000,
        '{"a":' * 50_000,
        '{"id": ' + "9" * 5000 + "}",
        '{"id": 1e99999999999999999999}',
    ],
    ids=lambda body: body[:20] or "empty",
)
def test_what_is_not_whole_json_is_no_json(body):
    assert not answer(body).is_json


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5, "5"),
        ("5", "5"),
        (" 5 ", "5"),
        (1.50, "1.5"),
        (123456789012345678901234567890, "123456789012345678901234567890"),
        (True, "true"),
        (False, "false"),
        (None, ""),
        ([], ""),
        ({}, ""),
        (10**100, ""),
        ("a\x00b", "ab"),
        ("half \ud800", "half ?"),
    ],
)
def test_numbers_and_texts_are_read_as_text(value, text):
    assert answer(json.dumps({"id": value})).json.text("id") == text


def test_a_large_number_with_a_fraction_keeps_its_digits():
    assert answer('{"id": 12345678901234567890.10}').json.text("id") == "12345678901234567890.10"


def test_a_list_that_is_not_there_is_not_an_empty_list():
    node = answer('{"rows": {}, "none": []}').json
    assert node.items("rows") is None
    assert node.items("gone") is None
    assert node.items("none") == []


def test_text_of_another_charset_is_read():
    assert answer("дубль".encode("cp1251")).text == "дубль"
    body = "дубль".encode("koi8-r")
    assert answer(body, **{"Content-Type": "text/plain; charset=koi8-r"}).text == "дубль"


def test_an_excerpt_is_one_line_without_tags():
    assert answer("<h1>Bad\n gateway</h1>\n<p>nginx").excerpt == "Bad gateway nginx"


@pytest.mark.parametrize(
    ("raw", "seconds"),
    [("7", 7), ("7.5", 7.5), ("999999999", 86400), ("", None), ("soon", None), ("-5", None), ("٧", None)],
)
def test_retry_after_in_seconds(raw, seconds):
    assert answer("", **{"Retry-After": raw}).retry_after == seconds


def test_retry_after_as_a_date_counts_from_the_date_of_the_answer():
    now = datetime(2026, 3, 1, 10, tzinfo=UTC)
    later = format_datetime(now + timedelta(seconds=90))
    assert answer("", **{"retry-after": later, "date": format_datetime(now)}).retry_after == 90
    assert answer("", **{"retry-after": format_datetime(now), "date": later}).retry_after == 0
    assert answer("", **{"retry-after": later}).retry_after is None


def test_a_form_leaves_out_none_and_repeats_a_name_for_a_list():
    request = Request.form("https://n.example/a?own=1", {"a": None, "b": "", "c[]": ["x", None, 2]}, query={"k": "v w"})
    assert request.body == b"b=&c%5B%5D=x&c%5B%5D=2"
    assert request.url == "https://n.example/a"
    assert request.query == (("own", "1"), ("k", "v w"))
    assert request.full_url == "https://n.example/a?own=1&k=v+w"


def test_multipart_holds_each_field_and_repeats_byte_for_byte():
    fields = {'na"me\r\n': "Ольга", "b": "1"}
    request = Request.multipart("https://n.example/", fields)
    boundary = request.headers["Content-Type"].partition("boundary=")[2]
    assert (
        request.body
        == (
            f"--{boundary}\r\n"
            'Content-Disposition: form-data; name="na%22me%0D%0A"\r\n\r\nОльга\r\n'
            f"--{boundary}\r\n"
            'Content-Disposition: form-data; name="b"\r\n\r\n1\r\n'
            f"--{boundary}--\r\n"
        ).encode()
    )
    assert Request.multipart("https://n.example/", fields) == request


def test_json_keeps_unicode_and_writes_decimals_as_numbers():
    assert compact_json({"a": "Ж", "b": Decimal("159.00"), "c": Decimal("0.50")}) == '{"a":"Ж","b":159,"c":0.5}'
