"""How each network is doing now, in a fixed number of queries however many networks and leads there are."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from affiliate.delivery import caps, clock, limits
from affiliate.delivery.poll_schedule import Queue
from affiliate.models import Attempt, Lead, Network
from affiliate.vocabulary import Delivery, OutcomeKind

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
REFUSALS = (OutcomeKind.REFUSED, OutcomeKind.DUPLICATE)
ERRORS = (OutcomeKind.POSTPONED, OutcomeKind.UNCLEAR, OutcomeKind.MISCONFIGURED)


@dataclass(frozen=True)
class NetworkOverview:
    """One network's numbers. `attempts`, `refusals` and `errors` are of the last hour; `closed` is a code of
    `limits.closed_because`; `next_poll` may be past where a poll is due."""

    network: Network
    now: datetime
    queued: int
    sending: int
    due: int
    oldest_due: datetime | None
    delivered_minute: int
    delivered_hour: int
    attempts: int
    refusals: int
    errors: int
    closed: str
    closed_detail: str
    half_open: bool
    next_poll: datetime | None

    @property
    def oldest_due_age(self) -> timedelta | None:
        return self.oldest_due and self.now - self.oldest_due

    @property
    def refusal_rate(self) -> float | None:
        """A share of the conversations that ended; None without any."""
        return self.refusals / self.attempts if self.attempts else None

    @property
    def error_rate(self) -> float | None:
        return self.errors / self.attempts if self.attempts else None


def networks() -> list[NetworkOverview]:
    """Of all networks, by name."""
    now = clock.now()
    rows = list(_with_leads(now))
    taken = caps.taken(rows, now=now)
    ended = _ended(rows, now)
    return [_row(one, now, taken.get(one), ended) for one in rows]


def without_network() -> int:
    """Queued leads that no flow takes."""
    return Lead.objects.filter(network=None, delivery=Delivery.QUEUED.value).count()


def _row(
    network: Network, now: datetime, taken: caps.Taken | None, ended: dict[tuple[int, str], int]
) -> NetworkOverview:
    state = limits.state_of(network)
    closed, detail = limits.why_closed(network, state, now, taken=taken)
    polls = [moment for queue in Queue if (moment := getattr(network, _first(queue)))]
    back_off = [state.poll_after] if state and state.poll_after else []
    return NetworkOverview(
        network=network,
        now=now,
        queued=network.queued + network.claimed - network.sending,
        sending=network.sending,
        due=network.due + network.claimed - network.sending,
        oldest_due=network.oldest_due,
        delivered_minute=network.delivered_minute,
        delivered_hour=network.delivered_hour,
        attempts=sum(ended.get((network.pk, kind.value), 0) for kind in OutcomeKind),
        refusals=sum(ended.get((network.pk, kind.value), 0) for kind in REFUSALS),
        errors=sum(ended.get((network.pk, kind.value), 0) for kind in ERRORS),
        closed=closed,
        closed_detail=detail,
        half_open=limits.half_open(state, now),
        next_poll=max([min(polls), *back_off]) if polls else None,
    )


def _with_leads(now: datetime) -> QuerySet[Network]:
    """Networks with their counts of leads, each walked along an index of the network's."""
    leads = Lead.objects.filter(network=OuterRef("pk"))
    queued = leads.filter(delivery=Delivery.QUEUED.value)
    due = queued.filter(next_attempt_at__lte=now)
    # Those that wait in a worker's hand for a slot have no attempt yet.
    claimed = leads.filter(delivery=Delivery.SENDING.value)
    open_attempts = Attempt.objects.filter(lead=OuterRef("pk"), lease=OuterRef("lease"), finished_at=None)
    polled = leads.filter(next_poll_at__isnull=False)
    rows = Network.objects.select_related("state").defer("credentials", "postback_keys", "description")
    return rows.order_by("name").annotate(
        queued=_count(queued),
        claimed=_count(claimed),
        sending=_count(claimed.filter(Exists(open_attempts))),
        due=_count(due),
        oldest_due=Subquery(due.order_by("next_attempt_at").values("next_attempt_at")[:1]),
        delivered_minute=_count(leads.filter(delivered_at__gt=now - MINUTE)),
        delivered_hour=_count(leads.filter(delivered_at__gt=now - HOUR)),
        # Each queue for itself: the index goes by queue first.
        **{_first(queue): _first_poll(polled.filter(poll_queue=queue)) for queue in Queue},
    )


def _first(queue: Queue) -> str:
    return f"first_poll_{queue.value}"


def _first_poll(leads: QuerySet[Lead]) -> Subquery:
    return Subquery(leads.order_by("next_poll_at").values("next_poll_at")[:1])


def _count(leads: QuerySet[Lead]) -> Coalesce:
    counted = leads.order_by().values("network").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def _ended(rows: list[Network], now: datetime) -> dict[tuple[int, str], int]:
    """Conversations of the last hour by network and outcome."""
    attempts = Attempt.objects.filter(network__in=rows, started_at__gt=now - HOUR, finished_at__isnull=False)
    counted = attempts.order_by().values_list("network", "outcome").annotate(Count("pk"))
    return {(network, outcome): count for network, outcome, count in counted}
