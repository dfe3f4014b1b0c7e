"""What a network may be given now. Shared by all workers through the network's state row, locked while it is read."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from affiliate.delivery import bulk
from affiliate.models import Lead, Network, NetworkState
from affiliate.vocabulary import Delivery, OutcomeKind

# The breaker: after so many failures in a row the network rests, then one lead tries.
BREAKER_FAILURES = 10
BREAKER_REST = timedelta(minutes=1)
# Request slots are handed out no further ahead than this.
SLOT_HORIZON = timedelta(seconds=1)


@dataclass(frozen=True)
class Allowance:
    """How many leads may start, and at which moments their first requests leave."""

    room: int
    slots: list[datetime]


def lock_state(network: Network) -> NetworkState:
    NetworkState.objects.get_or_create(network=network)
    return bulk.locked(NetworkState.objects.filter(network=network)).get()


def allowance(network: Network, state: NetworkState, *, wanted: int, now: datetime) -> Allowance:
    """Call inside a transaction with the state locked; `take` books what was used."""
    if not network.enabled or state.paused_at or (state.open_until and state.open_until > now):
        return Allowance(0, [])
    sending = Lead.objects.filter(network=network, delivery=Delivery.SENDING.value, lease_until__gt=now).count()
    most = 1 if state.failures >= BREAKER_FAILURES else network.max_in_flight
    room = max(min(wanted, most - sending), 0)
    if rate := network.rate:
        step = timedelta(seconds=1 / rate)
        first = max(now, state.next_slot_at or now)
        room = min(room, max(int((now + SLOT_HORIZON - first) / step) + 1, 0) if first <= now + SLOT_HORIZON else 0)
        return Allowance(room, [first + step * number for number in range(room)])
    return Allowance(room, [now] * room)


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
    before = (state.failures, state.open_until, state.paused_at)
    for kind, reason in zip(kinds, reasons, strict=True):
        if kind in (OutcomeKind.POSTPONED, OutcomeKind.UNCLEAR):
            state.failures += 1
            if state.failures >= BREAKER_FAILURES:
                state.open_until = now + BREAKER_REST
        elif kind is OutcomeKind.MISCONFIGURED:
            if not state.paused_at:
                state.paused_at, state.paused_reason = now, reason[:300] or _("the network refuses the settings")
        else:
            state.failures, state.open_until = 0, None
    if before != (state.failures, state.open_until, state.paused_at):
        state.save(update_fields=["failures", "open_until", "paused_at", "paused_reason"])
