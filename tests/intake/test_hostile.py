"""Whatever the bytes, the answer is a document that says what is wrong: never a traceback, never a 500."""

import json

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from affiliate.intake import normalise
from affiliate.models import Lead

pytestmark = pytest.mark.django_db
examples = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
# Lone surrogates included: JSON can spell them.
texts = st.text(st.characters(), max_size=40) | st.sampled_from(["\x00", "\ud800", "", "+", "1e999", "٣", "0" * 300])
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3))
names = st.sampled_from([*sorted(normalise.KNOWN), "id", "extra", "pk", "status", "idempotency_key", "items[]"]) | texts
KINDS = ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", ""]


def assert_told(answer):
    assert answer.status_code in (200, 201, 400, 409, 413, 415, 422), answer.content
    document = json.loads(answer.content)
    if answer.status_code >= 400:
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert all(error["message"] and error["remedy"] for error in document["errors"])


@examples
@given(raw=st.binary(max_size=300), kind=st.sampled_from(KINDS))
def test_any_bytes_to_the_json_api(api, raw, kind):
    assert_told(api.post(raw, content_type=kind))


@examples
@given(fields=st.dictionaries(names, values, max_size=6), key=texts)
def test_any_fields_to_the_json_api(api, body, fields, key):
    sent = {"Idempotency-Key": key} if key.isascii() and key.isprintable() else {}
    assert_told(api.post(body | fields, headers=sent))


@examples
@given(leads=st.lists(values | st.dictionaries(names, values, max_size=4), max_size=3))
def test_any_batch(api, leads):
    assert_told(api.post({"leads": leads}, "/api/leads/batch"))


@examples
@given(
    path=st.sampled_from(["wm/push", "ext/add", "comp/add", "ext/list", "wm/lead"]),
    raw=st.binary(max_size=300),
    kind=st.sampled_from(KINDS),
)
def test_any_bytes_to_the_compatible_api(key, path, raw, kind):
    answer = Client().post(f"/api/{path}.json?id={key}", raw, content_type=kind)
    assert answer.status_code == 200
    assert answer.json() == [] or answer.json()["error"] != "db"


@examples
@given(
    path=st.sampled_from(["wm/push", "ext/add", "comp/add", "ext/list", "wm/lead"]),
    fields=st.dictionaries(names | st.sampled_from(["ids", "from", "to", "day", "name", "last"]), values, max_size=6),
)
def test_any_fields_to_the_compatible_api(key, body, path, fields):
    raw = json.dumps(body | fields)
    answer = Client().post(f"/api/{path}.json?id={key}", raw, content_type="application/json")
    assert answer.status_code == 200
    document = answer.json()
    assert isinstance(document, list) or document.get("error") != "db"


@examples
@given(query=st.dictionaries(st.sampled_from(["ids", "changed_since", "cursor", "limit"]), texts, max_size=4))
def test_any_question(api, query):
    query = {name: text.encode("utf-8", "replace") for name, text in query.items()}
    assert_told(api.get(query=query))


@examples
@given(fields=st.dictionaries(names, texts, max_size=6))
def test_what_is_taken_is_what_is_read_back(api, body, fields):
    answer = api.post(body | fields)
    if answer.status_code == 201:
        oid = answer.json()["oid"]
        assert Lead.objects.get(oid=oid).phone == answer.json()["phone"]
        assert api.get(f"/api/leads/{oid}").json() == answer.json()
