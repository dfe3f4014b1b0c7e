"""The API's description of itself: served, whole, and true."""

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from affiliate.intake import schema

pytestmark = pytest.mark.django_db


@pytest.fixture
def described(client):
    answer = client.get("/api/openapi.json")
    assert answer.status_code == 200
    return answer.json()


def test_page_is_served_without_any_other_host(client):
    page = client.get("/api/docs").content.decode()
    assert "swagger" in page
    assert "http://" not in page and "https://" not in page


def test_every_operation_is_described(described):
    operations = {(path, method) for path, methods in described["paths"].items() for method in methods}
    assert operations == {
        ("/api/leads", "post"),
        ("/api/leads", "get"),
        ("/api/leads/batch", "post"),
        ("/api/leads/{oid}", "get"),
        ("/api/offers", "get"),
    }
    for path, method in operations:
        operation = described["paths"][path][method]
        assert operation["summary"]
        assert operation["security"] == [{"BearerKey": []}]
        for status, answer in operation["responses"].items():
            kinds = list(answer["content"])
            assert kinds == (["application/problem+json"] if status >= "400" else ["application/json"])


def test_every_field_of_a_lead_is_described(described):
    body = described["paths"]["/api/leads"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert {"offer", "phone", "name", "country", "ip", "sub5", "utm_term", "timezone"} <= set(body["properties"])
    assert body["required"] == ["offer", "phone"]


def test_is_valid(described):
    OpenAPIV31SpecValidator(described).validate()


def test_references_lead_somewhere(described):
    def references(node):
        if isinstance(node, dict):
            for name, value in node.items():
                yield from [value] if name == "$ref" else references(value)
        elif isinstance(node, list):
            for one in node:
                yield from references(one)

    for reference in references(described):
        place = described
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


def test_example_of_a_lead_is_taken(api, offer, flow):
    assert api.post(schema.LEAD["example"] | {"offer": offer.pk}).status_code == 201


def test_example_of_a_batch_is_taken(api, offer, flow):
    leads = [lead | {"offer": offer.pk} for lead in schema.BATCH["example"]["leads"]]
    assert api.post({"leads": leads}, "/api/leads/batch").json()["refused"] == 0
