"""When a lead's status is asked for next, by its age. Measured in the field: one decision in ten comes after 44 days."""

from collections import Counter
from datetime import datetime, timedelta
from enum import IntEnum

from affiliate.vocabulary import Status

# (age up to, time between two polls)
UNDECIDED = [
    (timedelta(hours=1), timedelta(minutes=5)),
    (timedelta(days=1), timedelta(minutes=15)),
    (timedelta(days=7), timedelta(hours=1)),
    (timedelta(days=30), timedelta(hours=6)),
    (timedelta(days=130), timedelta(hours=24)),
]
# Approved leads are re-read for reversals.
APPROVED = (timedelta(days=30), timedelta(hours=24))
YOUNG = timedelta(days=1)


# An unclear lead is asked for by our id so long after the doubt began; a network that failed to answer is asked anew.
LOOK_UPS = [timedelta(minutes=2), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6), timedelta(hours=24)]
LOOK_UP_AGAIN, LAST_LOOK_UP = timedelta(minutes=5), timedelta(days=3)


class Queue(IntEnum):
    """Due leads stand in three queues, so that however many wait in one, the others go on."""

    YOUNG = 0
    OLD = 1
    DECIDED = 2


# Whose turn it is, place by place.
ROTA = (Queue.YOUNG, Queue.OLD) * 3 + (Queue.YOUNG, Queue.DECIDED)


def plan(lead, *, since: datetime, now: datetime) -> None:
    """Set the next poll, and the queue for it, of a lead that the network took at `since`; None when polls are over."""
    status = Status(lead.status)
    lead.next_poll_at = next_poll(status=status, since=since, decided=lead.status_at, now=now)
    if status.decided:
        lead.poll_queue = Queue.DECIDED.value
    else:
        lead.poll_queue = (Queue.YOUNG if now - since < YOUNG else Queue.OLD).value


def look_up(lead, *, now: datetime, answered: bool = True) -> None:
    """Set the next time an unclear lead is asked for; None when the network has answered often enough without it."""
    age = now - lead.unclear_since
    if answered:
        lead.next_poll_at = next((lead.unclear_since + after for after in LOOK_UPS if after > age), None)
    else:
        lead.next_poll_at = now + LOOK_UP_AGAIN if age < LAST_LOOK_UP else None
    lead.poll_queue = Queue.YOUNG.value


def next_poll(*, status: Status, since: datetime, decided: datetime | None, now: datetime) -> datetime | None:
    """The next poll of a lead that the network took at `since` and decided at `decided`; None when it is over."""
    if status is Status.APPROVE:
        longest, period = APPROVED
        return now + period if now - (decided or since) < longest else None
    if status.decided:
        return None
    return next((now + period for age, period in UNDECIDED if now - since < age), None)


def shares(*, turn: int, size: int) -> Counter:
    """How many places of a pack each queue has, the rota going on at `turn`; what one leaves free goes to the others."""
    return Counter(ROTA[(turn + place) % len(ROTA)] for place in range(size))
