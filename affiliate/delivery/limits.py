"""What a network may be given now. Shared by all workers through the network's state row, locked while it is read."""

import re
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from affiliate.delivery import bulk, caps, clock, hours
from affiliate.delivery.caps import Taken
from affiliate.integrations.masking import MASK
from affiliate.models import Network, NetworkState
from affiliate.vocabulary import OutcomeKind

# Why a network takes nothing now.
DISABLED = "disabled"
PAUSED = "paused"
RESTING = "resting"
HOURS = "hours"
CAP = "cap"
# The breaker: after so many failures in a row, or such a share of the conversations of a window, the network rests; then
# one lead tries.
BREAKER_FAILURES = 10
BREAKER_SHARE = 0.5
BREAKER_LEAST = 20
BREAKER_WINDOW = timedelta(minutes=5)
BREAKER_REST = timedelta(minutes=1)
# What a breaker is that knows nothing against the network.
UNBROKEN = {
    "failures": 0,
    "window_since": None,
    "window_ended": 0,
    "window_failed": 0,
    "open_until": None,
    "refusals": 0,
    "refusal_reason": "",
}
# Several networks tell a bad key in free text like any refusal. So many refusals in a row with one reason are no chance.
SAME_REFUSALS = 20
_PHONE = re.compile(r"\+?\d(?:[ ().-]{0,2}\d){8,}")
# Request slots are handed out no further ahead than this.
SLOT_HORIZON = timedelta(seconds=1)
# A drain flies at most so many at once: one more worker serves a network better than one thread pool without end.
LARGEST_SHARE = 64
# Of a network with a rate no more is claimed ahead than leaves in so long.
AHEAD = timedelta(seconds=2)
# So long leads and slots wait for a worker that is gone. A worker that lives renews both well before.
LEASE = timedelta(seconds=settings.LEASE_SECONDS)


@dataclass
class Share:
    """What one drain holds of a network's in-flight limit: `slots` may fly at once, `in_hand` leads are claimed.

    Kept in the network's state row until the drain's lease ends, so several workers never fly more than the limit.
    `wanted` leads are worth having in hand; `dry` says that fewer were due when the network was asked last, and `closed`
    why it took none.
    """

    key: str = field(default_factory=lambda: uuid.uuid4().hex)
    slots: int = 0
    in_hand: int = 0
    wanted: int = 0
    closed: str = ""
    dry: bool = False


@dataclass(frozen=True)
class Allowance:
    """How many `slots` a share may have, how many leads it should have in hand, and for how many more there is `room`;
    `countries` limits those of some."""

    room: int
    slots: int = 0
    wanted: int = 0
    countries: dict[str, int] = field(default_factory=dict)
    closed: str = ""

    @property
    def closed_countries(self) -> list[str]:
        return [country for country, room in self.countries.items() if not room]

    def fitting(self, leads: list[tuple[int, str]]) -> list[int]:
        """The ids of (id, country) pairs without those that exceed their country's room."""
        left, ids = dict(self.countries), []
        for pk, country in leads:
            if left.get(country, 1):
                ids.append(pk)
                if country in left:
                    left[country] -= 1
        return ids


def lock_state(network: Network) -> NetworkState:
    states = bulk.locked(NetworkState.objects.filter(network=network))
    if state := states.first():
        return state
    NetworkState.objects.get_or_create(network=network)
    return states.get()


def open_networks(networks: QuerySet[Network], *, now: datetime) -> list[Network]:
    """Those that take leads now, in two queries."""
    found = list(networks.filter(enabled=True).select_related("state").defer("credentials", "postback_keys"))
    taken = caps.taken(found, now=now)
    return [one for one in found if not closed_because(one, state_of(one), now, taken=taken.get(one))]


def state_of(network: Network) -> NetworkState | None:
    """The state as it stands, unlocked; None for a network that never had work."""
    return getattr(network, "state", None)


def closed_because(network: Network, state: NetworkState | None, now: datetime, *, taken: Taken | None = None) -> str:
    """DISABLED, PAUSED, RESTING, HOURS or CAP; "" for a network that takes leads.

    `taken` is what `caps.taken` says of the network; without it a network with caps costs a query.
    """
    return why_closed(network, state, now, taken=taken)[0]


def why_closed(
    network: Network, state: NetworkState | None, now: datetime, *, taken: Taken | None = None
) -> tuple[str, str]:
    """The same with a detail in no language: the pause's reason, the moment it is over, the cap."""
    if not network.enabled:
        return DISABLED, ""
    if state and state.paused_at:
        return PAUSED, state.paused_reason
    if state and state.open_until and state.open_until > now:
        return RESTING, _moment(network, state.open_until)
    if (opens := hours.opens_at(network, now)) > now:
        return HOURS, _moment(network, opens)
    if network.capped:
        taken = taken or caps.taken([network], now=now)[network]
        if reached := caps.reached(network, taken):
            return CAP, reached[1]
    return "", ""


def half_open(state: NetworkState | None, now: datetime) -> bool:
    """The rest is over, and one lead is to find out whether the network works again."""
    return bool(state and state.open_until and state.open_until <= now)


def allowance(network: Network, state: NetworkState, share: Share, *, now: datetime) -> Allowance:
    """Call inside a transaction with the state locked; `book` writes down what was used."""
    taken = caps.taken([network], now=now).get(network)
    if closed := closed_because(network, state, now, taken=taken):
        return Allowance(0, share.slots, closed=closed)
    probing = half_open(state, now)
    most = 1 if probing else network.max_in_flight
    slots = max(min(most - _of_others(state, share, now), LARGEST_SHARE), 0)
    ahead = 0 if probing else min(slots, int(network.rate * AHEAD.total_seconds()) + 1) if network.rate else slots
    wanted = slots + ahead
    room, countries = under_caps(network, taken, wanted=max(wanted - share.in_hand, 0))
    return Allowance(room, slots, wanted, countries)


def book(state: NetworkState, share: Share, allowed: Allowance, *, claimed: int, now: datetime) -> None:
    """Give the share what was allowed. One that nothing is due for keeps the slots it needs and leaves the rest to others."""
    share.dry, share.closed = claimed < allowed.room or bool(allowed.closed), allowed.closed
    share.in_hand += claimed
    share.wanted = allowed.wanted
    share.slots = min(allowed.slots, share.in_hand) if share.dry else allowed.slots
    keep(state, share, now=now)


def keep(state: NetworkState, share: Share, *, now: datetime) -> None:
    """Write the share into the state row, which must be locked, and forget those whose drains are gone."""
    shares = {key: kept for key, kept in state.shares.items() if kept[1] > now.timestamp()}
    _slots, until = shares.pop(share.key, (0, 0))
    if share.slots:
        if until < (now + LEASE * 2 / 3).timestamp():
            until = (now + LEASE).timestamp()
        shares[share.key] = [share.slots, until]
    if shares != state.shares:
        state.shares = shares
        state.save(update_fields=["shares"])


def _of_others(state: NetworkState, share: Share, now: datetime) -> int:
    return sum(slots for key, (slots, until) in state.shares.items() if key != share.key and until > now.timestamp())


def under_caps(network: Network, taken: Taken | None, *, wanted: int) -> tuple[int, dict[str, int]]:
    """How many of `wanted` leads the caps leave, and how many of each country that has caps."""
    if taken is None:
        return wanted, {}
    left = caps.room(network, taken)
    return wanted if left is None else min(wanted, left), caps.room_by_country(network, taken)


def moments(network: Network, wanted: int, *, all_of_them: bool = False) -> list[float]:
    """Book requests of a network that has a rate; in how many seconds each may leave. In a transaction.

    As many of `wanted` as have their turn soon, or all.
    """
    state, now = lock_state(network), clock.now()
    gap = timedelta(seconds=1 / network.rate)
    first = max(now, state.next_slot_at or now)
    soon = max(int((now + SLOT_HORIZON - first) / gap) + 1, 0) if first <= now + SLOT_HORIZON else 0
    count = wanted if all_of_them else min(wanted, soon)
    if count:
        state.next_slot_at = first + gap * count
        state.save(update_fields=["next_slot_at"])
    return [(first + gap * number - now).total_seconds() for number in range(count)]


def next_slot(network: Network) -> float:
    """Book one request, whenever its turn is, for polls: the seconds until then. In a transaction."""
    return moments(network, 1, all_of_them=True)[0] if network.rate else 0.0


def note_results(
    network: Network, kinds: list[OutcomeKind], *, reasons: list[str], now: datetime
) -> tuple[NetworkState, set[int]]:
    """Feed the breaker and the pause with outcomes, oldest first. In a transaction.

    Returns the state after them, and the places of refusals that say more of the settings than of their leads: those that
    came when as many before them had paused the network.
    """
    state, suspicious = lock_state(network), set()
    columns = [*UNBROKEN, "paused_at", "paused_reason"]
    before = [getattr(state, name) for name in columns]
    for place, (kind, reason) in enumerate(zip(kinds, reasons, strict=True)):
        _note_refusal(state, kind, reason, now)
        if kind is OutcomeKind.REFUSED and state.paused_at and state.refusals >= SAME_REFUSALS:
            suspicious.add(place)
        if kind is not OutcomeKind.MISCONFIGURED:
            _note(state, failed=kind in (OutcomeKind.POSTPONED, OutcomeKind.UNCLEAR), now=now)
        elif not state.paused_at:
            state.paused_at, state.paused_reason = now, _told(reason) or _("the network refuses the settings")
    if before != [getattr(state, name) for name in columns]:
        state.save(update_fields=columns)
    return state, suspicious


def _told(reason: str) -> str:
    """A pause is told to everybody, in alerts too: a phone that the network's answer repeats is left out."""
    return _PHONE.sub(MASK, reason)[:300]


def _note_refusal(state: NetworkState, kind: OutcomeKind, reason: str, now: datetime) -> None:
    if kind in (OutcomeKind.ACCEPTED, OutcomeKind.DUPLICATE):
        state.refusals, state.refusal_reason = 0, ""
    if kind is not OutcomeKind.REFUSED:
        return
    # Ids and phones differ from lead to lead.
    bare = re.sub(r"\d+", "#", reason)[:300]
    state.refusals = state.refusals + 1 if bare == state.refusal_reason else 1
    state.refusal_reason = bare
    if state.refusals >= SAME_REFUSALS and not state.paused_at:
        text = _("%(count)s refusals in a row with the same reason, so the settings may be wrong: %(reason)s")
        state.paused_at, state.paused_reason = now, (text % {"count": state.refusals, "reason": _told(reason)})[:300]


def _note(state: NetworkState, *, failed: bool, now: datetime) -> None:
    if state.open_until and state.open_until > now:
        # It began before the rest, and a few of those that pass say nothing against the many that failed.
        return
    if not failed and state.open_until:
        for name, value in UNBROKEN.items():
            setattr(state, name, value)
        return
    if state.window_since is None or now - state.window_since > BREAKER_WINDOW:
        state.window_since, state.window_ended, state.window_failed = now, 0, 0
    state.window_ended += 1
    state.window_failed += failed
    state.failures = state.failures + 1 if failed else 0
    too_many = state.window_ended >= BREAKER_LEAST and state.window_failed / state.window_ended >= BREAKER_SHARE
    if failed and (state.open_until or state.failures >= BREAKER_FAILURES or too_many):
        state.open_until = now + BREAKER_REST


def _moment(network: Network, moment: datetime) -> str:
    return f"{moment.astimezone(network.zone):%Y-%m-%d %H:%M} {network.zone.key}"
