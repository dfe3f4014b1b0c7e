"""When what was postponed is tried again. The schedule is data, in seconds: a network's own, else settings.RETRY_SCHEDULE."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings

JITTER = 0.2

# What a network asks for is honoured up to so many seconds: a slip of it must not cost the lead.
LONGEST_AFTER = 12 * 3600


def next_try(
    *,
    attempts: int,
    now: datetime,
    deadline: datetime | None,
    after: float | None = None,
    schedule: Sequence[int] | None = None,
) -> datetime | None:
    """The moment of the next try after `attempts` tries; None when the schedule or the deadline is over.

    `after` is what the network asked for, in seconds; up to LONGEST_AFTER; the schedule may only make it longer.
    """
    schedule = schedule or settings.RETRY_SCHEDULE
    if attempts > len(schedule):
        return None
    seconds = schedule[max(attempts, 1) - 1] * random.uniform(1 - JITTER, 1 + JITTER)
    moment = now + timedelta(seconds=max(seconds, min(after or 0, LONGEST_AFTER)))
    return moment if deadline is None or moment < deadline else None
