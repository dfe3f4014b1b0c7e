"""When a postponed lead is tried again. The schedule is data: settings.RETRY_SCHEDULE, seconds."""

import random
from datetime import datetime, timedelta

from django.conf import settings

JITTER = 0.2


def next_try(*, attempts: int, now: datetime, deadline: datetime | None, after: float | None = None) -> datetime | None:
    """The moment of the next try after `attempts` tries; None when the schedule or the deadline is over.

    `after` is what the network asked for, in seconds; it is never cut short, the schedule may only make it longer.
    """
    if attempts > len(settings.RETRY_SCHEDULE):
        return None
    seconds = settings.RETRY_SCHEDULE[max(attempts, 1) - 1] * random.uniform(1 - JITTER, 1 + JITTER)
    moment = now + timedelta(seconds=max(seconds, after or 0))
    return moment if deadline is None or moment < deadline else None
