"""Waits for a database that is away for a moment, so that what is known of leads under way is not lost."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

log = logging.getLogger(__name__)
PAUSE = 1.0
Result = TypeVar("Result")


def patiently(work: Callable[[], Result]) -> Result:
    """What `work` returns. It is run again while the database fails, for as long as a lease lasts; then that error is raised.

    Call outside of transactions; `work` must bear being repeated after it was done, since a commit may fail in its answer.
    """
    until = time.monotonic() + settings.LEASE_SECONDS
    while True:
        try:
            return work()
        except (OperationalError, InterfaceError):
            connection.close()
            if time.monotonic() > until:
                raise
            log.warning("the database is away; trying again", exc_info=True)
            time.sleep(PAUSE)
