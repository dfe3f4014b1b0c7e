"""Whether the process that starts periodic tasks is alive: it writes the moment of each run into its rows."""

from datetime import timedelta

from django.db.models import Max
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

# It writes them every three minutes.
PATIENCE = timedelta(minutes=10)


def stands_still() -> bool:
    """No task of those that are switched on has run for long, though there was time for it."""
    tasks = PeriodicTask.objects.filter(enabled=True, interval__isnull=False)
    found = tasks.aggregate(run=Max("last_run_at"), made=Max("date_changed"))
    newest = found["run"] or found["made"]
    return newest is not None and timezone.now() - newest > PATIENCE
