"""The keys of networks: whose a call carries, and how they change."""

import hmac
import json
import re
import time
from dataclasses import dataclass, field
from functools import cache

from django.conf import settings
from django.db import connection, transaction

from affiliate.delivery import bulk
from affiliate.models import Network
from affiliate.models.encryption import decrypt, encrypt
from affiliate.models.fields import new_key

_ACCOUNT = f"SELECT postback_keys, postback_ips FROM {Network._meta.db_table} WHERE id = %s"


@dataclass(frozen=True, slots=True)
class Caller:
    """The network that calls. `ips` is its list of addresses."""

    network_id: int
    ips: str
    old_key: bool


@dataclass(frozen=True, slots=True)
class _Account:
    keys: list[bytes]
    ips: str = ""
    read_at: float = field(default_factory=time.monotonic)

    def caller(self, number: str, key: bytes) -> Caller | None:
        """Every key is compared, so that the time tells nothing of which one was nearly right."""
        matches = [hmac.compare_digest(known, key) for known in self.keys]
        return Caller(int(number), self.ips, old_key=not matches[0]) if any(matches) else None


def caller_of(identity: str) -> Caller | None:
    """Whose key `<network id>-<key>` holds, split at the first hyphen.

    No query for a network that called in the last settings.REMEMBER_SECONDS; a key that was ended and a changed list of
    addresses are heeded everywhere after so long, a new key at once. A network that does not exist costs as much as a wrong
    key: one query.
    """
    number, _hyphen, key = identity.partition("-")
    if not re.fullmatch(r"[0-9]{1,18}", number):
        return None
    account = _remembered.get(int(number))
    fresh = account and time.monotonic() - account.read_at < settings.REMEMBER_SECONDS
    if fresh and (caller := account.caller(number, key.encode())):
        return caller
    # The key may be newer than what is remembered.
    return _read(int(number)).caller(number, key.encode())


def forget() -> None:
    """Read every network's keys again."""
    _remembered.clear()


def rotate(network: Network) -> str:
    """A new key for the network's postback URLs; the older ones stay good until they are removed."""
    with transaction.atomic():
        row = _locked(network)
        row.postback_keys = [new_key(), *row.postback_keys]
        row.save(update_fields=["postback_keys"])
    return row.postback_key


def remove_old(network: Network) -> int:
    """Make every key but the newest worthless; returns how many."""
    with transaction.atomic():
        row = _locked(network)
        removed = len(row.postback_keys) - 1
        row.postback_keys = row.postback_keys[:1]
        row.save(update_fields=["postback_keys"])
    forget()
    return removed


def _locked(network: Network) -> Network:
    return bulk.locked(Network.objects.filter(pk=network.pk).only("postback_keys")).get()


def _read(number: int) -> _Account:
    with connection.cursor() as cursor:
        cursor.execute(_ACCOUNT, [number])
        row = cursor.fetchone()
    encrypted, ips = row or (_keys_of_nobody(), "")
    account = _Account([key.encode() for key in json.loads(decrypt(encrypted))], ips)
    if row:
        _remembered[number] = account
    return account


@cache
def _keys_of_nobody() -> str:
    """Opened where there is no network, so that its absence does not answer sooner."""
    return encrypt(json.dumps([new_key()]))


_remembered: dict[int, _Account] = {}
