"""Drains the due leads of one network: claims, sends with a bounded number in flight, settles in batches.

Only this thread touches the database; the pool's threads do HTTP and nothing else, so a network that answers slowly costs
sleeping threads and no connections.
"""

import logging
import threading
import time
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import cache

from django.db import transaction

from affiliate.delivery import bulk, claims, clock, evidence, http, limits, outcomes
from affiliate.delivery.claims import Claim
from affiliate.delivery.patience import patiently
from affiliate.integrations.messages import Answer
from affiliate.integrations.outcomes import Unclear
from affiliate.models import Attempt, Network
from affiliate.vocabulary import OutcomeKind, Status

log = logging.getLogger(__name__)
BATCH = 64
# A drain that is still busy ends after so many seconds; the sweep starts the next one.
LONGEST = 60
stopping = threading.Event()


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=256, thread_name_prefix="push")


def push_due(network_id: int) -> int:
    """Send what is due for a network; returns how many conversations ended. Several may run side by side."""
    network = Network.objects.filter(pk=network_id).first()
    return Drain(network).run() if network else 0


class Drain:
    def __init__(self, network: Network):
        self.network = network
        self.flying: dict[Future, Claim] = {}
        self.ended: Counter[str] = Counter()

    def run(self) -> int:
        until = time.monotonic() + LONGEST
        while True:
            if time.monotonic() < until and not stopping.is_set():
                for claimed in patiently(lambda: claims.claim(self.network, wanted=BATCH)):
                    self._start(claimed)
            if not self.flying:
                if self.ended:
                    log.info("%s: %s", self.network, ", ".join(f"{count} {kind}" for kind, count in self.ended.items()))
                return self.ended.total()
            done, _flying = wait(self.flying, timeout=claims.LEASE.total_seconds() / 3, return_when=FIRST_COMPLETED)
            self._advance([self.flying.pop(future) for future in done], [future.result() for future in done])

    def _start(self, claimed: Claim) -> None:
        if claimed.talk.request is None:
            # The integration ended without asking for anything, as an empty description does.
            self._end([claimed])
            return
        delay = (claimed.send_at - claimed.now).total_seconds()
        self.flying[_pool().submit(_exchange, claimed.talk.request, delay)] = claimed

    def _advance(self, claimed: list[Claim], answers: list[tuple[Answer, float]]) -> None:
        going_on, ended = [], []
        for one, (answer, seconds) in zip(claimed, answers, strict=True):
            one.attempt.exchanges[-1]["answer"] = evidence.keep_answer(answer, one.secrets, seconds)
            try:
                one.talk.answer(answer)
            except Exception:
                # A bug of the integration must not cost the lead: nobody knows what the answer meant.
                log.exception("%s cannot read an answer", self.network.integration)
                one.talk.end(Unclear("the integration could not read the answer"))
            (going_on if one.talk.request else ended).append(one)
        if going_on:
            for one in patiently(lambda: claims.step(going_on)):
                self._start(one)
        if ended:
            self._end(ended)

    def _end(self, ended: list[Claim]) -> None:
        patiently(lambda: self._settle(ended))
        self.ended.update(one.attempt.outcome for one in ended)

    def _settle(self, ended: list[Claim]) -> None:
        """Evidence first, in a transaction of its own; then what it means."""
        now = clock.now()
        for one in ended:
            outcome = one.talk.outcome
            one.attempt.finished_at, one.attempt.outcome = now, outcome.kind.value
            one.attempt.reason = evidence.reason(getattr(outcome, "reason", ""), one.secrets)
            one.attempt.eid = getattr(outcome, "eid", "")[:100]
            one.attempt.status = getattr(outcome, "status", None) or ""
        bulk.update(
            Attempt, [one.attempt for one in ended], ["exchanges", "finished_at", "outcome", "reason", "eid", "status"]
        )
        afters = [getattr(one.talk.outcome, "after", None) for one in ended]
        outcomes.settle(self.network, [_settled(one.attempt, after) for one, after in zip(ended, afters, strict=True)])


def recover(network: Network) -> int:
    """Settle a network's leads whose worker is gone; returns how many. What may have left is unclear, the rest is due again.

    An attempt that was finished but not settled is settled by what it says.
    """
    with transaction.atomic():
        limits.lock_state(network)
        now = clock.now()
        attempts = claims.expired(network, now=now)
        broken_off = {attempt.pk for attempt in attempts if attempt.finished_at is None}
        for attempt in attempts:
            claims.break_off(attempt, now=now)
        bulk.update(Attempt, attempts, ["finished_at", "outcome", "reason"])
        if attempts:
            outcomes.settle(network, [_settled(one, ours=one.pk in broken_off) for one in attempts])
    return len(attempts)


def _settled(attempt: Attempt, after: float | None = None, *, ours: bool = False) -> outcomes.Settled:
    return outcomes.Settled(
        attempt.lead_id,
        attempt.lease,
        OutcomeKind(attempt.outcome),
        attempt.started_at,
        eid=attempt.eid,
        reason=attempt.reason,
        status=Status(attempt.status) if attempt.status else None,
        after=after,
        ours=ours,
    )


def _exchange(request, delay: float) -> tuple[Answer, float]:
    if delay > 0:
        time.sleep(delay)
    started = time.monotonic()
    return http.send(request), time.monotonic() - started
