"""The keys of networks: whose a call carries, and how they change."""

import hmac
import json
import re
from dataclasses import dataclass
from functools import cache

from django.db import connection, transaction

from affiliate.delivery import bulk
from affiliate.models import Lead, Network
from affiliate.models.encryption import decrypt, encrypt
from affiliate.models.fields import new_key

_ACCOUNT = (
    "SELECT postback_keys, postback_ips, EXISTS("
    f"SELECT 1 FROM {Lead._meta.db_table} AS lead WHERE lead.oid = %s AND lead.network_id = network.id"
    f") FROM {Network._meta.db_table} AS network WHERE network.id = %s"
)


@dataclass(frozen=True, slots=True)
class Caller:
    """The network that calls. `ips` is its list of addresses, `has_lead` whether the oid it names is one of its leads."""

    network_id: int
    ips: str
    has_lead: bool
    old_key: bool


def caller_of(identity: str, *, oid: str) -> Caller | None:
    """Whose key `<network id>-<key>` holds, split at the first hyphen.

    One query. Every key of the network is compared, and a network that does not exist costs as much as a wrong key.
    """
    number, _hyphen, key = identity.partition("-")
    row = None
    if re.fullmatch(r"[0-9]{1,18}", number):
        with connection.cursor() as cursor:
            cursor.execute(_ACCOUNT, [oid, int(number)])
            row = cursor.fetchone()
    encrypted, ips, has_lead = row or (_nobodys_keys(), "", False)
    matches = [hmac.compare_digest(known.encode(), key.encode()) for known in json.loads(decrypt(encrypted))]
    return Caller(int(number), ips, bool(has_lead), old_key=not matches[0]) if row and any(matches) else None


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
    return removed


def _locked(network: Network) -> Network:
    return bulk.locked(Network.objects.filter(pk=network.pk).only("postback_keys")).get()


@cache
def _nobodys_keys() -> str:
    return encrypt(json.dumps([new_key()]))
