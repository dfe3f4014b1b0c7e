"""How one network is doing: its state, its limits, what was last sent to it and asked of it."""

from django.utils import timezone

from affiliate.admin import counting, looks, said
from affiliate.delivery import caps, hours, limits
from affiliate.models import Attempt, Network
from affiliate.vocabulary import Delivery

SHOWN = 5


def context(network: Network) -> dict:
    """For the templates `admin/affiliate/network/form.html` and `condition.html`."""
    state, now = limits.state_of(network), timezone.now()
    opens = hours.opens_at(network, now)
    taken = caps.taken([network], now=now).get(network)
    return {
        "opens": opens if opens > now else None,
        "state": state,
        "breaker_open": bool(state and state.open_until and state.open_until > now),
        "queued": counting.words(queued(network)),
        "sending": network.leads.filter(delivery=Delivery.SENDING.value).count(),
        "taken_today": taken.day.total() if taken and network.daily_cap is not None else None,
        "taken_ever": taken.ever.total() if taken and network.total_cap is not None else None,
        "took_leads": network.leads.exists(),
        "polls": network.integrate().can_poll(),
        "last_polls": _with_badges(network.polls.order_by("-started_at")),
        "last_attempts": _with_badges(Attempt.objects.filter(network=network).order_by("-started_at")),
    }


def queued(network: Network) -> int:
    """Leads that wait for the network, counted up to a limit."""
    return counting.count_up_to(network.leads.filter(delivery=Delivery.QUEUED.value, next_attempt_at__isnull=False))


def _with_badges(rows) -> list[dict]:
    return [
        {"row": row, "badge": looks.outcome_badge(row), "reason": said.reason(row.reason)}
        for row in rows.defer("exchanges")[:SHOWN]
    ]
