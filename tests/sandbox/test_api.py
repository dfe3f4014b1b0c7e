"""What the sandbox network takes and answers."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from affiliate.models import SandboxOrder
from affiliate.sandbox import orders
from affiliate.sandbox.behaviours import BEHAVIOURS, DECIDES_AFTER, DEFAULT, behaviour_of
from tests.sandbox.conftest import TOKEN


@pytest.fixture
def naps(monkeypatch):
    """How long the network slept, instead of sleeping."""
    taken = []
    monkeypatch.setattr(orders.time, "sleep", taken.append)
    return taken


def age(seconds):
    SandboxOrder.objects.update(created_at=timezone.now() - timedelta(seconds=seconds))


class TestTaking:
    def test_an_order_gets_a_number_and_is_pending(self, order, account):
        answer = order(sub1="OID-1")
        kept = SandboxOrder.objects.get()
        assert (answer.status_code, answer.json()) == (201, {"id": kept.number, "status": "pending"})
        assert (kept.account, kept.sub1, kept.decision, kept.reported_at) == (account, "OID-1", "approved", None)
        assert kept.report_at - kept.created_at - DECIDES_AFTER < timedelta(seconds=1)

    @pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}])
    def test_a_wrong_token_is_refused(self, client, account, headers):
        answer = client.post("/sandbox/api/orders", {}, content_type="application/json", headers=headers)
        assert (answer.status_code, answer.json()["error"]) == (401, "token")

    @pytest.mark.parametrize("body", ["", "{", "[]", "null", "[" * 100_000, b"\xff"])
    def test_a_body_that_is_no_object_is_refused(self, client, account, body):
        headers = {"Authorization": f"Bearer {TOKEN}"}
        answer = client.post("/sandbox/api/orders", body, content_type="application/json", headers=headers)
        assert (answer.status_code, answer.json()["error"]) == (400, "json")

    @pytest.mark.parametrize("name", ["phone", "offer"])
    @pytest.mark.parametrize("value", ["", None, {}, True])
    def test_phone_and_offer_are_required(self, order, account, name, value):
        answer = order(**{name: value})
        assert (answer.status_code, answer.json()["error"]) == (422, name)

    def test_strange_text_is_kept_as_far_as_it_can_be(self, order, account):
        assert order(name="a\x00b\ud800c", sub1="s" * 999, phone=40712345678).status_code == 201
        kept = SandboxOrder.objects.get()
        assert (kept.name, len(kept.sub1), kept.phone) == ("a b c", 100, "40712345678")

    def test_the_same_sub1_again_is_a_duplicate_with_the_first_number(self, order, account):
        first = order(sub1="OID-1").json()["id"]
        answer = order(sub1="OID-1", name="timeout")
        assert (answer.status_code, answer.json()["error"], answer.json()["id"]) == (409, "duplicate", first)
        assert SandboxOrder.objects.count() == 1

    def test_the_same_phone_again_is_taken(self, order, account):
        assert [order(sub1="1").status_code, order(sub1="2").status_code] == [201, 201]

    def test_no_csrf_token_is_asked_for(self, account):
        strict = Client(enforce_csrf_checks=True)
        assert strict.post("/sandbox/api/orders").status_code == 401


class TestBehaviours:
    @pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=[one.word for one in BEHAVIOURS])
    def test_chosen_by_a_word_of_the_name_or_by_the_phone(self, behaviour):
        assert behaviour_of(name=f"Ion {behaviour.word.title()}", phone="+40712345678") is behaviour
        assert behaviour_of(name="Ion", phone=f"+40 712 {behaviour.digits}") is behaviour

    @pytest.mark.parametrize("name", ["Ion Popescu", "Cancellara", "", "Slowik"])
    def test_any_other_lead_is_approved(self, name):
        assert behaviour_of(name=name, phone="+40712345678") is DEFAULT

    @pytest.mark.parametrize(
        ("word", "status"),
        [("Ion", "approved"), ("cancel", "rejected"), ("trash", "trash"), ("hold", "hold"), ("wait", "pending")],
    )
    def test_decisions(self, order, ask, account, word, status):
        number = order(name=word).json()["id"]
        assert ask(ids=number).json()["orders"][0]["status"] == "pending"
        age(DECIDES_AFTER.seconds)
        assert ask(ids=number).json()["orders"][0]["status"] == status

    def test_duplicate(self, order, account):
        answer = order(name="duplicate")
        assert (answer.status_code, answer.json()["error"]) == (409, "duplicate")
        assert not SandboxOrder.objects.exists()

    def test_once(self, order, account):
        first = order(name="once", sub1="1").json()["id"]
        answer = order(name="once", sub1="2")
        assert (answer.status_code, answer.json()["id"]) == (409, first)

    def test_refuse(self, order, account):
        answer = order(name="refuse")
        assert (answer.status_code, answer.json()["message"]) == (422, "wrong phone number")
        assert not SandboxOrder.objects.exists()

    def test_timeout_is_taken_and_lasts_longer_than_the_hub_waits(self, order, account, naps, settings):
        order(name="timeout")
        assert naps[0] > settings.READ_TIMEOUT
        assert SandboxOrder.objects.get().decision == "approved"

    def test_slow_is_answered_well_in_time(self, order, account, naps, settings):
        assert order(name="slow").status_code == 201
        assert 1 < naps[0] < settings.READ_TIMEOUT / 2

    def test_garbage_is_taken_and_answered_with_a_broken_page(self, order, account):
        answer = order(name="garbage")
        assert (answer.status_code, answer["Content-Type"]) == (200, "text/html; charset=utf-8")
        assert answer.content.startswith(b"<br />")
        assert SandboxOrder.objects.get().decision == "approved"

    def test_error(self, order, account):
        assert order(name="error").status_code == 500
        assert not SandboxOrder.objects.exists()

    def test_limit_lets_the_second_try_in(self, order, account):
        answer = order(name="limit", sub1="1")
        assert (answer.status_code, answer["Retry-After"]) == (429, "5")
        assert order(name="limit", sub1="2").status_code == 429
        assert order(name="limit", sub1="1").status_code == 201


class TestAsking:
    def test_by_number_and_by_the_partners_id(self, order, ask, account):
        numbers = [order(sub1=f"OID-{number}").json()["id"] for number in range(3)]
        found = ask(ids=f"{numbers[0]},nothing", sub1="OID-2").json()["orders"]
        assert [(one["id"], one["sub1"]) for one in found] == [(numbers[0], "OID-0"), (numbers[2], "OID-2")]

    def test_money_of_an_approval(self, order, ask, account):
        number = order().json()["id"]
        age(60)
        assert ask(ids=number).json()["orders"] == [
            {"id": number, "sub1": "", "status": "approved", "payout": "25.00", "currency": "USD"}
        ]

    def test_orders_of_another_account_are_not_there(self, order, ask, account, polled):
        number = order().json()["id"]
        assert ask(token="TOKEN-polled-0001", ids=number).json() == {"orders": []}

    def test_a_decision_stands_while_its_report_is_on_its_way(self, order, ask, account):
        number = order().json()["id"]
        age(60)
        SandboxOrder.objects.update(report_at=timezone.now() + timedelta(seconds=20))
        assert ask(ids=number).json()["orders"][0]["status"] == "approved"

    @pytest.mark.parametrize("query", [{}, {"ids": ","}, {"ids": ",".join(map(str, range(101)))}])
    def test_nothing_or_too_much_asked_is_an_error(self, ask, account, query):
        answer = ask(**query)
        assert (answer.status_code, answer.json()["error"]) == (400, "ids")

    def test_strange_ids_are_not_there(self, ask, account):
        assert ask(ids="\x00,\ufffd", sub1="'").json() == {"orders": []}


def test_the_page_shows_the_table(client):
    page = client.get("/sandbox/").content.decode()
    assert all(f"<code>{one.word}</code>" in page and str(one.does) in page for one in BEHAVIOURS)
    assert "http://testserver/sandbox/api/orders" in page
