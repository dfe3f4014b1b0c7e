"""What a network may be given now. Shared by all workers through the network's state row, locked while it is read."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from affiliate.delivery import bulk, caps, hours
from affiliate.delivery.caps import Taken
from affiliate.models import Lead, Network, NetworkState
from affiliate.vocabulary import Delivery, OutcomeKind

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
UNBROKEN = {"failures": 0, "window_since": None, "window_ended": 0, "window_failed": 0, "open_until": None}
# Request slots are handed out no further ahead than this.
SLOT_HORIZON = timedelta(seconds=1)


@dataclass(frozen=True)
class Allowance:
    """How many leads may start, and at which moments their first requests leave; `countries` limits those of some."""

    room: int
    slots: list[datetime]
    countries: dict[str, int] = field(default_factory=dict)

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


def allowance(network: Network, state: NetworkState, *, wanted: int, now: datetime) -> Allowance:
    """Call inside a transaction with the state locked; `take` books what was used."""
    taken = caps.taken([network], now=now).get(network)
    if closed_because(network, state, now, taken=taken):
        return Allowance(0, [])
    sending = Lead.objects.filter(network=network, delivery=Delivery.SENDING.value, lease_until__gt=now).count()
    most = 1 if half_open(state, now) else network.max_in_flight
    room, countries = under_caps(network, taken, wanted=max(min(wanted, most - sending), 0))
    if rate := network.rate:
        step = timedelta(seconds=1 / rate)
        first = max(now, state.next_slot_at or now)
        room = min(room, max(int((now + SLOT_HORIZON - first) / step) + 1, 0) if first <= now + SLOT_HORIZON else 0)
        return Allowance(room, [first + step * number for number in range(room)], countries)
    return Allowance(room, [now] * room, countries)


def under_caps(network: Network, taken: Taken | None, *, wanted: int) -> tuple[int, dict[str, int]]:
    """How many of `wanted` leads the caps leave, and how many of each country that has caps."""
    if taken is None:
        return wanted, {}
    left = caps.room(network, taken)
    return wanted if left is None else min(wanted, left), caps.room_by_country(network, taken)


def take(network: Network, state: NetworkState, *, slots: list[datetime]) -> None:
    """Book slots that were used."""
    if slots and (rate := network.rate):
        state.next_slot_at = slots[-1] + timedelta(seconds=1 / rate)
        state.save(update_fields=["next_slot_at"])


def next_slot(network: Network, *, now: datetime) -> datetime:
    """Book one request, whenever its turn is: for the later steps of a conversation and for polls. In a transaction."""
    if not network.rate:
        return now
    state = lock_state(network)
    slot = max(now, state.next_slot_at or now)
    take(network, state, slots=[slot])
    return slot


def note_results(network: Network, kinds: list[OutcomeKind], *, reasons: list[str], now: datetime) -> None:
    """Feed the breaker and the pause with outcomes, oldest first. In a transaction."""
    state = lock_state(network)
    columns = [*UNBROKEN, "paused_at", "paused_reason"]
    before = [getattr(state, name) for name in columns]
    for kind, reason in zip(kinds, reasons, strict=True):
        if kind is not OutcomeKind.MISCONFIGURED:
            _note(state, failed=kind in (OutcomeKind.POSTPONED, OutcomeKind.UNCLEAR), now=now)
        elif not state.paused_at:
            state.paused_at, state.paused_reason = now, reason[:300] or _("the network refuses the settings")
    if before != [getattr(state, name) for name in columns]:
        state.save(update_fields=columns)


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
