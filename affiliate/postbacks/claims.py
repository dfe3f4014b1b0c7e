"""Calls with a wrong key that a person may take for a network's all the same."""

from collections import defaultdict

from django.db.models import QuerySet

from affiliate.models import Network, Postback
from affiliate.models.postback import Verdict

# Rows that are looked at, and a network's newest calls whose addresses count as its own.
MOST, NEWEST = 10_000, 10_000


def of(rows: QuerySet[Postback], *, limit: int = MOST) -> dict[int, int]:
    """The keys of those calls with the network that each names, of the oldest `limit` with a wrong key.

    A network whose key was mistyped, or ended too soon, calls from the addresses that it calls from with a right one; of
    anybody else's calls none is ever applied.
    """
    wrong = rows.filter(network=None, verdict=Verdict.BAD_KEY, ip__isnull=False).order_by("pk")
    named = defaultdict(dict)
    for pk, ip, detail in wrong.values_list("pk", "ip", "detail")[:limit]:
        for number in (note["number"] for note in detail if note.get("code") == "no-key"):
            named[int(number)][pk] = ip
    claimed = {}
    for number in Network.objects.filter(pk__in=named).values_list("pk", flat=True):
        own = _addresses(number)
        claimed |= {pk: number for pk, ip in named[number].items() if ip in own}
    return claimed


def _addresses(network_id: int) -> frozenset[str]:
    newest = Postback.objects.filter(network=network_id).exclude(verdict=Verdict.ADDRESS).order_by("-pk")
    return frozenset(newest.values_list("ip", flat=True)[:NEWEST])
