"""What processes keep for a few seconds."""

import pytest

from affiliate.delivery.remembered import Remembered


@pytest.fixture
def clock(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr("affiliate.delivery.remembered.time.monotonic", lambda: now[0])
    return now


@pytest.fixture
def loads():
    """A function that counts its calls and gives what `loads.value` is."""

    def load():
        load.calls += 1
        return load.value

    load.calls, load.value = 0, "row"
    return load


def test_is_loaded_once_in_its_time(settings, clock, loads):
    settings.REMEMBER_SECONDS = 5
    kept = Remembered()
    assert [kept.get("key", loads) for _number in range(3)] == ["row"] * 3
    assert loads.calls == 1
    clock[0] += 5
    kept.get("key", loads)
    assert loads.calls == 2


def test_what_is_missing_is_looked_for_each_time(settings, clock, loads):
    settings.REMEMBER_SECONDS, loads.value = 5, None
    kept = Remembered()
    assert [kept.get("key", loads) for _number in range(3)] == [None] * 3
    assert loads.calls == 3


def test_no_is_an_answer(settings, clock, loads):
    settings.REMEMBER_SECONDS, loads.value = 5, False
    kept = Remembered()
    assert [kept.get("key", loads) for _number in range(3)] == [False] * 3
    assert loads.calls == 1


def test_zero_seconds_remember_nothing(settings, loads):
    settings.REMEMBER_SECONDS = 0
    kept = Remembered()
    assert [kept.get("key", loads) for _number in range(3)] == ["row"] * 3
    assert loads.calls == 3


def test_many_keys_do_not_fill_the_memory(settings, clock, loads, monkeypatch):
    settings.REMEMBER_SECONDS = 5
    monkeypatch.setattr("affiliate.delivery.remembered.MOST", 10)
    kept = Remembered()
    for number in range(100):
        kept.get(number, loads)
    assert len(kept._found) <= 10
