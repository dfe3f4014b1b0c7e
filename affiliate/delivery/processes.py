"""Whether the processes behind the pages are alive, told from what they leave in the database."""

from datetime import timedelta

from django.db.models import Exists, Max, OuterRef
from django_celery_beat.models import PeriodicTask

from affiliate.delivery import clock, limits
from affiliate.models import Attempt, Lead, Network, StatusPoll
from affiliate.vocabulary import Delivery

# Beat writes the moments of its runs every three minutes.
PATIENCE = timedelta(minutes=10)


def beat_stands_still() -> bool:
    """No task of those that are switched on has run for long, though there was time for it."""
    tasks = PeriodicTask.objects.filter(enabled=True, interval__isnull=False)
    found = tasks.aggregate(run=Max("last_run_at"), made=Max("date_changed"))
    newest = found["run"] or found["made"]
    return newest is not None and clock.now() - newest > PATIENCE


def workers_stand_still() -> bool:
    """Leads have been due for long at a network that takes them, and for as long nobody talked with any network."""
    now = clock.now()
    begun = [
        model.objects.order_by("-pk").values_list("started_at", flat=True).first() for model in (Attempt, StatusPoll)
    ]
    if any(moment and now - moment <= PATIENCE for moment in begun):
        return False
    late = Lead.objects.filter(
        network=OuterRef("pk"), delivery=Delivery.QUEUED.value, next_attempt_at__lt=now - PATIENCE
    )
    return bool(limits.open_networks(Network.objects.filter(Exists(late)), now=now))
