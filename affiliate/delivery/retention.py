"""Journals grow with every call and every poll: what is older than the settings say goes."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models

from affiliate.delivery import clock
from affiliate.models import Alert, Incident, LeadChange, NotTaken, Postback, Report, StatusPoll

CHUNK = 1000
# How far back a source may ask what changed; `intake/api.py` tells it.
CHANGE_DAYS = 30


def forget() -> int:
    """Delete rows older than POSTBACK_DAYS, and lines of the feed of changes; returns how many. What is still due stays."""
    gone = _forget(LeadChange, "at", clock.now() - timedelta(days=CHANGE_DAYS))
    if not settings.POSTBACK_DAYS:
        return gone
    before = clock.now() - timedelta(days=settings.POSTBACK_DAYS)
    gone += _forget(Postback, "received_at", before, due_at=None)
    gone += _forget(Report, "created_at", before, next_attempt_at=None)
    gone += _forget(Alert, "created_at", before, due_at=None)
    gone += _forget(Incident, "begun_at", before, ended_at__isnull=False)
    gone += _forget(NotTaken, "last_at", before)
    return gone + _forget(StatusPoll, "started_at", before)


def _forget(model: type[models.Model], moment: str, before: datetime, **condition) -> int:
    """In chunks from the oldest row on, until one comes that is young enough: nothing is locked or searched for long."""
    gone, last = 0, 0
    while True:
        chunk = model.objects.filter(pk__gt=last).order_by("pk").values_list("pk", moment)[:CHUNK]
        old = [pk for pk, time in chunk if time < before]
        gone += model.objects.filter(pk__in=old, **condition).delete()[0]
        if len(old) < CHUNK:
            return gone
        last = old[-1]
