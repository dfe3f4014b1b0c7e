"""How often a network and a stranger may call in a minute."""

import ipaddress

from django.conf import settings

from affiliate.delivery.per_minute import Minute

_networks, _strangers = Minute("postbacks of network"), Minute("wrong keys from")


def network_is_full(network_id: int) -> bool:
    return _networks.is_full(str(network_id), settings.POSTBACKS_PER_MINUTE)


def stranger_is_full(ip: str | None) -> bool:
    """Addresses of one IPv6 network are one caller: everybody has that many."""
    address = ipaddress.ip_network((ip or "0.0.0.0", 64 if ":" in (ip or "") else 32), strict=False)
    return _strangers.is_full(str(address), settings.WRONG_KEYS_PER_MINUTE)
