"""What changed since: GET /api/leads without ids."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from affiliate.delivery import actions, changes, statuses
from affiliate.models import Lead, LeadChange
from affiliate.vocabulary import ChangeSource, Delivery, Status
from tests.intake.conftest import fields_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def leads(api, body):
    """Five leads that have not changed yet."""
    oids = [api.post(body | {"sub1": str(number)}).json()["oid"] for number in range(5)]
    return [Lead.objects.get(oid=oid) for oid in oids]


def report(*leads, status=Status.APPROVE):
    statuses.apply([statuses.Report(lead.pk, status) for lead in leads], source=ChangeSource.POLL)


def read(api, **query) -> tuple[list[str], str]:
    """Everything that is there, page by page, and the cursor that goes on."""
    found, cursor = [], query.pop("cursor", "")
    for _page in range(20):
        page = api.get(query={**query, "cursor": cursor}).json()
        found += [lead["oid"] for lead in page["leads"]]
        cursor = page["next"] or ""
        if not page["more"]:
            return found, cursor
    raise AssertionError("the feed does not end")


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_gives_what_changed_in_its_order(api, leads, limit):
    for lead in (leads[3], leads[0], leads[4]):
        report(lead)
    assert read(api, limit=limit)[0] == [leads[3].oid, leads[0].oid, leads[4].oid]


def test_goes_on_from_its_cursor(api, leads):
    report(leads[1])
    found, cursor = read(api)
    assert found == [leads[1].oid]
    assert read(api, cursor=cursor) == ([], cursor)
    report(leads[2])
    assert read(api, cursor=cursor)[0] == [leads[2].oid]


def test_gives_a_lead_of_one_page_once_and_again_when_it_changes_again(api, leads):
    report(leads[1], status=Status.HOLD)
    report(leads[0])
    report(leads[1])
    found, cursor = read(api)
    assert found == [leads[0].oid, leads[1].oid]
    report(leads[0], status=Status.CANCEL)
    assert read(api, cursor=cursor)[0] == [leads[0].oid]


def test_tells_of_delivery_and_of_what_people_do(api, leads):
    Lead.objects.filter(pk=leads[0].pk).update(delivery=Delivery.UNCLEAR, next_attempt_at=None)
    actions.arrived(leads[0], eid="E1")
    Lead.objects.filter(pk=leads[1].pk).update(delivery=Delivery.FAILED, next_attempt_at=None)
    actions.resend([leads[1]])
    assert read(api)[0] == [leads[0].oid, leads[1].oid]


def test_is_silent_about_what_changed_nothing(api, leads):
    report(leads[0])
    _found, cursor = read(api)
    report(leads[0])
    assert read(api, cursor=cursor)[0] == []


def test_since(api, leads):
    for number, lead in enumerate(leads):
        changes.note([lead.pk])
        LeadChange.objects.filter(lead=lead).update(at=timezone.now() - timedelta(hours=5 - number))
    moment = timezone.now() - timedelta(hours=2, minutes=30)
    spelt = [moment.isoformat(), moment.isoformat().replace("+", " "), moment.strftime("%Y-%m-%dT%H:%M:%SZ")]
    for one in spelt:
        assert read(api, changed_since=one)[0] == [leads[3].oid, leads[4].oid]


def test_of_another_source_is_empty(api, other_api, leads):
    report(*leads)
    assert read(other_api)[0] == []


def test_costs_few_queries(api, leads, django_assert_max_num_queries):
    report(*leads)
    with django_assert_max_num_queries(4):
        assert len(api.get().json()["leads"]) == 5


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"changed_since": "yesterday"}, "changed_since"),
        ({"changed_since": "0001-01-01T00:00:00+14:00"}, "changed_since"),
        ({"cursor": "x"}, "cursor"),
        ({"cursor": "x", "ids": "01K5PLA1NPLA1NPLA1NPLA1NPL"}, "cursor"),
        ({"limit": "0"}, "limit"),
        ({"limit": "many"}, "limit"),
    ],
)
def test_wrong_question_is_named(api, query, field):
    answer = api.get(query=query)
    assert answer.status_code == 422
    assert list(fields_of(answer)) == [field]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite commits one after another")
def test_change_that_is_committed_late_is_not_passed(api, leads):
    """One transaction notes a change and stays open while a later one notes another and is committed."""

    def later():
        try:
            report(leads[1])
        finally:
            connections.close_all()

    def ask():
        try:
            return read(api)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            changes.note([leads[0].pk])
            other.submit(later).result()
            found, cursor = other.submit(ask).result()
            assert found == []
        assert other.submit(ask).result()[0] == [leads[0].oid, leads[1].oid]
    assert read(api, cursor=cursor)[0] == [leads[0].oid, leads[1].oid]
    assert connection.vendor == "postgresql"
