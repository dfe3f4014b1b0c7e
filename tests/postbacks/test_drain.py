"""What becomes of calls once they are kept."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from model_bakery import baker

from affiliate.models import Attempt, Network, Postback, StatusChange
from affiliate.postbacks import drain
from affiliate.postbacks.details import words
from tests.postbacks.conftest import make_network


def state(row):
    return (row.verdict, row.lead_id, row.due_at)


class TestApplying:
    def test_a_status_reaches_its_lead(self, applied, lead):
        row = applied(oid=lead.oid, status="approved", comment="thanks", pay="12.5", cc="usd")
        lead.refresh_from_db()
        assert (lead.status, lead.payout, lead.payout_currency) == ("approve", Decimal("12.5"), "USD")
        assert state(row) == ("applied", lead.pk, None)
        assert (words(row.detail), row.applied_at is not None) == ("wait → approve", True)
        change = lead.status_changes.get()
        assert (change.source, change.raw_status, change.comment) == ("postback", "approved", "thanks")

    def test_the_oid_may_come_in_any_case(self, applied, lead):
        assert applied(oid=f" {lead.oid.lower()} ", status="approve").lead_id == lead.pk

    def test_the_eid_names_a_lead_too(self, applied, lead):
        assert state(applied(eid="E-1", status="approve")) == ("applied", lead.pk, None)

    def test_the_oid_wins_over_the_eid(self, applied, lead, make_lead):
        second = make_lead(eid="E-2")
        assert applied(oid=second.oid, eid="E-1", status="approve").lead_id == second.pk

    def test_an_eid_counts_where_the_oid_is_a_macro(self, applied, lead):
        assert applied(oid="{sub1}", eid="E-1", status="approve").lead_id == lead.pk

    def test_of_leads_with_one_eid_the_delivered_one_is_meant(self, applied, lead, make_lead):
        make_lead(eid="E-1", delivery="refused")
        assert applied(eid="E-1", status="approve").lead_id == lead.pk

    def test_a_repeated_call_is_nothing_new(self, applied, lead):
        applied(oid=lead.oid, status="approve", pay="5", cc="USD")
        assert applied(oid=lead.oid, status="approve", pay="5", cc="USD").verdict == "same"
        assert lead.status_changes.count() == 1

    def test_a_hundred_identical_calls_make_one_change(self, call, lead):
        for _number in range(100):
            call(oid=lead.oid, status="approve")
        while drain.apply_due(limit=30):
            pass
        assert lead.status_changes.count() == 1
        assert sorted(Postback.objects.values_list("verdict", flat=True)) == ["applied"] + ["same"] * 99

    def test_wait_after_approve_is_ignored_and_seen(self, applied, lead):
        applied(oid=lead.oid, status="approve")
        row = applied(oid=lead.oid, status="pending")
        lead.refresh_from_db()
        assert lead.status == "approve"
        assert (row.verdict, words(row.detail)) == ("ignored", "a decision is not taken back")
        assert lead.status_changes.filter(ignored="backwards").count() == 1

    def test_calls_of_one_batch_are_judged_by_their_statuses_not_by_their_order(self, call, lead):
        for word in ("approve", "pending", "approve"):
            call(oid=lead.oid, status=word)
        drain.apply_due()
        assert list(Postback.objects.order_by("pk").values_list("verdict", flat=True)) == ["applied", "ignored", "same"]

    @pytest.mark.parametrize("first", ["approve", "trash"])
    def test_one_decision_may_replace_another(self, applied, lead, first):
        applied(oid=lead.oid, status=first)
        assert words(applied(oid=lead.oid, status="cancel").detail) == f"{first} → cancel"

    def test_an_upsell_repeats_the_status_with_another_payout(self, applied, lead):
        applied(oid=lead.oid, status="approve", pay="10", cc="USD")
        row = applied(oid=lead.oid, status="approve", pay="15", cc="USD")
        lead.refresh_from_db()
        assert (row.verdict, words(row.detail), lead.payout) == ("applied", "New payout: 15 USD", 15)

    def test_lists_of_the_call_beat_the_networks_words(self, applied, lead):
        applied(oid=lead.oid, status="pending", stt="pending")
        lead.refresh_from_db()
        assert lead.status == "trash"

    def test_the_networks_words_beat_the_general_ones(self, applied, lead):
        """DrCash's hold is an order still being worked on."""
        assert applied(oid=lead.oid, status="Hold").verdict == "same"

    def test_a_network_of_an_integration_that_is_gone_still_reads_plain_words(self, call, make_lead):
        network = make_network("Gone", integration="gone")
        lead = make_lead(network=network)
        call(network=network, oid=lead.oid, status="approve")
        drain.apply_due()
        lead.refresh_from_db()
        assert lead.status == "approve"


class TestReasons:
    @pytest.mark.parametrize(
        ("fields", "comment"),
        [
            ({"reason": "7"}, "duplicate"),
            ({"reason": "7", "comment": "seen before"}, "duplicate: seen before"),
            ({"reason": "0", "comment": "no"}, "no"),
            ({"reason": "18"}, "reason 18"),
            ({"reason": "changed mind"}, "changed mind"),
            ({"reason": "{reason}", "comment": "{message}"}, ""),
            ({"comment": "said {what}?"}, "said {what}?"),
            ({}, ""),
        ],
    )
    def test_numbers_in_words_and_comments_as_they_came(self, applied, lead, fields, comment):
        applied(oid=lead.oid, status="cancel", **fields)
        assert lead.status_changes.get().comment == comment


class TestMoney:
    @pytest.mark.parametrize(
        ("pay", "cc", "payout", "currency"),
        [
            ("1,50", "UAH", "1.5", "UAH"),
            ("1 500.00", "usd", "1500", "USD"),
            ("$12", "", "12", "USD"),
            ("12", "€", "12", "EUR"),
            ("1.23456789", "USD", "1.2346", "USD"),
        ],
    )
    def test_shapes(self, applied, lead, pay, cc, payout, currency):
        assert applied(oid=lead.oid, status="approve", pay=pay, cc=cc).verdict == "applied"
        lead.refresh_from_db()
        assert (lead.payout, lead.payout_currency) == (Decimal(payout), currency)

    @pytest.mark.parametrize(
        ("pay", "detail"),
        [
            ("{payout}", "pay: the network did not replace the macro {payout}."),
            ("{sum1}", "pay: the network did not replace the macro {sum1}."),
            ("much", "pay is not understood: much."),
            ("1e400", "pay is not understood: 1e400."),
            ("9" * 60, f"pay is not understood: {'9' * 60}."),
        ],
    )
    def test_bad_pay_never_blocks_the_status(self, applied, lead, pay, detail):
        row = applied(oid=lead.oid, status="approve", pay=pay, cc="USD")
        lead.refresh_from_db()
        assert (lead.status, lead.payout) == ("approve", None)
        assert (row.verdict, words(row.detail)) == ("applied", f"wait → approve {detail}")

    def test_a_bad_currency_is_told(self, applied, lead):
        assert "cc: the network did not replace the macro {currency}." in words(
            applied(oid=lead.oid, status="approve", pay="5", cc="{currency}").detail
        )


class TestKeptForAPerson:
    def test_an_unknown_word_changes_nothing(self, applied, lead):
        row = applied(oid=lead.oid, status="14", sta="11", stc="12", stt="13")
        lead.refresh_from_db()
        assert lead.status == "wait"
        assert state(row) == ("unknown", lead.pk, None)
        assert words(row.detail) == "Nobody has said what «14» means."
        assert lead.status_changes.get().ignored == "unknown-word"

    @pytest.mark.parametrize(
        ("fields", "detail"),
        [
            ({"status": "{status}"}, "status: the network did not replace the macro {status}."),
            ({"status": "%7Bstatus%7D"}, "status: the network did not replace the macro {status}."),
            ({"status": "[status]"}, "status: the network did not replace the macro [status]."),
            ({"status": ""}, "status is empty: the network put nothing in the place of its macro."),
            ({}, "status is empty: the network put nothing in the place of its macro."),
            ({"oid": "{sub1}", "status": "approve"}, "oid: the network did not replace the macro {sub1}."),
            (
                {"oid": "", "eid": "{click_id}", "status": "approve"},
                "eid: the network did not replace the macro {click_id}.",
            ),
        ],
    )
    def test_an_unreplaced_macro_is_named_and_changes_nothing(self, applied, lead, fields, detail):
        row = applied(**{"oid": lead.oid} | fields)
        lead.refresh_from_db()
        assert lead.status == "wait"
        assert (row.verdict, words(row.detail)) == ("macro", detail)
        assert not lead.status_changes.exists()


class TestOwnLeadsOnly:
    @pytest.fixture
    def foreign(self, make_lead, other_network):
        return make_lead(network=other_network, eid="E-1")

    def test_by_oid(self, applied, foreign, network):
        row = applied(oid=foreign.oid, status="approve")
        foreign.refresh_from_db()
        assert foreign.status == "wait"
        assert state(row) == ("no-lead", None, None)
        assert words(row.detail) == f"No lead of this network has the oid {foreign.oid}."

    def test_by_eid(self, applied, foreign, lead):
        assert applied(eid="E-1", status="approve").lead_id == lead.pk
        foreign.refresh_from_db()
        assert foreign.status == "wait"

    def test_one_eid_at_two_networks_in_one_batch(self, call, foreign, lead, other_network):
        call(eid="E-1", status="approve")
        call(network=other_network, eid="E-1", status="trash")
        drain.apply_due()
        lead.refresh_from_db()
        foreign.refresh_from_db()
        assert (lead.status, foreign.status) == ("approve", "trash")

    def test_a_lead_that_went_on_to_another_network_is_told_apart(self, applied, foreign, network):
        baker.make(Attempt, lead=foreign, network=network, exchanges=[])
        row = applied(oid=foreign.oid, status="approve")
        assert state(row) == ("no-lead", None, None)
        assert words(row.detail) == "The lead was sent to this network first and then went to another one."


class TestParking:
    def test_an_eid_that_overtakes_our_push_is_applied_after_it(self, applied, make_lead):
        row = applied(eid="E-7", status="approve")
        assert (row.verdict, row.applied_at) == ("parked", None)
        lead = make_lead(eid="E-7")
        row.due_at = timezone.now()
        row.save()
        drain.apply_due()
        row.refresh_from_db()
        lead.refresh_from_db()
        assert lead.status == "approve"
        assert state(row) == ("applied", lead.pk, None)

    @pytest.mark.parametrize(
        ("age", "pause"),
        [
            (timedelta(0), timedelta(seconds=2)),
            (timedelta(minutes=1), timedelta(minutes=1)),
            (timedelta(hours=5), timedelta(minutes=30)),
        ],
    )
    def test_it_is_tried_ever_more_seldom(self, applied, age, pause):
        row = applied(eid="E-7", status="approve")
        Postback.objects.update(received_at=timezone.now() - age, due_at=timezone.now())
        drain.apply_due()
        row.refresh_from_db()
        assert row.verdict == "parked"
        assert abs(row.due_at - timezone.now() - pause) < timedelta(seconds=2)

    def test_after_a_day_there_is_no_such_lead(self, applied):
        row = applied(eid="E-7", status="approve")
        Postback.objects.update(received_at=timezone.now() - timedelta(days=1), due_at=timezone.now())
        drain.apply_due()
        row.refresh_from_db()
        assert state(row) == ("no-lead", None, None)

    def test_a_parked_call_is_not_due_at_once_again(self, call):
        call(eid="E-7", status="approve")
        assert drain.apply_due() == 1
        assert drain.apply_due() == 0


class TestReplay:
    def test_a_selection_is_applied_once_more(self, applied, lead):
        row = applied(oid=lead.oid, status="packed")
        assert row.verdict == "unknown"
        Postback.objects.update(fields=row.fields | {"sta": "packed"})
        assert drain.replay(Postback.objects.filter(verdict="unknown")) == 1
        row.refresh_from_db()
        assert (row.verdict, row.detail, row.applied_at) == ("pending", [], None)
        drain.apply_due()
        row.refresh_from_db()
        lead.refresh_from_db()
        assert (row.verdict, lead.status) == ("applied", "approve")

    def test_what_was_applied_changes_nothing_again(self, applied, lead):
        row = applied(oid=lead.oid, status="approve")
        drain.replay(Postback.objects.all())
        drain.apply_due()
        row.refresh_from_db()
        assert row.verdict == "same"
        assert lead.status_changes.count() == 1

    def test_a_call_without_ids_keeps_its_verdict(self, applied):
        row = applied()
        drain.replay(Postback.objects.all())
        drain.apply_due()
        row.refresh_from_db()
        assert row.verdict == "no-id"

    def test_calls_with_a_wrong_key_are_left_alone(self, call, lead):
        call(key="WRONG", oid=lead.oid, status="approve")
        assert drain.preview(Postback.objects.all(), limit=9) == []
        assert drain.replay(Postback.objects.all()) == 0
        assert drain.apply_due() == 0

    def test_a_call_with_a_wrong_key_from_an_address_of_the_network_is_applied(self, call, lead, make_lead):
        call(key="MISTYPED", oid=lead.oid, status="approve")
        call(oid=make_lead().oid, status="wait")
        [wrong] = Postback.objects.filter(verdict="bad-key")
        [seen] = drain.preview(Postback.objects.filter(verdict="bad-key"), limit=9)
        assert (seen.pk, seen.verdict) == (wrong.pk, "applied")
        assert drain.replay(Postback.objects.filter(verdict="bad-key")) == 1
        drain.apply_due()
        wrong.refresh_from_db()
        lead.refresh_from_db()
        assert (wrong.network, wrong.verdict, lead.status) == (lead.network, "applied", "approve")

    @pytest.mark.parametrize("change", [{"ip": "203.0.113.66"}, {"verdict": "address"}])
    def test_a_call_with_a_wrong_key_from_anywhere_else_is_not(self, call, lead, make_lead, change):
        call(oid=make_lead().oid, status="wait")
        Postback.objects.update(**change)
        call(key="MISTYPED", oid=lead.oid, status="approve")
        assert drain.replay(Postback.objects.filter(verdict="bad-key")) == 0

    def test_nor_a_call_that_names_another_network_or_none(self, call, other_network, lead, make_lead):
        call(oid=make_lead().oid, status="wait")
        call(network=other_network, key="MISTYPED", oid=lead.oid, status="approve")
        Postback.objects.create(method="GET", ip="127.0.0.1", verdict="bad-key", detail=[{"code": "no-id"}])
        assert drain.replay(Postback.objects.filter(verdict="bad-key")) == 0

    def test_it_wakes_the_drain(self, applied, lead, monkeypatch):
        applied(oid=lead.oid, status="approve")
        woken = []
        monkeypatch.setattr(drain.wake, "wake", woken.append)
        drain.replay(Postback.objects.all())
        assert woken == [drain.TASK]


class TestBatches:
    def fill(self, call, make_lead, count, networks):
        """Every kind of call, `count` times over."""
        for number in range(count):
            for network in networks:
                lead = make_lead(network=network, eid=f"E-{network.pk}-{number}")
                call(network=network, oid=lead.oid, status="approve", pay=number + 1, cc="USD")
                call(network=network, eid=lead.eid, status="hold")
                call(network=network, oid=lead.oid, status="no-such-word")
                call(network=network, oid=lead.oid, status="{status}")
                call(network=network, eid="nobody", status="approve")
                for other in networks:
                    if other != network:
                        call(network=other, oid=lead.oid, status="approve")

    def queries(self):
        # What is remembered costs nothing.
        cache.clear()
        with CaptureQueriesContext(connection) as queries:
            assert drain.apply_due(limit=1000) > 0
        return len(queries)

    def test_the_number_of_queries_does_not_grow_with_the_batch(self, call, make_lead, network, other_network):
        self.fill(call, make_lead, 1, [network, other_network])
        few = self.queries()
        self.fill(call, make_lead, 10, [network, other_network])
        assert self.queries() == few <= 20
        assert StatusChange.objects.filter(new="approve", ignored="").count() == 22

    def test_the_limit_holds(self, call):
        for number in range(5):
            call(eid=f"E-{number}", status="approve")
        assert [drain.apply_due(limit=3), drain.apply_due(limit=3), drain.apply_due(limit=3)] == [3, 2, 0]

    def test_the_oldest_come_first(self, call, lead, make_lead):
        call(oid=lead.oid, status="approve")
        call(oid=make_lead().oid, status="approve")
        drain.apply_due(limit=1)
        assert list(Postback.objects.order_by("pk").values_list("verdict", flat=True)) == ["applied", "pending"]

    def test_nothing_due_costs_next_to_nothing(self, db):
        with CaptureQueriesContext(connection) as queries:
            assert drain.apply_due() == 0
        assert len(queries) <= 4


class TestPreview:
    def test_it_tells_what_a_replay_would_come_to(self, applied, lead, make_lead, network):
        row, other = applied(oid=lead.oid, status="packed"), applied(oid=make_lead().oid, status="boxed")
        Network.objects.update(description={"statuses": {"packed": "approve"}})
        found = {call.pk: (call.verdict, words(call.detail)) for call in drain.preview(Postback.objects.all(), limit=9)}
        assert found == {
            row.pk: ("applied", "wait → approve"),
            other.pk: ("unknown", "Nobody has said what «boxed» means."),
        }

    def test_it_comes_to_the_same_as_the_replay(self, call, lead, make_lead):
        for fields in (
            {"oid": lead.oid, "status": "approve", "pay": "10", "cc": "USD"},
            {"oid": lead.oid, "status": "pending"},
            {"oid": lead.oid, "status": "approve", "pay": "12"},
            {"oid": make_lead().oid, "status": "{status}"},
            {"eid": "nobody", "status": "approve"},
        ):
            call(**fields)
        seen = [(call.pk, call.verdict, call.detail) for call in drain.preview(Postback.objects.all(), limit=9)]
        drain.apply_due()
        assert seen == list(Postback.objects.order_by("pk").values_list("pk", "verdict", "detail"))

    def test_it_writes_nothing(self, applied, lead):
        applied(oid=lead.oid, status="packed")
        Network.objects.update(description={"statuses": {"packed": "approve"}})
        with CaptureQueriesContext(connection) as queries:
            drain.preview(Postback.objects.all(), limit=9)
        assert {query["sql"].split()[0] for query in queries} == {"SELECT"}
        assert not any("FOR UPDATE" in query["sql"] for query in queries)

    def test_the_oldest_come_first_and_the_limit_holds(self, call, make_lead):
        for _number in range(3):
            call(oid=make_lead().oid, status="approve")
        oldest = Postback.objects.order_by("pk").first()
        assert [one.pk for one in drain.preview(Postback.objects.all(), limit=1)] == [oldest.pk]
