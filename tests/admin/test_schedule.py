"""Periodic tasks in plain words: what each is for, when it ran, and whether anything starts them at all."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from affiliate.admin.schedule import TASKS

LIST = "/admin/django_celery_beat/periodictask/"


@pytest.fixture
def sweep(db):
    interval = IntervalSchedule.objects.create(every=15, period="seconds")
    return PeriodicTask.objects.create(name="sweep", task="affiliate.sweep", interval=interval)


def text(client, url, language="en") -> str:
    client.cookies["django_language"] = language
    return client.get(url).content.decode()


def test_every_task_of_the_settings_has_a_plain_name_and_says_what_it_is_for():
    tasks = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert {task for task in tasks if task not in TASKS or not TASKS[task].words} == set()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Find leads that are due", "every 15 seconds", "not yet"]),
        ("ru", ["каждые 15 секунд", "ещё не было"]),
    ],
)
def test_a_task_is_told_in_the_readers_words(admin_client, sweep, language, words):
    html = text(admin_client, LIST, language)
    assert [word for word in words if word not in html] == []


@pytest.mark.parametrize(
    ("every", "period", "words"),
    [
        (1, "hours", "каждый час"),
        (60, "seconds", "каждую минуту"),
        (21, "hours", "каждый 21 час"),
        (2, "days", "каждые 2 дня"),
    ],
)
def test_one_is_said_without_its_number(admin_client, sweep, every, period, words):
    IntervalSchedule.objects.update(every=every, period=period)
    assert words in text(admin_client, LIST, "ru")


def test_its_page_says_what_it_is_for(admin_client, sweep):
    assert "no statuses are polled" in text(admin_client, f"{LIST}{sweep.pk}/change/")


def test_a_daily_task_says_its_hour(admin_client, db):
    daily = CrontabSchedule.objects.create(minute="0", hour="4")
    PeriodicTask.objects.create(name="x", task="celery.backend_cleanup", crontab=daily)
    assert "every day at 04:00 UTC" in text(admin_client, LIST)


def ran(task, ago: timedelta):
    PeriodicTask.objects.filter(pk=task.pk).update(last_run_at=timezone.now() - ago)


def test_a_beat_that_is_down_is_told(admin_client, sweep):
    ran(sweep, timedelta(minutes=1))
    assert "beat process" not in text(admin_client, LIST)
    ran(sweep, timedelta(minutes=20))
    html = text(admin_client, LIST)
    assert "the beat process seems to be down" in html and "late, last at" in html


def test_a_task_that_is_switched_off_is_not_late(admin_client, sweep):
    ran(sweep, timedelta(days=1))
    PeriodicTask.objects.update(enabled=False)
    html = text(admin_client, LIST)
    assert "late, last at" not in html and "beat process" not in html
