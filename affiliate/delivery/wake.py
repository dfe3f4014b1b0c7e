"""Wakes a worker. A message is only a hint: the row says what is due, and the sweep finds what a lost message left."""

import logging

from celery import current_app
from django.core.cache import cache
from django.db import transaction

log = logging.getLogger(__name__)
COALESCE = 30


def wake(task: str, *args) -> None:
    """Send a task by name once the current transaction is committed; one message however many leads ask for it."""
    transaction.on_commit(lambda: send(task, *args))


def send(task: str, *args) -> None:
    """Send now. A broker or cache that is down costs time until the next sweep, never a lead."""
    try:
        if cache.add(_key(task, args), 1, COALESCE):
            current_app.send_task(task, args=args, retry=False)
    except Exception:
        log.warning("cannot wake %s%s; the sweep will", task, args, exc_info=True)


def awake(task: str, *args) -> None:
    """A worker calls this before it looks at the rows: whatever is committed later sends a message of its own."""
    try:
        cache.delete(_key(task, args))
    except Exception:
        log.warning("cannot clear the wake mark of %s%s; it ends in %s s", task, args, COALESCE, exc_info=True)


def _key(task: str, args: tuple) -> str:
    return ":".join(["wake", task, *map(str, args)])
