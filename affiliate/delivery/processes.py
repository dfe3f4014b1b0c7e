"""Whether the processes behind the pages are alive, told from what they leave in the database."""

from datetime import datetime, timedelta

from django.db.models import Max, Min
from django_celery_beat.models import PeriodicTask

from affiliate.delivery import clock
from affiliate.models import Heartbeat

# Beat writes the moments of its runs every three minutes.
PATIENCE = timedelta(minutes=10)
WORKER = "worker"


def beat_stands_still() -> bool:
    """No task of those that are switched on has run for long, though there was time for it."""
    tasks = PeriodicTask.objects.filter(enabled=True, interval__isnull=False)
    found = tasks.aggregate(run=Max("last_run_at"), made=Max("date_changed"))
    newest = found["run"] or found["made"]
    return newest is not None and clock.now() - newest > PATIENCE


def worker_lives() -> None:
    """Called by a worker with each sweep, which beat asks for several times a minute."""
    Heartbeat.objects.update_or_create(process=WORKER, defaults={"at": clock.now()})


def workers_silent_since() -> datetime | None:
    """Since when no worker has shown that it lives; None while that is not long ago.

    Where none ever did, since beat was told of its tasks.
    """
    seen = Heartbeat.objects.filter(process=WORKER).values_list("at", flat=True).first()
    if seen is None:
        seen = PeriodicTask.objects.filter(enabled=True).aggregate(made=Min("date_changed"))["made"]
    return seen if seen is not None and clock.now() - seen > PATIENCE else None
