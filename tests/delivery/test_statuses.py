"""The one door that changes a status."""

import re
from decimal import Decimal
from itertools import product

import pytest

from affiliate.delivery import statuses
from affiliate.delivery.statuses import Report
from affiliate.models import Lead, StatusChange
from affiliate.vocabulary import ChangeSource, Delivery, Status

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(make_lead, flow):
    return make_lead()


def report(lead, status, **values):
    [result] = statuses.apply([Report(lead.pk, status, **values)], source=ChangeSource.POSTBACK)
    lead.refresh_from_db()
    return result


def bring_to(lead, status):
    Lead.objects.filter(pk=lead.pk).update(status=status.value)


@pytest.mark.parametrize(("old", "new"), list(product(Status, Status)))
def test_a_status_never_moves_to_a_lower_rank(lead, old, new):
    bring_to(lead, old)
    result = report(lead, new)
    if new.rank < old.rank:
        assert (lead.status, result.ignored, result.changed) == (old, "backwards", False)
    else:
        assert (lead.status, result.ignored, result.changed) == (new, "", new != old)


def test_a_change_keeps_its_source_word_and_money(lead):
    report(lead, Status.APPROVE, raw_status="sold", comment="paid by card", payout=Decimal("12.5"), currency="USD")
    change = lead.status_changes.get()
    assert (change.old, change.new, change.source, change.raw_status) == ("wait", "approve", "postback", "sold")
    assert (lead.payout, lead.payout_currency, lead.status_reason) == (Decimal("12.5"), "USD", "paid by card")
    assert lead.status_at


def test_repeating_a_status_is_no_news(lead):
    for _time in range(100):
        report(lead, Status.APPROVE, payout=Decimal("5"), currency="USD")
    assert lead.status_changes.count() == 1


def test_a_new_payout_for_the_same_status_is_news(lead):
    report(lead, Status.APPROVE, payout=Decimal("5"), currency="USD")
    assert report(lead, Status.APPROVE, payout=Decimal("9"), currency="USD").changed
    assert (lead.payout, lead.status_changes.count()) == (Decimal("9"), 2)


def test_a_status_without_money_keeps_the_money_known_before(lead):
    report(lead, Status.HOLD, payout=Decimal("5"), currency="USD")
    report(lead, Status.APPROVE)
    assert (lead.payout, lead.payout_currency) == (Decimal("5"), "USD")


def test_a_zero_payout_where_none_was_known_is_no_news(lead):
    assert not report(lead, Status.WAIT, payout=Decimal("0"), currency="USD").changed
    assert (lead.payout, lead.status_changes.count()) == (None, 0)


def test_an_unknown_word_changes_nothing_and_is_kept(lead):
    result = report(lead, None, raw_status="zzz")
    assert (lead.status, result.ignored) == (Status.WAIT, "unknown-word")
    assert lead.status_changes.get().raw_status == "zzz"


def test_an_ignored_report_is_kept_once_however_often_it_comes(lead):
    bring_to(lead, Status.APPROVE)
    for _time in range(3):
        report(lead, Status.WAIT, raw_status="new")
    statuses.apply([Report(lead.pk, Status.WAIT, raw_status="new")] * 2, source=ChangeSource.POLL)
    assert list(StatusChange.objects.values_list("source", "ignored")) == [
        ("postback", "backwards"),
        ("poll", "backwards"),
    ]


def test_reports_of_one_batch_follow_the_rules_in_their_order(lead):
    words = [Status.WAIT, Status.APPROVE, Status.WAIT, Status.CANCEL]
    results = statuses.apply([Report(lead.pk, word) for word in words], source=ChangeSource.POSTBACK)
    lead.refresh_from_db()
    assert lead.status == Status.CANCEL
    assert [result.changed for result in results] == [False, True, False, True]


def test_hundreds_of_leads_are_changed_by_a_few_statements(flow, make_lead, django_assert_max_num_queries):
    leads = [make_lead() for _number in range(200)]
    # The addresses of reports are remembered for seconds.
    statuses.apply([Report(leads[0].pk, Status.APPROVE)], source=ChangeSource.POLL)
    with django_assert_max_num_queries(8):
        statuses.apply([Report(lead.pk, Status.APPROVE) for lead in leads], source=ChangeSource.POLL)
    assert Lead.objects.filter(status=Status.APPROVE).count() == 200


def test_a_final_refusal_ends_the_polls_and_an_approval_thins_them(lead):
    Lead.objects.update(next_poll_at=lead.created_at, delivered_at=lead.created_at)
    report(lead, Status.APPROVE)
    assert (lead.next_poll_at - lead.status_at).days == 1
    report(lead, Status.CANCEL)
    assert lead.next_poll_at is None


@pytest.mark.parametrize("word", [Status.APPROVE, Status.WAIT, None])
@pytest.mark.parametrize("delivery", [Delivery.UNCLEAR, Delivery.QUEUED])
def test_a_network_that_reports_an_unclear_lead_has_it(lead, delivery, word):
    columns = {"next_attempt_at": None} if delivery == Delivery.UNCLEAR else {}
    Lead.objects.update(delivery=delivery, unclear_since=lead.created_at, **columns)
    statuses.apply([Report(lead.pk, word, raw_status="w", eid="N5")], source=ChangeSource.POLL)
    lead.refresh_from_db()
    assert (lead.delivery, lead.eid, lead.next_attempt_at) == (Delivery.DELIVERED, "N5", None)
    assert lead.delivered_at == lead.created_at


@pytest.mark.parametrize("delivery", [Delivery.QUEUED, Delivery.FAILED])
def test_a_network_that_reports_a_lead_that_was_tried_in_vain_has_it(lead, delivery):
    columns = {"next_attempt_at": None} if delivery == Delivery.FAILED else {}
    Lead.objects.update(delivery=delivery, attempts_made=2, **columns)
    statuses.apply([Report(lead.pk, Status.HOLD, eid="N5")], source=ChangeSource.POSTBACK)
    lead.refresh_from_db()
    assert (lead.delivery, lead.eid, lead.next_attempt_at) == (Delivery.DELIVERED, "N5", None)


def test_a_report_of_a_lead_that_was_never_sent_leaves_it_in_the_queue(lead):
    Lead.objects.update(delivery=Delivery.QUEUED)
    statuses.apply([Report(lead.pk, Status.HOLD)], source=ChangeSource.POSTBACK)
    lead.refresh_from_db()
    assert (lead.delivery, lead.status) == (Delivery.QUEUED, Status.HOLD)


def test_a_person_who_sets_a_status_settles_no_doubt(lead):
    Lead.objects.update(delivery=Delivery.UNCLEAR, next_attempt_at=None, unclear_since=lead.created_at)
    statuses.apply([Report(lead.pk, Status.CANCEL)], source=ChangeSource.PERSON)
    lead.refresh_from_db()
    assert (lead.delivery, lead.status) == (Delivery.UNCLEAR, Status.CANCEL)


def test_a_change_of_status_touches_no_index_so_that_postgresql_writes_the_row_in_place():
    written = {"status", "status_reason", "status_at", "payout", "payout_currency"}
    for index in Lead._meta.indexes:
        named = {name.lstrip("-") for name in index.fields} | set(
            re.findall(r"\('(\w+?)(?:__\w+)?',", str(index.condition))
        )
        assert not written & named, index.name
