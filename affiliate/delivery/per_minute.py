"""How often somebody may call in a minute, counted by all processes together."""

import ipaddress
import logging
import time
from threading import Lock

from django.core.cache import cache

log = logging.getLogger(__name__)
# A process counts by itself and tells the others after this part of the limit, so that few calls cost a look elsewhere.
SHARE = 50


class Minute:
    """Calls of the current minute by caller, counted by all processes together, each a share of the limit behind."""

    def __init__(self, name: str):
        self.name, self.number, self.calls, self.known, self.full = name, 0, {}, {}, set()
        self._lock = Lock()

    def is_full(self, caller: str, most: int) -> bool:
        """Count a call; whether the caller has had its `most` calls already. 0 is no limit."""
        if not most:
            return False
        share = max(most // SHARE, 1)
        with self._lock:
            if self.number != (number := int(time.time() // 60)):
                self.number, self.calls, self.known, self.full = number, {}, {}, set()
            if caller in self.full:
                return True
            self.calls[caller] = self.calls.get(caller, 0) + 1
            self.known[caller] = self.known.get(caller, 0) + 1
            if self.calls[caller] % share:
                return False
        told = self._told(caller, number, share)
        with self._lock:
            self.known[caller] = told
            if told <= most:
                return False
            self.full.add(caller)
        log.warning("more than %s calls in a minute: %s %s", most, self.name, caller)
        return True

    def left(self, caller: str, most: int) -> int:
        """Calls that remain in this minute, as far as this process knows."""
        return 0 if caller in self.full else max(most - self.known.get(caller, 0), 0)

    def _told(self, caller: str, number: int, share: int) -> int:
        """All processes' calls so far. A cache that is away leaves each process to its own."""
        key = f"calls:{self.name}:{caller}:{number}".replace(" ", "-")
        try:
            cache.add(key, 0, 120)
            return cache.incr(key, share)
        except Exception:
            log.warning("cannot count calls with others", exc_info=True)
            return self.calls.get(caller, 0)


def seconds_left() -> int:
    """Until the next minute begins."""
    return 60 - int(time.time() % 60)


def neighbourhood(ip: str | None) -> str:
    """Addresses of one IPv6 network are one caller: everybody has that many."""
    return str(ipaddress.ip_network((ip or "0.0.0.0", 64 if ":" in (ip or "") else 32), strict=False))
