"""How often a network and a stranger may call in a minute."""

from django.conf import settings

from affiliate.delivery.per_minute import Minute, neighbourhood

_networks, _strangers = Minute("postbacks of network"), Minute("wrong keys from")


def network_is_full(network_id: int) -> bool:
    return _networks.is_full(str(network_id), settings.POSTBACKS_PER_MINUTE)


def stranger_is_full(ip: str | None) -> bool:
    return _strangers.is_full(neighbourhood(ip), settings.WRONG_KEYS_PER_MINUTE)
