"""When a lead's status is asked for next, by its age. Measured in the field: one decision in ten comes after 44 days."""

from datetime import datetime, timedelta

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


def next_poll(*, status: Status, since: datetime, decided: datetime | None, now: datetime) -> datetime | None:
    """The next poll of a lead that the network took at `since` and decided at `decided`; None when it is over."""
    if status is Status.APPROVE:
        longest, period = APPROVED
        return now + period if now - (decided or since) < longest else None
    if status.decided:
        return None
    return next((now + period for age, period in UNDECIDED if now - since < age), None)
