"""Rows that hardly ever change, kept by each process for a few seconds."""

import time
from collections.abc import Callable

from django.conf import settings

MOST = 10_000


class Remembered:
    """What `load` found lately, by key. None is not kept, so that what was missing is found as soon as it is there.

    What people change takes effect within settings.REMEMBER_SECONDS; 0 keeps nothing.
    """

    def __init__(self):
        self._found = {}

    def get(self, key, load: Callable[[], object]):
        if not settings.REMEMBER_SECONDS:
            return load()
        expires, value = self._found.get(key, (0, None))
        if expires > (now := time.monotonic()):
            return value
        value = load()
        if value is not None:
            if len(self._found) >= MOST:
                self._found.clear()
            self._found[key] = (now + settings.REMEMBER_SECONDS, value)
        return value
