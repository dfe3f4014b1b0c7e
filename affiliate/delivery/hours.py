"""A network's working hours, in its own time zone."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from affiliate.models import Network


def opens_at(network: Network, now: datetime) -> datetime:
    """When the network works next: `now` while it does, else a moment in its time zone."""
    if not (network.works_from or network.works_until or network.work_days):
        return now
    for start, end in _shifts(network, now):
        # Moments of one zone compare by their wall clocks, which is wrong in the hour that comes twice.
        if now.timestamp() < end.timestamp():
            return now if start.timestamp() <= now.timestamp() else start
    raise AssertionError("every week has a working day")


def day_start(zone, now: datetime) -> datetime:
    return datetime.combine(now.astimezone(zone).date(), time.min, zone)


def _shifts(network: Network, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Begin and end of the shifts around a moment, from the day before. One over midnight belongs to the day it begins."""
    zone, start, end = network.zone, network.works_from or time.min, network.works_until or time.min
    today = now.astimezone(zone).date()
    for number in range(-1, 9):
        day = today + timedelta(days=number)
        if not network.work_days or day.isoweekday() in network.work_days:
            last = day if end > start else day + timedelta(days=1)
            yield datetime.combine(day, start, zone), datetime.combine(last, end, zone)
