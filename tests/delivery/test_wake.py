"""Workers are woken by a message that nobody waits for."""

import threading
import time

import pytest

from affiliate.delivery import wake

TASK = "affiliate.sweep"


@pytest.fixture
def sent(monkeypatch):
    """The messages sent."""
    got = []
    monkeypatch.setattr(wake.current_app, "send_task", lambda task, args=(), **options: got.append((task, *args)))
    return got


class Marks:
    """A cache as the sender sees it."""

    def __init__(self):
        self.away, self.threads = False, []

    def add(self, *args):
        self.threads.append(threading.current_thread().name)
        if self.away:
            raise ConnectionError
        return True


@pytest.fixture
def marks(monkeypatch):
    marks = Marks()
    monkeypatch.setattr(wake, "cache", marks)
    return marks


def until(condition):
    end = time.monotonic() + 5
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


@pytest.mark.django_db(transaction=True)
class TestSoon:
    def test_the_message_is_sent_by_another_thread(self, sent, marks):
        wake.soon(TASK)
        assert until(lambda: sent == [(TASK,)])
        assert marks.threads == ["wake"]

    def test_many_wishes_make_few_messages(self, sent, marks):
        for _number in range(1000):
            wake.soon(TASK)
        assert until(lambda: sent)
        assert len(sent) < 10

    def test_the_thread_outlives_a_broker_that_is_away(self, sent, marks):
        marks.away = True
        wake.soon(TASK)
        assert until(lambda: marks.threads)
        marks.away = False
        wake.soon(TASK)
        assert until(lambda: sent == [(TASK,)])


def test_nothing_is_sent_for_a_transaction_that_is_undone(db, sent):
    """The surrounding transaction of a test is never committed."""
    wake.soon(TASK)
    time.sleep(2 * wake.PAUSE)
    assert sent == []


def test_messages_that_are_still_on_their_way_are_not_repeated(sent):
    wake.send(TASK, 1)
    wake.send(TASK, 1)
    wake.send(TASK, 2)
    assert sent == [(TASK, 1), (TASK, 2)]


def test_a_worker_that_looks_now_makes_room_for_the_next_message(sent):
    wake.send(TASK)
    wake.awake(TASK)
    wake.send(TASK)
    assert sent == [(TASK,), (TASK,)]
