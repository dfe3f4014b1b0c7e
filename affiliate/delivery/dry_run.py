"""What a drain would do now, without claiming or sending anything."""

from dataclasses import dataclass

from affiliate.delivery import caps, claims, clock, limits
from affiliate.models import Lead, Network

MOST = 1000


@dataclass(frozen=True)
class DryRun:
    """Due leads that would go, in their order and at most MOST; `due` counts all. `closed` is a code of
    `limits.closed_because`: then none goes.

    `request` is the first lead's as it is kept in attempts, secrets masked; None with the `reason` where none can be made.
    """

    closed: str
    closed_detail: str
    due: int
    leads: list[Lead]
    request: dict | None = None
    reason: str = ""


def look_ahead(network: Network) -> DryRun:
    state, now = limits.state_of(network), clock.now()
    taken = caps.taken([network], now=now).get(network)
    closed, detail = limits.why_closed(network, state, now, taken=taken)
    due = claims.due(network, limits.Allowance(0), now=now)
    leads = [] if closed else _would_go(network, limits.half_open(state, now), taken, now)
    if not leads:
        return DryRun(closed, detail, due.count(), [])
    [first] = claims.prepare(network, leads[:1])
    if first.talk.request is None:
        return DryRun(closed, detail, due.count(), leads, reason=first.talk.outcome.reason)
    return DryRun(closed, detail, due.count(), leads, first.attempt.exchanges[0]["request"])


def _would_go(network: Network, half_open: bool, taken: caps.Taken | None, now) -> list[Lead]:
    room, countries = limits.under_caps(network, taken, wanted=1 if half_open else MOST)
    allowed = limits.Allowance(room, countries=countries)
    due = claims.due(network, allowed, now=now)
    ids = allowed.fitting(due.values_list("pk", "country")[:MOST])[:room]
    return list(due.filter(pk__in=ids).select_related("flow__offer", "flow__network"))
