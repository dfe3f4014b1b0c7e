"""Wakes a worker. A message is only a hint: the row says what is due, and the sweep finds what a lost message left."""

import logging
import time
from threading import Event, Lock, Thread

from celery import current_app
from django.core.cache import cache
from django.db import transaction

log = logging.getLogger(__name__)
COALESCE = 30
PAUSE = 0.1


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


def soon(task: str, *args) -> None:
    """Send once the current transaction is committed, from a thread of its own: the caller waits for no broker."""
    transaction.on_commit(lambda: _sender.ask(task, *args))


class _Sender:
    """A thread of this process that sends what was asked for, ten times a second at most."""

    def __init__(self):
        self._lock, self._asked, self._tasks, self._thread = Lock(), Event(), set(), None

    def ask(self, task: str, *args) -> None:
        with self._lock:
            self._tasks.add((task, *args))
            # A process that was forked off has the object without the thread.
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._run, name="wake", daemon=True)
                self._thread.start()
        self._asked.set()

    def _run(self) -> None:
        while self._asked.wait():
            self._asked.clear()
            with self._lock:
                tasks, self._tasks = self._tasks, set()
            for task in tasks:
                send(*task)
            time.sleep(PAUSE)


_sender = _Sender()


def awake(task: str, *args) -> None:
    """A worker calls this before it looks at the rows: whatever is committed later sends a message of its own."""
    try:
        cache.delete(_key(task, args))
    except Exception:
        log.warning("cannot clear the wake mark of %s%s; it ends in %s s", task, args, COALESCE, exc_info=True)


def _key(task: str, args: tuple) -> str:
    return ":".join(["wake", task, *map(str, args)])
