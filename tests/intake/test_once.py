"""Two identical posts at once make one lead."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier

import pytest
from django.db import connection, connections

from affiliate.models import Lead
from tests.intake.conftest import Api

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 6


@pytest.fixture
def shared_database(tmp_path, monkeypatch, key, body):
    """A database that threads reach over connections of their own: SQLite's tests run in memory, so they get a copy."""
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(tmp_path / "copy.sqlite3")) as copy:
            connection.connection.backup(copy)
        monkeypatch.setitem(connections.settings["default"], "NAME", str(tmp_path / "copy.sqlite3"))


def at_once(work, threads=AT_ONCE):
    """What each of several threads got, all started at one moment."""
    barrier = Barrier(threads)

    def run(number):
        barrier.wait()
        try:
            return work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, range(threads)))


def count_leads():
    return at_once(lambda _number: Lead.objects.count(), threads=1)[0]


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "order-1"}], ids=["by content", "by key"])
def test_identical_posts_at_once_make_one_lead(shared_database, key, body, headers, woken):
    for turn in range(10):
        sent = {name: f"{value}-{turn}" for name, value in headers.items()}
        posted = body | {"sub1": str(turn)}
        answers = at_once(lambda number, sent=sent, posted=posted: Api(key).post(posted, headers=sent))
        assert sorted(answer.status_code for answer in answers) == [200] * (AT_ONCE - 1) + [201]
        assert len({answer.json()["oid"] for answer in answers}) == 1
    assert count_leads() == 10
    assert len(woken) == 10


def test_different_posts_at_once_are_all_taken(shared_database, key, body):
    answers = at_once(lambda number: Api(key).post(body | {"sub1": str(number)}))
    assert [answer.status_code for answer in answers] == [201] * AT_ONCE
    assert count_leads() == AT_ONCE


def test_different_posts_of_one_phone_at_once_are_one_lead_where_duplicates_are_rejected(
    shared_database, source, key, body
):
    source.on_duplicate = "reject"
    at_once(lambda _number: source.save(), threads=1)
    for turn in range(10):
        posted = body | {"phone": f"+4071234560{turn}"}
        answers = at_once(lambda number, posted=posted: Api(key).post(posted | {"sub1": str(number)}), threads=2)
        taken, refused = sorted(answers, key=lambda answer: answer.status_code)
        assert (taken.status_code, refused.status_code) == (201, 409)
        assert refused.json()["duplicate_of"] == taken.json()["oid"]
    assert count_leads() == 10
