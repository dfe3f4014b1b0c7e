import json

import pytest
from django.test import Client

from affiliate.delivery.per_minute import Minute
from affiliate.intake import access

OFFERLESS = {"phone": "+40712345678", "name": "Ion Popescu", "country": "RO", "ip": "203.0.113.7", "sub1": "c1"}


@pytest.fixture(autouse=True)
def _fresh_minute(monkeypatch):
    for name in ("_sources", "_browsers"):
        monkeypatch.setattr(access, name, Minute(name))


@pytest.fixture(autouse=True)
def woken(monkeypatch):
    """Tasks asked for; no message leaves a test."""
    calls = []
    monkeypatch.setattr("affiliate.intake.leads.wake.soon", lambda *call: calls.append(call))
    return calls


@pytest.fixture
def key(source):
    return source.issue_key()


@pytest.fixture
def body(flow):
    """A lead that a flow takes."""
    return OFFERLESS | {"offer": flow.offer_id}


class Api:
    """The JSON API as one source uses it."""

    def __init__(self, key: str):
        self.client = Client(raise_request_exception=False, headers={"Authorization": f"Bearer {key}"})

    def post(self, data, path="/api/leads", **more):
        raw = data if isinstance(data, (bytes, str)) else json.dumps(data)
        return self.client.post(path, raw, **{"content_type": "application/json", **more})

    def get(self, path="/api/leads", query=None, **more):
        return self.client.get(path, query, **more)


@pytest.fixture
def api(key):
    return Api(key)


@pytest.fixture
def other_api(db):
    from affiliate.models import Source

    return Api(Source.objects.create(name="Other").issue_key())


def fields_of(answer) -> dict[str, str]:
    """Code of each field that a problem document names."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    for error in answer.json()["errors"]:
        assert error["message"] and error["remedy"]
    return {error["field"]: error["code"] for error in answer.json()["errors"]}
