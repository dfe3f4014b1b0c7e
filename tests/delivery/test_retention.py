"""Old rows of the journals go, in chunks."""

from datetime import timedelta

import pytest
from django.utils import timezone
from model_bakery import baker

from affiliate import tasks
from affiliate.delivery import retention
from affiliate.models import Network, Postback, StatusPoll


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch, settings):
    monkeypatch.setattr(retention, "CHUNK", 3)
    settings.POSTBACK_DAYS = 10


@pytest.fixture
def aged(db):
    """Makes postbacks of these ages in days, oldest first as they came in."""

    def make(*ages, **values):
        for age in ages:
            row = baker.make(Postback, **values)
            Postback.objects.filter(pk=row.pk).update(received_at=timezone.now() - timedelta(days=age))

    return make


def ages():
    now = timezone.now()
    return [
        round((now - time) / timedelta(days=1))
        for time in Postback.objects.order_by("pk").values_list("received_at", flat=True)
    ]


@pytest.mark.parametrize("old", [0, 1, 2, 3, 4, 7])
def test_older_postbacks_go_and_younger_ones_stay(aged, old):
    aged(*[20] * old, 9, 5)
    assert retention.forget() == old
    assert ages() == [9, 5]


def test_one_that_is_not_applied_yet_stays_whatever_its_age(aged):
    aged(20, 20)
    aged(30, due_at=timezone.now())
    aged(20, 20, 20, 1)
    assert retention.forget() == 5
    assert ages() == [30, 1]


def test_status_polls_go_too(db):
    network = baker.make(Network, integration="drcash")
    for age in (30, 20, 5):
        started = timezone.now() - timedelta(days=age)
        baker.make(StatusPoll, network=network, started_at=started, leads_asked=1, exchanges=[])
    assert retention.forget() == 2
    assert StatusPoll.objects.count() == 1


def test_zero_days_keep_everything(aged, settings):
    settings.POSTBACK_DAYS = 0
    aged(1000)
    assert retention.forget() == 0


def test_beat_runs_it(aged, settings):
    aged(20)
    assert "affiliate.forget" in [entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()]
    tasks.forget()
    assert not Postback.objects.exists()
