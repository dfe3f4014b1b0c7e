"""Where a call comes from."""

import ipaddress
from collections.abc import Mapping
from functools import lru_cache

from django.conf import settings

from affiliate.models.fields import split_addresses


def of(meta: Mapping[str, str]) -> str | None:
    """The caller's address; None where the server does not tell.

    X-Forwarded-For is believed from its end on, as long as whoever wrote an entry is one of settings.TRUSTED_PROXIES.
    """
    trusted = _networks(tuple(settings.TRUSTED_PROXIES))
    hops = [*meta.get("HTTP_X_FORWARDED_FOR", "").split(","), meta.get("REMOTE_ADDR", "")]
    caller = None
    while hops and (address := _parse(hops.pop())):
        caller = address
        if not any(address in network for network in trusted):
            break
    return str(caller) if caller else None


def allowed(address: str | None, listed: str) -> bool:
    """Whether a network's list, as people type it, has the address; an empty list has every one."""
    if not listed:
        return True
    found = _parse(address or "")
    return found is not None and any(found in network for network in _networks(tuple(split_addresses(listed))))


def _parse(text: str):
    """IPv4 addresses that a dual-stack socket writes as IPv6 are IPv4; a zone says nothing to anyone else."""
    try:
        address = ipaddress.ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


@lru_cache
def _networks(written: tuple[str, ...]):
    return [ipaddress.ip_network(text.strip(), strict=False) for text in written]
