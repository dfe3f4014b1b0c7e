"""POST /api/leads and what its source may ask afterwards."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import InterfaceError, OperationalError
from django.test import Client
from django.utils import timezone

from affiliate.models import Flow, Lead, Offer
from affiliate.vocabulary import Delivery, Status
from tests.intake.conftest import fields_of

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)


def test_lead_is_stored_routed_and_due_at_once(api, body, flow, source):
    answer = api.post(body | {"odd": "kept"})
    assert answer.status_code == 201
    lead = Lead.objects.get(oid=answer.json()["oid"])
    assert (lead.source, lead.offer_id, lead.flow, lead.network) == (source, flow.offer_id, flow, flow.network)
    assert (lead.phone, lead.phone_typed, lead.country) == ("+40712345678", "+40712345678", "RO")
    assert (lead.delivery, lead.extra) == (Delivery.QUEUED, {"odd": "kept"})
    assert lead.next_attempt_at <= timezone.now()


def test_answer_tells_what_was_made_of_the_lead(api, body):
    answer = api.post(body, headers={"Idempotency-Key": "order-1"}).json()
    assert answer | {"oid": "", "created_at": ""} == {
        "oid": "",
        "idempotency_key": "order-1",
        "offer": body["offer"],
        "phone": "+40712345678",
        "phone_kind": "mobile",
        "country": "RO",
        "sub1": "c1",
        "status": "wait",
        "status_reason": "",
        "status_at": None,
        "delivery": "queued",
        "delivered_at": None,
        "payout": None,
        "payout_currency": "",
        "test": False,
        "duplicate_of": None,
        "created_at": "",
    }


def test_worker_of_the_network_is_woken(api, body, flow, woken):
    api.post(body)
    assert woken == [("affiliate.push_due", flow.network_id)]


def test_lead_that_no_flow_takes_is_kept_queued(api, body, woken):
    Flow.objects.update(countries="BG")
    answer = api.post(body)
    assert (answer.status_code, answer.json()["delivery"]) == (201, "queued")
    assert Lead.objects.get().network is None
    assert woken == []


def test_queries_of_one_lead_are_few(api, body, settings, django_assert_max_num_queries):
    settings.REMEMBER_SECONDS = 60
    api.post(body | {"sub1": "first"})
    with django_assert_max_num_queries(7):
        assert api.post(body).status_code == 201


@pytest.mark.parametrize("sent", [{}, {"Idempotency-Key": "order-1"}])
class TestRepeat:
    def test_is_the_same_lead(self, api, body, sent):
        first = api.post(body, headers=sent)
        again = api.post(body, headers=sent)
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json() == again.json()
        assert Lead.objects.count() == 1

    def test_wakes_nobody(self, api, body, sent, woken):
        api.post(body, headers=sent)
        api.post(body, headers=sent)
        assert len(woken) == 1

    def test_of_another_source_is_another_lead(self, api, other_api, body, sent):
        assert api.post(body, headers=sent).json()["oid"] != other_api.post(body, headers=sent).json()["oid"]

    def test_is_known_though_the_offer_was_switched_off_meanwhile(self, api, body, sent):
        oid = api.post(body, headers=sent).json()["oid"]
        Offer.objects.update(enabled=False)
        assert api.post(body, headers=sent).json()["oid"] == oid


@pytest.mark.parametrize(("later", "leads"), [(timedelta(minutes=9), 1), (timedelta(minutes=11), 2)])
def test_without_a_key_the_same_content_is_the_same_lead_for_ten_minutes(api, body, later, leads):
    with time_machine.travel(NOW, tick=False):
        api.post(body)
    with time_machine.travel(NOW + later, tick=False):
        api.post(body)
    assert Lead.objects.count() == leads


def test_with_a_key_the_lead_is_the_same_for_ever(api, body):
    with time_machine.travel(NOW, tick=False):
        api.post(body, headers={"Idempotency-Key": "order-1"})
    with time_machine.travel(NOW + timedelta(days=100), tick=False):
        assert api.post(body, headers={"Idempotency-Key": "order-1"}).status_code == 200


def test_other_content_without_a_key_is_another_lead(api, body):
    api.post(body)
    assert api.post(body | {"sub1": "c2"}).status_code == 201


def test_key_that_came_with_other_content_is_a_conflict_that_names_the_lead(api, body):
    oid = api.post(body, headers={"Idempotency-Key": "order-1"}).json()["oid"]
    answer = api.post(body | {"name": "Other"}, headers={"Idempotency-Key": "order-1"})
    assert answer.status_code == 409
    assert fields_of(answer) == {"Idempotency-Key": "reused"}
    assert oid in answer.json()["errors"][0]["message"]


def test_two_keys_are_two_leads(api, body):
    api.post(body, headers={"Idempotency-Key": "order-1"})
    assert api.post(body, headers={"Idempotency-Key": "order-2"}).status_code == 201


class TestErrors:
    @pytest.mark.parametrize("wrong", ["", "Bearer", "Bearer 1", "Bearer x-y", "Bearer 1-wrong", "Bearer 999-wrong"])
    def test_wrong_key_and_unknown_source_answer_the_same(self, body, source, wrong):
        answer = Client().post("/api/leads", body, content_type="application/json", headers={"Authorization": wrong})
        plain = Client().post("/api/leads", body, content_type="application/json")
        assert answer.status_code == 401
        assert fields_of(answer) == {"Authorization": "unknown"}
        assert answer.content == plain.content
        assert answer.headers["WWW-Authenticate"] == "Bearer"

    def test_key_never_reaches_the_log(self, body, key, caplog):
        for value in (key, f"Basic {key}", f"Bearer {key}x"):
            Client().post("/api/leads", body, content_type="application/json", headers={"Authorization": value})
        assert key not in caplog.text

    def test_source_that_is_switched_off(self, api, body, source):
        source.enabled = False
        source.save()
        answer = api.post(body)
        assert (answer.status_code, fields_of(answer)) == (403, {"Authorization": "disabled"})

    @pytest.mark.parametrize(
        "raw",
        [" ", "{", "nonsense", "[]", "1", '{"offer": NaN}', '{"price": 1e999}', b"\xff\xfe", "[" * 100_000, "9" * 5000],
        ids=lambda raw: str(raw[:8]),
    )
    def test_body_that_is_no_json_object(self, api, raw):
        answer = api.post(raw)
        assert (answer.status_code, fields_of(answer)) == (400, {"body": "malformed"})

    def test_place_of_the_mistake_is_named(self, api):
        assert "line 2" in api.post('{"offer": 1,\n "phone": }').json()["detail"]

    @pytest.mark.parametrize(
        "kind", ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=cp1251"]
    )
    def test_body_that_is_not_declared_as_json(self, api, body, kind):
        answer = api.post(body, content_type=kind)
        assert (answer.status_code, fields_of(answer)) == (415, {"Content-Type": "wrong_type"})

    def test_body_that_is_too_big(self, api, body):
        answer = api.post(body | {"comment": "x" * 1024 * 1024})
        assert (answer.status_code, fields_of(answer)) == (413, {"body": "malformed"})

    def test_unknown_offer_is_named(self, api, body):
        answer = api.post(body | {"offer": 987654})
        assert (answer.status_code, fields_of(answer)) == (422, {"offer": "unknown"})
        assert "987654" in answer.json()["errors"][0]["message"]

    def test_offer_that_is_switched_off_is_named(self, api, body, offer):
        Offer.objects.update(enabled=False)
        answer = api.post(body)
        assert (answer.status_code, fields_of(answer)) == (422, {"offer": "disabled"})
        assert offer.title in answer.json()["errors"][0]["message"]

    def test_each_wrong_field_is_named(self, api, body):
        answer = api.post(body | {"phone": "call me", "country": "Romania", "email": "x"})
        assert answer.status_code == 422
        assert fields_of(answer) == {"country": "malformed", "email": "malformed"}
        assert fields_of(api.post({})) == {"offer": "required", "phone": "required"}

    def test_key_that_is_too_long(self, api, body):
        answer = api.post(body, headers={"Idempotency-Key": "x" * 101})
        assert (answer.status_code, fields_of(answer)) == (422, {"Idempotency-Key": "too_long"})

    def test_nothing_wrong_is_stored(self, api, body):
        api.post(body | {"phone": "x"})
        api.post(body | {"offer": 987654})
        assert not Lead.objects.exists()

    def test_errors_are_in_the_readers_language(self, api, body):
        answer = api.post(body | {"phone": ""}, headers={"Accept-Language": "ru"})
        assert answer.headers["Content-Language"] == "ru"

    @pytest.mark.parametrize("failure", [OperationalError("gone"), InterfaceError("closed")])
    def test_database_that_fails_asks_to_come_again(self, api, body, monkeypatch, failure):
        def fail(*args, **kwargs):
            raise failure

        monkeypatch.setattr("affiliate.delivery.bulk.insert_one", fail)
        answer = api.post(body)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert fields_of(answer) == {"": "unavailable"}

    def test_bug_is_no_traceback(self, api, body, monkeypatch, settings):
        settings.DEBUG = True
        monkeypatch.setattr("affiliate.intake.api.take", None)
        answer = api.post(body)
        assert (answer.status_code, fields_of(answer)) == (500, {"": "unavailable"})
        assert "Traceback" not in answer.content.decode()


class TestState:
    def test_of_a_lead(self, api, body):
        oid = api.post(body).json()["oid"]
        Lead.objects.update(
            status=Status.APPROVE, status_at=NOW, payout=Decimal("12.5000"), payout_currency="USD", delivery="delivered"
        )
        answer = api.get(f"/api/leads/{oid}").json()
        assert (answer["status"], answer["delivery"]) == ("approve", "delivered")
        assert (answer["payout"], answer["payout_currency"]) == ("12.5", "USD")
        assert answer["status_at"] == "2026-03-01T10:00:00Z"

    @pytest.mark.parametrize("oid", ["01K5PLA1NPLA1NPLA1NPLA1NPL", "x", "%00", "1-2"])
    def test_of_no_lead(self, api, oid):
        answer = api.get(f"/api/leads/{oid}")
        assert (answer.status_code, fields_of(answer)) == (404, {"oid": "unknown"})

    def test_of_another_sources_lead_is_not_told(self, api, other_api, body):
        oid = api.post(body).json()["oid"]
        assert other_api.get(f"/api/leads/{oid}").status_code == 404

    def test_by_ids(self, api, other_api, body):
        mine = [api.post(body | {"sub1": str(number)}).json()["oid"] for number in range(3)]
        foreign = other_api.post(body).json()["oid"]
        answer = api.get(query={"ids": ", ".join([*mine[:2], foreign, "x\x00"])}).json()
        assert sorted(lead["oid"] for lead in answer["leads"]) == sorted(mine[:2])
        assert answer["next"] is None

    def test_by_too_many_ids(self, api):
        answer = api.get(query={"ids": ",".join(["x"] * 101)})
        assert (answer.status_code, fields_of(answer)) == (422, {"ids": "too_long"})


class TestBatch:
    def test_each_lead_has_its_verdict(self, api, body):
        keyed = body | {"idempotency_key": "order-1"}
        leads = [keyed, keyed, keyed | {"name": "Other"}, body | {"phone": "x"}, "text", body | {"sub1": "c2"}]
        answer = api.post({"leads": leads}, "/api/leads/batch")
        assert answer.status_code == 200
        verdicts = answer.json()["verdicts"]
        assert [verdict["status"] for verdict in verdicts] == [201, 200, 409, 422, 422, 201]
        assert verdicts[0]["lead"]["oid"] == verdicts[1]["lead"]["oid"]
        assert verdicts[3]["problem"]["errors"][0]["field"] == "phone"
        assert verdicts[4]["problem"]["errors"][0]["field"] == "leads.4"
        assert (answer.json()["taken"], answer.json()["repeated"], answer.json()["refused"]) == (2, 1, 3)

    @pytest.mark.parametrize("leads", [None, [], {}, [{}] * 501])
    def test_must_hold_from_one_to_500_leads(self, api, leads):
        answer = api.post({"leads": leads}, "/api/leads/batch")
        assert (answer.status_code, fields_of(answer)) == (422, {"leads": "out_of_range"})

    def test_that_is_sent_again_makes_no_second_leads(self, api, body):
        leads = {"leads": [body | {"sub1": str(number)} for number in range(5)]}
        api.post(leads, "/api/leads/batch")
        again = api.post(leads, "/api/leads/batch").json()
        assert (again["taken"], again["repeated"], Lead.objects.count()) == (0, 5, 5)

    def test_flows_are_read_once(self, api, body, django_assert_max_num_queries):
        leads = {"leads": [body | {"sub1": str(number)} for number in range(20)]}
        with django_assert_max_num_queries(5 + 20 * 7):
            assert api.post(leads, "/api/leads/batch").json()["taken"] == 20


class TestOffers:
    def test_with_the_countries_their_flows_take(self, api, offer, flow):
        Flow.objects.update(countries="RO, BG")
        Flow.objects.create(offer=offer, network=flow.network, countries="MD")
        Flow.objects.create(offer=offer, network=flow.network, countries="DE", enabled=False)
        assert api.get("/api/offers").json() == [{"id": offer.pk, "title": "Watch", "countries": ["BG", "MD", "RO"]}]

    def test_with_no_countries_where_a_flow_takes_all(self, api, offer, flow):
        Flow.objects.create(offer=offer, network=flow.network, countries="MD")
        assert api.get("/api/offers").json()[0]["countries"] == []

    def test_that_are_switched_off_are_left_out(self, api, flow):
        Offer.objects.update(enabled=False)
        assert api.get("/api/offers").json() == []


@pytest.mark.parametrize("path", ["/api/leads/", "/api/lead", "/api/v2/leads"])
def test_an_address_that_is_none_is_answered_so_that_a_program_reads_it(api, body, path):
    answer = api.post(body, path=path)
    assert answer.status_code == 404
    assert fields_of(answer) == {"": "unknown"}
    assert path in answer.json()["detail"]
