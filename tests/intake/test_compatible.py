"""The reference system's lead API: its fields, its answers, its error words; HTTP 200 always."""

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

import pytest
import time_machine
from django.db import OperationalError
from django.test import Client

from affiliate.models import Lead, Offer
from affiliate.vocabulary import Delivery, Status

pytestmark = pytest.mark.django_db
PUSH, ADD, COMPANY = "/api/wm/push.json", "/api/ext/add.json", "/api/comp/add.json"
EXT_LIST, WM_LIST = "/api/ext/list.json", "/api/wm/lead.json"
NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)


@pytest.fixture
def fields(offer, flow):
    return {"offer": offer.pk, "flow": 77, "phone": "40712345678", "name": "Ion", "country": "RO", "ip": "203.0.113.7"}


@pytest.fixture
def post(key):
    """Posts a form with the key in the query, as the reference's own landing pages do."""

    def post(path, fields, **query):
        return answer_of(Client().post(f"{path}?{urlencode({'id': key} | query)}", fields))

    return post


def answer_of(response):
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    return response.json()


@pytest.mark.parametrize("path", [PUSH, ADD, COMPANY])
class TestEveryDoor:
    def test_takes_a_form(self, post, fields, path, source, flow):
        answer = post(path, fields)
        lead = Lead.objects.get()
        assert answer == {"status": "ok", "id": lead.pk} | ({"uid": lead.oid} if path == ADD else {})
        assert (lead.source, lead.network, lead.phone, lead.name) == (source, flow.network, "+40712345678", "Ion")

    def test_takes_json(self, key, fields, path):
        raw = json.dumps(fields)
        assert answer_of(Client().post(f"{path}?id={key}", raw, content_type="application/json"))["status"] == "ok"

    def test_takes_json_that_is_declared_as_a_form(self, key, fields, path):
        kind = "application/x-www-form-urlencoded"
        assert answer_of(Client().post(f"{path}?id={key}", json.dumps(fields), content_type=kind))["status"] == "ok"

    @pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b" \n"])
    def test_takes_json_after_a_byte_order_mark_or_blanks(self, key, fields, path, before):
        raw = before + json.dumps(fields).encode()
        assert answer_of(Client().post(f"{path}?id={key}", raw, content_type="text/plain"))["status"] == "ok"

    @pytest.mark.parametrize("declared", ["", "; charset=windows-1251"])
    @pytest.mark.parametrize("escaped", [True, False])
    def test_reads_a_form_in_windows_1251(self, key, fields, path, declared, escaped):
        kind = "application/x-www-form-urlencoded" + declared
        name = quote("Иван", encoding="cp1251") if escaped else "Иван"
        raw = f"{urlencode(fields | {'name': ''})}&name={name}".encode("cp1251")
        assert answer_of(Client().generic("POST", f"{path}?id={key}", raw, kind))["status"] == "ok"
        assert Lead.objects.get().name == "Иван"

    @pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "DELETE"])
    def test_makes_no_lead_of_a_question(self, key, fields, path, method):
        answer = Client().generic(method, f"{path}?{urlencode({'id': key} | fields)}")
        assert answer.status_code == 200
        assert method == "HEAD" or answer.json()["error"] == "func"
        assert not Lead.objects.exists()

    def test_takes_everything_in_the_query(self, key, fields, path):
        assert answer_of(Client().post(f"{path}?{urlencode({'id': key} | fields)}"))["status"] == "ok"

    def test_takes_the_key_in_the_body(self, key, fields, path):
        assert answer_of(Client().post(path, {"id": key} | fields))["status"] == "ok"

    def test_takes_some_fields_in_the_query_and_the_body_wins(self, post, fields, path):
        post(path, fields, offer="1", sub1="q")
        assert (Lead.objects.get().offer_id, Lead.objects.get().sub1) == (fields["offer"], "q")

    def test_gives_a_repost_the_same_answer_and_makes_one_lead(self, post, fields, path):
        with time_machine.travel(NOW, tick=False):
            first = post(path, fields)
        for seconds in (30, 65):
            with time_machine.travel(NOW + timedelta(seconds=seconds), tick=False):
                assert post(path, fields) == first
        assert Lead.objects.count() == 1

    @pytest.mark.parametrize(
        ("change", "word"),
        [
            ({"offer": ""}, "nooffer"),
            ({"offer": "987654"}, "offer"),
            ({"offer": "watch"}, "offer"),
            ({"phone": ""}, "nophone"),
            ({"phone": "call me"}, "phone"),
            ({"phone": "12"}, "phone"),
            ({"email": "nobody"}, "email"),
            ({"country": "XX"}, "data"),
            ({"ip": "nowhere"}, "data"),
            ({"city": "x" * 256}, "data"),
            ({"count": "none"}, "data"),
            ({"phone": "12", "offer": "", "email": "x"}, "nooffer"),
        ],
    )
    def test_wrong_field_has_its_word(self, post, fields, path, change, word):
        answer = post(path, fields | change)
        assert (answer["status"], answer["error"]) == ("error", word)
        assert answer["bad"] and answer["info"]
        assert not Lead.objects.exists()

    @pytest.mark.parametrize("name", ["count", "base"])
    def test_wrong_field_is_called_as_it_was_sent(self, post, fields, path, name):
        assert post(path, fields | {name: "many"})["bad"] == name

    def test_too_many_fields_are_told_how_many_may_come(self, post, fields, path):
        answer = post(path, fields | {f"f{number}": "1" for number in range(2000)})
        assert (answer["error"], answer["info"]) == ("data", "Send at most 1000 fields.")

    def test_offer_that_is_switched_off(self, post, fields, path):
        Offer.objects.update(enabled=False)
        assert post(path, fields)["error"] == "offer"

    def test_database_that_fails_is_db(self, post, fields, path, monkeypatch):
        def fail(*args, **kwargs):
            raise OperationalError("gone")

        monkeypatch.setattr("affiliate.delivery.bulk.insert_one", fail)
        assert post(path, fields)["error"] == "db"


@pytest.mark.parametrize("path", [PUSH, ADD, COMPANY, EXT_LIST, WM_LIST])
class TestAuthority:
    @pytest.mark.parametrize("wrong", ["", "1", "1-", "-x", "1-wrong", "999-wrong", "x-y", "1-\x00", "9" * 30 + "-x"])
    def test_wrong_key(self, path, fields, wrong):
        answer = answer_of(Client().post(f"{path}?{urlencode({'id': wrong})}", fields))
        assert (answer["status"], answer["error"]) == ("error", "key")

    def test_key_under_another_name(self, path, fields, key):
        assert answer_of(Client().post(f"{path}?token={key}", fields))["error"] == "key"

    def test_key_that_is_no_text(self, path):
        raw = json.dumps({"id": ["\ud800"]})
        assert answer_of(Client().post(path, raw, content_type="application/json"))["error"] == "key"

    def test_source_that_is_switched_off(self, post, fields, path, source):
        source.enabled = False
        source.save()
        assert post(path, fields)["error"] == "security"

    @pytest.mark.parametrize(
        ("raw", "kind"),
        [
            (b"{", "application/json"),
            (b"[]", "application/json"),
            (b"\xff", "application/json"),
            (b"--x", "multipart/form-data; boundary=x"),
            (b"a=1", "multipart/form-data"),
            (b"a=%EF", "application/x-www-form-urlencoded; charset=cp1251"),
            (b"a=\xff%00", "text/plain"),
            (b"&".join(b"f%d=1" % number for number in range(2000)), "application/x-www-form-urlencoded"),
            (b"x" * 1024 * 1025, "application/x-www-form-urlencoded"),
        ],
        ids=lambda value: str(value[:20]),
    )
    def test_body_that_cannot_be_read_is_an_answer_too(self, path, key, raw, kind):
        answer = answer_of(Client().post(f"{path}?id={key}", raw, content_type=kind))
        assert (path == WM_LIST and answer == []) or answer["error"] in ("data", "nooffer")


def test_secret_may_hold_hyphens(source, fields):
    from affiliate.models.source import hash_key

    source.keys.create(hash=hash_key("k-e-y"), hint="-e-y")
    assert answer_of(Client().post(f"{PUSH}?id={source.pk}-k-e-y", fields))["status"] == "ok"


def test_every_field_of_the_reference_finds_its_column(post, fields):
    more = {
        "last": "Popescu",
        "ua": "Mozilla",
        "email": "ion@example.com",
        "comm": "call later",
        "us": "fb",
        "uc": "camp",
        "un": "ad",
        "ut": "kw",
        "um": "cpc",
        "subid1": "s1",
        "sub2": "s2",
        "subid5": "s5",
        "index": "500001",
        "area": "Brasov",
        "city": "Brasov",
        "street": "Lunga",
        "addr": "5",
        "count": "2",
        "base": "159,00",
        "currency": "ron",
        "domain": "shop.example",
        "subid": "click",
        "wm": "12",
        "items[]": ["1", "2"],
        "_timer": "1",
        "_nonce": "2",
    }
    post(PUSH, fields | more)
    lead = Lead.objects.get()
    assert (lead.name, lead.user_agent, lead.email, lead.comment) == (
        "Ion Popescu",
        "Mozilla",
        "ion@example.com",
        "call later",
    )
    assert [lead.utm_source, lead.utm_campaign, lead.utm_content, lead.utm_term, lead.utm_medium] == [
        "fb",
        "camp",
        "ad",
        "kw",
        "cpc",
    ]
    assert [lead.sub1, lead.sub2, lead.sub5] == ["s1", "s2", "s5"]
    assert [lead.zip, lead.region, lead.city, lead.address] == ["500001", "Brasov", "Brasov", "Lunga, 5"]
    assert (lead.quantity, str(lead.price), lead.currency) == (2, "159.00", "RON")
    assert lead.extra == {"flow": "77", "domain": "shop.example", "subid": "click", "wm": "12", "items[]": '["1","2"]'}


def test_long_name_wins_over_the_short_one(post, fields):
    post(PUSH, fields | {"us": "short", "utm_source": "long"})
    assert Lead.objects.get().utm_source == "long"


@pytest.mark.parametrize("name", ["sub1", "subid1"])
def test_label_that_is_too_long_costs_no_lead(post, fields, name):
    assert post(PUSH, fields | {name: "x" * 300})["status"] == "ok"
    assert Lead.objects.get().sub1 == "x" * 255


def test_phone_without_a_country_is_international(post, fields):
    post(PUSH, fields | {"country": ""})
    assert (Lead.objects.get().phone, Lead.objects.get().country) == ("+40712345678", "RO")


class TestAgencyId:
    """ext/add: the authority is in the query, the sender's own id of the lead in the body."""

    def test_is_answered_as_uid(self, post, fields):
        answer = post(ADD, fields | {"id": "A-1"})
        assert answer == {"status": "ok", "id": Lead.objects.get().pk, "uid": "A-1"}

    def test_is_the_leads_key(self, post, fields):
        with time_machine.travel(NOW, tick=False):
            first = post(ADD, fields | {"id": "A-1"})
        with time_machine.travel(NOW + timedelta(days=9), tick=False):
            assert post(ADD, fields | {"id": "A-1"}) == first
        assert Lead.objects.get().idempotency_key == "A-1"

    def test_of_two_leads_makes_two(self, post, fields):
        assert post(ADD, fields | {"id": "A-1"})["id"] != post(ADD, fields | {"id": "A-2"})["id"]

    def test_that_came_with_other_content_is_a_duplicate(self, post, fields):
        post(ADD, fields | {"id": "A-1"})
        answer = post(ADD, fields | {"id": "A-1", "phone": "40722345678"})
        assert (answer["error"], answer["bad"]) == ("duplicate", "id")

    def test_auto_is_answered_with_ours(self, post, fields):
        answer = post(ADD, fields | {"id": "auto"})
        assert (answer["id"], answer["uid"]) == (Lead.objects.get().pk, Lead.objects.get().oid)

    def test_that_is_too_long(self, post, fields):
        answer = post(ADD, fields | {"id": "x" * 101})
        assert (answer["error"], answer["bad"]) == ("data", "id")


class TestStates:
    @pytest.mark.parametrize(
        ("status", "delivery", "number"),
        [
            (Status.WAIT, Delivery.QUEUED, 1),
            (Status.WAIT, Delivery.DELIVERED, 2),
            (Status.HOLD, Delivery.DELIVERED, 4),
            (Status.CANCEL, Delivery.DELIVERED, 5),
            (Status.APPROVE, Delivery.DELIVERED, 6),
            (Status.TRASH, Delivery.DELIVERED, 12),
        ],
    )
    def test_have_the_references_words_and_numbers(self, post, fields, status, delivery, number):
        oid = post(ADD, fields | {"id": "A-1"})["id"]
        Lead.objects.update(status=status, delivery=delivery, status_reason="because")
        (row,) = post(EXT_LIST, {"ids": "A-1"})
        assert row | {"status_text": ""} == {
            "id": oid,
            "uid": "A-1",
            "stage": status.value,
            "status": number,
            "status_text": "",
            "reason": 0,
            "reason_text": "because",
        }

    def test_by_our_ids_and_theirs_in_query_or_body(self, post, fields, key):
        number = post(PUSH, fields)["id"]
        post(ADD, fields | {"id": "A-1"})
        oid = Lead.objects.get(pk=number).oid
        for ids in (f"{number}, A-1, unknown", f"A-1,{oid}"):
            by_body = post(EXT_LIST, {"ids": ids})
            by_query = answer_of(Client().get(EXT_LIST, {"id": key, "ids": ids}))
            assert [row["uid"] for row in by_body] == [oid, "A-1"]
            assert by_query == by_body

    def test_by_a_list_of_ids_in_a_form_or_json(self, post, fields, key):
        for uid in ("A-1", "A-2"):
            post(ADD, fields | {"id": uid})
        in_form = post(EXT_LIST, {"ids[]": ["A-1", "A-2"]})
        raw = json.dumps({"ids": ["A-1", "A-2"]})
        in_json = answer_of(Client().post(f"{EXT_LIST}?id={key}", raw, content_type="application/json"))
        assert [row["uid"] for row in in_form] == ["A-1", "A-2"]
        assert in_json == in_form

    def test_number_that_the_sender_gave_a_lead_means_that_lead(self, post, fields):
        ours = post(PUSH, fields)["id"]
        theirs = post(ADD, fields | {"id": str(ours), "sub1": "2"})["id"]
        assert [row["id"] for row in post(EXT_LIST, {"ids": str(ours)})] == [theirs]

    def test_at_the_root_are_an_object_by_our_number(self, post, fields):
        number = post("/wm/push.json", fields)["id"]
        answer = post("/ext/list.json", {"ids": str(number)})
        assert (list(answer), answer[str(number)]["stage"]) == ([str(number)], "wait")

    def test_of_another_source_are_not_told(self, post, fields, db):
        from affiliate.models import Source

        oid = post(PUSH, fields)["id"]
        other = Source.objects.create(name="Other").issue_key()
        assert answer_of(Client().get(EXT_LIST, {"id": other, "ids": oid})) == []

    @pytest.mark.parametrize(
        ("days", "count"),
        [
            ({"from": "2026-03-01", "to": "2026-03-01"}, 1),
            ({"from": "2026-02-28", "to": "2026-03-02"}, 2),
            ({"from": "1772323200", "to": "1772323200"}, 1),
            ({"from": "2026-03-03", "to": "2026-03-04"}, 0),
        ],
    )
    def test_by_days(self, post, fields, days, count):
        for day in (NOW, NOW + timedelta(days=1)):
            with time_machine.travel(day, tick=False):
                post(PUSH, fields)
        assert len(post(EXT_LIST, days)) == count

    @pytest.mark.parametrize(
        "question", [{}, {"from": "soon"}, {"from": "9999-12-31"}, {"from": "9" * 40}, {"ids": "x," * 1001}]
    )
    def test_question_that_cannot_be_answered_is_an_error_and_no_empty_list(self, post, question):
        assert post(EXT_LIST, question)["error"] == "data"

    def test_of_more_leads_than_an_answer_holds_is_an_error(self, post, fields, monkeypatch):
        monkeypatch.setattr("affiliate.intake.compatible.ROWS_LIMIT", 1)
        post(PUSH, fields)
        assert len(post(EXT_LIST, {"from": "2026-03-01"})) == 1
        post(PUSH, fields | {"sub1": "2"})
        assert post(EXT_LIST, {"from": "2026-03-01"})["error"] == "data"

    @pytest.mark.parametrize(
        ("stage", "statuses"),
        [("w", {"wait"}), ("a", {"hold", "approve"}), ("c", {"cancel", "trash"}), ("", set(Status))],
    )
    def test_of_a_webmasters_day_by_stage(self, post, fields, stage, statuses):
        for status in Status:
            number = post(PUSH, fields | {"sub1": status.value})["id"]
            Lead.objects.filter(pk=number).update(status=status)
        rows = post(WM_LIST, {"status": stage, "offer": fields["offer"]})
        assert {row["stage"] for row in rows} == statuses
        assert {row["sub1"] for row in rows} == statuses
        assert {(row["offer"], row["flow"]) for row in rows} == {(fields["offer"], "77")}

    def test_of_a_webmasters_flow_or_site(self, post, fields):
        for flow, site in ((77, 1), (78, 1), (78, 2)):
            post(PUSH, fields | {"flow": flow, "site": site})
        assert len(post(WM_LIST, {"flow": 78})) == 2
        assert len(post(WM_LIST, {"flow": 78, "site": 1})) == 1

    def test_of_a_webmasters_other_day_or_offer_are_left_out(self, post, fields):
        post(PUSH, fields)
        assert post(WM_LIST, {"day": "2026-03-01"}) == []
        assert post(WM_LIST, {"offer": "x"}) == []
        assert post(WM_LIST, {"status": "z"})["error"] == "data"


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("/api/wm/nothing.json", "func"),
        ("/api/nothing/push.json", "app"),
        ("/api/comp/edit.json", "func"),
        ("/wm/nothing.json", "func"),
        ("/ext/nothing.json", "func"),
    ],
)
def test_function_that_is_not_served(path, word):
    assert answer_of(Client().post(path))["error"] == word
