"""How often a network and a stranger may call in a minute."""

import ipaddress
import logging
import time
from threading import Lock

from django.conf import settings
from django.core.cache import cache

log = logging.getLogger(__name__)
# A process counts by itself and tells the others after this part of the limit, so that few calls cost a look elsewhere.
SHARE = 50
_lock = Lock()


class Minute:
    """Calls of the current minute by caller, counted by all processes together, each a share of the limit behind."""

    def __init__(self, name: str):
        self.name, self.number, self.calls, self.full = name, 0, {}, set()

    def is_full(self, caller: str, most: int) -> bool:
        """Count a call; whether the caller has had its `most` calls already. 0 is no limit."""
        if not most:
            return False
        share = max(most // SHARE, 1)
        with _lock:
            if self.number != (number := int(time.time() // 60)):
                self.number, self.calls, self.full = number, {}, set()
            if caller in self.full:
                return True
            self.calls[caller] = self.calls.get(caller, 0) + 1
            if self.calls[caller] % share:
                return False
        if self._told(caller, number, share) <= most:
            return False
        with _lock:
            self.full.add(caller)
        log.warning("postbacks: more than %s calls in a minute, %s %s", most, self.name, caller)
        return True

    def _told(self, caller: str, number: int, share: int) -> int:
        """All processes' calls so far. A cache that is away leaves each process to its own."""
        key = f"postbacks:{self.name}:{caller}:{number}"
        try:
            cache.add(key, 0, 120)
            return cache.incr(key, share)
        except Exception:
            log.warning("cannot count postbacks with others", exc_info=True)
            return self.calls.get(caller, 0)


_networks, _strangers = Minute("network"), Minute("wrong-keys")


def network_is_full(network_id: int) -> bool:
    return _networks.is_full(str(network_id), settings.POSTBACKS_PER_MINUTE)


def stranger_is_full(ip: str | None) -> bool:
    """Addresses of one IPv6 network are one caller: everybody has that many."""
    address = ipaddress.ip_network((ip or "0.0.0.0", 64 if ":" in (ip or "") else 32), strict=False)
    return _strangers.is_full(str(address), settings.WRONG_KEYS_PER_MINUTE)
