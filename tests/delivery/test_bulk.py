"""Many rows by one statement come out as if each had been saved by itself."""

from dataclasses import dataclass
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from model_bakery import baker

from affiliate.delivery import bulk
from affiliate.models import ChangedHours, Lead, Network, StatusChange


@dataclass
class Row:
    pk: int
    status: str = "wait"
    payout: Decimal | None = None
    status_at: object = None
    extra: object = None


@pytest.fixture
def leads(db):
    return baker.make(Lead, 3, delivery="delivered", network=baker.make(Network, integration="drcash"))


def written(*columns):
    return list(Lead.objects.order_by("pk").values_list(*columns))


def test_values_that_differ_reach_their_rows(leads):
    rows = [
        Row(leads[0].pk, "approve", Decimal("1.5"), timezone.now(), {"a": 'q"\\{}, NULL'}),
        Row(leads[1].pk, "hold", None, None, {}),
        Row(leads[2].pk, "trash", Decimal("0"), timezone.now(), [None, "ж"]),
    ]
    bulk.update(Lead, rows, ["status", "payout", "status_at", "extra"])
    assert written("pk", "status", "payout", "status_at", "extra") == [
        (row.pk, row.status, row.payout, row.status_at, row.extra) for row in rows
    ]


def test_values_that_are_the_same_for_all_reach_every_row(leads):
    bulk.update(Lead, [Row(lead.pk, "hold", None, None, {"a": 1}) for lead in leads], ["status", "payout", "extra"])
    assert written("status", "payout", "extra") == [("hold", None, {"a": 1})] * 3


def test_other_rows_and_columns_stay(leads):
    bulk.update(Lead, [Row(leads[1].pk, "hold", Decimal("5"))], ["status"])
    assert written("status", "payout") == [("wait", None), ("hold", None), ("wait", None)]


@pytest.mark.parametrize("same", [True, False])
def test_new_rows_are_as_django_makes_them(leads, same):
    words = ["sold", "sold", "sold"] if same else ["a", "b", ""]
    lines = [
        StatusChange(lead=lead, old="wait", new="hold", source="poll", raw_status=word, payout=Decimal("2"))
        for lead, word in zip(leads, words, strict=True)
    ]
    bulk.insert(StatusChange, lines)
    found = StatusChange.objects.order_by("lead_id").values_list("lead_id", "raw_status", "payout", "person_id")
    assert list(found) == [(lead.pk, word, 2, None) for lead, word in zip(leads, words, strict=True)]
    assert all(timezone.now() - line.created_at < timezone.timedelta(minutes=1) for line in StatusChange.objects.all())


def test_rows_that_are_the_same_in_everything_are_all_written(leads):
    bulk.insert(StatusChange, [StatusChange(lead=leads[0], old="wait", new="hold", source="poll")] * 2)
    assert StatusChange.objects.count() == 2


def test_no_rows_are_no_statement(db):
    with CaptureQueriesContext(connection) as queries:
        bulk.update(Lead, [], ["status"])
        bulk.insert(StatusChange, [])
    assert len(queries) == 0


def test_a_table_is_not_read_from_end_to_end(leads):
    """PostgreSQL would, for tables of middle size, if the keys stood only among the joined values."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite goes by the key, row by row")
    with CaptureQueriesContext(connection) as queries:
        bulk.update(Lead, [Row(lead.pk, "hold") for lead in leads], ["status"])
    assert "= ANY(" in queries[0]["sql"]


def test_one_new_row_is_written_as_django_writes_it(source, offer):
    values = {
        "phone": "+40712345678",
        "ip": "2001:db8::7",
        "price": Decimal("12.50"),
        "extra": {"a": "ж"},
        "test": True,
    }
    theirs = Lead.objects.create(source=source, offer=offer, next_attempt_at=timezone.now(), **values)
    ours = Lead(source=source, offer=offer, next_attempt_at=timezone.now(), created_at=timezone.now(), **values)
    bulk.insert_one(ours, along=ChangedHours(hours=[3600]))
    assert list(ChangedHours.objects.values_list("hours", flat=True)) == [[3600]]
    assert ours.pk == theirs.pk + 1
    kept, same = (Lead.objects.filter(pk=one.pk).values().get() for one in (ours, theirs))
    moments = {"created_at", "next_attempt_at", "oid", "id"}
    assert {name: value for name, value in kept.items() if name not in moments} == {
        name: value for name, value in same.items() if name not in moments
    }
    ours.refresh_from_db()
    assert ours.created_at is not None
