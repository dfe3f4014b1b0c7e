"""Words are counted as they come; a word gets another meaning, for the leads that it came with before as well."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from affiliate.delivery import statuses
from affiliate.delivery import words as seen
from affiliate.delivery.statuses import Report
from affiliate.models import Network, Postback, SeenWords, StatusWord, WordChange
from affiliate.postbacks import drain, words
from affiliate.vocabulary import ChangeSource, Status


def known():
    seen.add_up()
    rows = StatusWord.objects.order_by("network", "word")
    return {(row.network_id, row.word): (row.status, row.why, row.count) for row in rows}


def explain(network, word, status, **options):
    change = words.explain(network, word, status, **({"again": True} | options))
    drain.apply_due()
    words.apply_due()
    change.refresh_from_db()
    return change


@pytest.fixture
def poll(network):
    """The network says a word of a lead when it is asked."""

    def report(lead, word, status=None, **values):
        why = "network" if status else "unknown"
        statuses.apply([Report(lead.pk, status, raw_status=word, why=why, **values)], source=ChangeSource.POLL)

    return report


class TestCounting:
    def test_words_of_postbacks_and_polls_are_counted_by_network(
        self, applied, poll, make_lead, other_network, network
    ):
        applied(oid=make_lead().oid, status="packed")
        applied(oid=make_lead().oid, status="packed")
        applied(network=other_network, oid=make_lead(network=other_network).oid, status="packed")
        poll(make_lead(), "boxed")
        assert known() == {
            (network.pk, "boxed"): ("", "unknown", 1),
            (network.pk, "packed"): ("", "unknown", 2),
            (other_network.pk, "packed"): ("", "unknown", 1),
        }

    @pytest.mark.parametrize(
        ("fields", "found"),
        [
            ({"status": "pending"}, ("wait", "network", 1)),
            ({"status": "vykup paid"}, ("approve", "vocabulary", 1)),
            ({"status": "hold", "stw": "hold"}, ("wait", "list", 1)),
        ],
    )
    def test_what_a_word_means_and_why(self, applied, lead, network, fields, found):
        applied(oid=lead.oid, **fields)
        assert known() == {(network.pk, fields["status"]): found}

    def test_a_batch_writes_one_row_however_many_words_it_has(self, call, make_lead):
        for number in range(20):
            call(oid=make_lead().oid, status=f"word {number % 7}")
        drain.apply_due()
        assert SeenWords.objects.count() == 1
        assert sum(count for _status, _why, count in known().values()) == 20
        assert not SeenWords.objects.exists()

    def test_the_newest_lead_is_kept_with_the_word(self, applied, make_lead, lead):
        applied(oid=make_lead().oid, status="packed")
        applied(oid=lead.oid, status="packed")
        known()
        assert StatusWord.objects.get().lead_id == lead.pk

    def test_what_is_applied_again_is_not_counted_again(self, applied, make_lead, network):
        applied(oid=make_lead().oid, status="packed")
        newest = make_lead()
        applied(oid=newest.oid, status="packed")
        known()
        before = StatusWord.objects.get()
        Network.objects.update(description={"statuses": {"packed": "hold"}})
        drain.replay(Postback.objects.exclude(lead=newest))
        drain.apply_due()
        assert known() == {(network.pk, "packed"): ("hold", "network", 2)}
        after = StatusWord.objects.get()
        assert (after.last_seen, after.lead_id) == (before.last_seen, newest.pk)

    def test_nor_when_both_wait_to_be_added_up(self, applied, lead, network):
        applied(oid=lead.oid, status="packed")
        drain.replay(Postback.objects.all())
        drain.apply_due()
        assert known() == {(network.pk, "packed"): ("", "unknown", 1)}

    def test_a_word_that_came_before_words_were_counted_is_there_once_it_is_read_again(self, applied, lead, network):
        applied(oid=lead.oid, status="packed")
        SeenWords.objects.all().delete()
        drain.replay(Postback.objects.all())
        drain.apply_due()
        assert known() == {(network.pk, "packed"): ("", "unknown", 1)}

    def test_a_call_that_overtook_our_push_is_counted_once_its_lead_is_there(self, applied, make_lead, network):
        applied(eid="E-7", status="packed")
        assert known() == {}
        make_lead(eid="E-7")
        Postback.objects.update(due_at=timezone.now())
        drain.apply_due()
        assert known() == {(network.pk, "packed"): ("", "unknown", 1)}

    def test_what_a_person_sets_is_no_word(self, lead):
        statuses.apply([Report(lead.pk, Status.APPROVE)], source=ChangeSource.PERSON)
        assert known() == {}

    def test_a_network_that_writes_something_else_each_time_fills_only_its_own_room(self, applied, lead, monkeypatch):
        monkeypatch.setattr(seen, "MOST", 3)
        for number in range(5):
            applied(oid=lead.oid, status=f"lead {number}")
        assert len(known()) == 3

    def test_words_of_a_network_that_is_gone_are_dropped(self, applied, network, lead):
        applied(oid=lead.oid, status="packed")
        SeenWords.objects.create(words=[[network.pk + 1000, "x", "", "unknown", 1, 1]], seen_at=lead.created_at)
        assert list(known()) == [(network.pk, "packed")]

    def test_adding_up_costs_the_same_however_many_batches_wait(self, applied, lead):
        def queries():
            with CaptureQueriesContext(connection) as captured:
                seen.add_up()
            return len(captured)

        applied(oid=lead.oid, status="packed")
        few = queries()
        for number in range(10):
            applied(oid=lead.oid, status=f"word {number}")
        assert queries() <= few + 10, "SQLite writes word by word"


class TestAnotherMeaning:
    def test_it_is_known_from_then_on_whatever_its_capitals(self, network, applied, lead):
        explain(network, "packed", Status.TRASH)
        applied(oid=lead.oid, status="PACKED")
        lead.refresh_from_db()
        assert lead.status == "trash"

    def test_what_waits_in_other_capitals_is_applied_too(self, network, applied, make_lead):
        leads = [make_lead() for _spelling in range(3)]
        for lead, spelling in zip(leads, ("вручён", "ВРУЧЁН", "Вручён"), strict=True):
            applied(oid=lead.oid, status=spelling)
        explain(network, "вручён", Status.APPROVE)
        for lead in leads:
            lead.refresh_from_db()
        assert {lead.status for lead in leads} == {Status.APPROVE}
        assert {status for status, _why, _count in known().values()} == {Status.APPROVE}

    def test_the_rest_of_the_description_stays(self, network):
        Network.objects.update(description={"notes": "by hand", "statuses": {"sold": "approve"}})
        explain(network, "14", Status.CANCEL)
        network.refresh_from_db()
        assert network.description == {"notes": "by hand", "statuses": {"sold": "approve", "14": "cancel"}}

    def test_postbacks_that_wait_for_it_are_applied(self, network, applied, lead, make_lead):
        applied(oid=lead.oid, status="packed", pay="5", cc="USD")
        applied(oid=make_lead().oid, status="boxed")
        assert explain(network, "packed", Status.HOLD).postbacks == 1
        lead.refresh_from_db()
        assert (lead.status, lead.payout, lead.status_changes.last().source) == ("hold", Decimal("5"), "postback")
        assert sorted(Postback.objects.values_list("verdict", flat=True)) == ["applied", "unknown"]

    def test_a_word_of_polls_changes_their_leads_with_the_money_they_told(self, network, poll, lead):
        poll(lead, "packed", payout=Decimal("7"), currency="EUR", comment="by courier")
        person = User.objects.create(username="ann")
        assert explain(network, "packed", Status.APPROVE, person=person).changed == 1
        lead.refresh_from_db()
        line = lead.status_changes.last()
        assert (lead.status, lead.payout, lead.payout_currency) == ("approve", Decimal("7"), "EUR")
        assert (line.source, line.raw_status, line.person) == ("person", "packed", person)

    def test_a_word_of_push_answers_changes_the_leads_it_came_with(self, network, lead):
        statuses.apply([Report(lead.pk, None, raw_status="packed", why="unknown")], source=ChangeSource.PUSH)
        assert words.preview(network, "packed", Status.HOLD).moves == {("wait", "hold"): 1}
        assert explain(network, "packed", Status.HOLD).changed == 1

    @pytest.mark.parametrize(("old", "new"), [("approve", "wait"), ("reject", "trash"), ("hold", "cancel")])
    def test_what_it_was_taken_for_before_is_corrected_even_a_decision(self, network, applied, lead, old, new):
        applied(oid=lead.oid, status=old)
        change = explain(network, old, Status(new))
        lead.refresh_from_db()
        assert (lead.status, change.changed) == (new, 1)

    def test_a_lead_of_which_something_else_was_said_since_stays(self, network, applied, poll, lead):
        applied(oid=lead.oid, status="packed")
        poll(lead, "approved", Status.APPROVE)
        assert explain(network, "packed", Status.CANCEL).changed == 0

    def test_a_lead_that_a_person_decided_since_stays(self, network, poll, lead):
        poll(lead, "packed")
        statuses.apply([Report(lead.pk, Status.TRASH)], source=ChangeSource.PERSON)
        explain(network, "packed", Status.APPROVE)
        lead.refresh_from_db()
        assert lead.status == "trash"

    def test_leads_are_found_however_far_apart_they_are(self, network, poll, make_lead, monkeypatch):
        monkeypatch.setattr(words, "STRETCH", 2)
        for number in range(7):
            poll(make_lead(), "packed" if number in (0, 1, 6) else "boxed")
        assert words.preview(network, "packed", Status.HOLD).changed == 3
        assert explain(network, "packed", Status.HOLD).changed == 3

    def test_another_networks_leads_stay(self, network, other_network, make_lead, poll):
        foreign = make_lead(network=other_network)
        poll(foreign, "packed")
        assert explain(network, "packed", Status.APPROVE).changed == 0

    def test_a_postback_that_told_nothing_new_counts_as_the_last_word(self, network, applied, poll, lead):
        poll(lead, "approved", Status.APPROVE)
        applied(oid=lead.oid, status="confirmed")
        assert explain(network, "confirmed", Status.HOLD).changed == 1

    def test_without_history_only_what_comes_next_is_read_by_it(self, network, applied, lead):
        applied(oid=lead.oid, status="packed")
        change = explain(network, "packed", Status.APPROVE, again=False)
        lead.refresh_from_db()
        assert (lead.status, change.changed, Postback.objects.get().verdict) == ("wait", 0, "unknown")

    def test_many_leads_are_changed_in_batches_and_a_break_loses_none(self, network, poll, make_lead, monkeypatch):
        monkeypatch.setattr(words, "BATCH", 3)
        for _number in range(10):
            poll(make_lead(), "packed")
        change = words.explain(network, "packed", Status.CANCEL, again=True)
        assert words.apply_batch(change.pk)
        change.refresh_from_db()
        assert (change.changed, change.finished_at) == (3, None)
        words.apply_due()
        change.refresh_from_db()
        assert change.changed == 10 and change.finished_at
        assert not words.apply_batch(change.pk)

    def test_the_preview_comes_to_the_same_and_writes_nothing(self, network, applied, poll, make_lead):
        applied(oid=make_lead().oid, status="packed")
        poll(make_lead(), "packed")
        applied(oid=make_lead().oid, status="approve")
        with CaptureQueriesContext(connection) as queries:
            found = words.preview(network, "packed", Status.APPROVE)
        assert {query["sql"].split()[0] for query in queries} == {"SELECT"}
        assert dict(found.moves) == {("wait", "approve"): 2}
        change = explain(network, "packed", Status.APPROVE)
        assert change.changed + change.postbacks == found.changed

    def test_a_list_in_the_address_goes_before_it(self, network, applied, lead):
        applied(oid=lead.oid, status="hold", stw="hold")
        seen.add_up()
        assert words.meaning(StatusWord.objects.get()) == ("wait", "list")


def test_nothing_to_do_costs_a_query(db):
    with CaptureQueriesContext(connection) as queries:
        assert words.apply_due() == 0
    assert len(queries) == 1
    assert not WordChange.objects.exists()
