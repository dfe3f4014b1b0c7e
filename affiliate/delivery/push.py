"""Drains the due leads of one network: claims ahead, sends with a bounded number in flight, settles in batches.

Only this thread touches the database; the pool's threads do HTTP and nothing else, so a network that answers slowly costs
sleeping threads and no connections. A lead begins as soon as a slot is free, whatever else there is to do.
"""

import logging
import threading
import time
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from queue import Empty, SimpleQueue

from django.conf import settings
from django.db import transaction

from affiliate.delivery import attempts, bulk, claims, clock, evidence, http, limits, outcomes, wake
from affiliate.delivery.claims import Claim
from affiliate.delivery.hearing import hear
from affiliate.delivery.patience import patiently
from affiliate.integrations.messages import Answer
from affiliate.models import Attempt, Network
from affiliate.vocabulary import OutcomeKind, Status

log = logging.getLogger(__name__)
# A drain that is still busy ends after so many seconds, so that other networks get their turn.
LONGEST = 60
# Answers are settled so many at once, or when the first of them is so old, in seconds.
SETTLE, SETTLE_AFTER = 32, 0.05
# So often a drain looks what the network takes and whether more is due, in seconds.
LOOK = 1.0
# A network's rate hands out turns a second ahead; without one it is asked again after so many seconds.
TURN = 0.2
stopping = threading.Event()


@cache
def _pool() -> ThreadPoolExecutor:
    # As many as all drains of a worker may fly: one never waits for a thread that another holds.
    most = settings.CELERY_WORKER_CONCURRENCY * limits.LARGEST_SHARE
    return ThreadPoolExecutor(max_workers=most, thread_name_prefix="push")


def push_due(network_id: int) -> int:
    """Send what is due for a network; returns how many conversations ended. Several may run side by side."""
    network = Network.objects.filter(pk=network_id).first()
    return Drain(network).run() if network else 0


class Drain:
    """`ready` leads are claimed and wait for a slot, `flying` ones are on their way, `ended` ones are not settled yet."""

    def __init__(self, network: Network):
        self.network, self.share = network, limits.Share()
        self.ready: deque[Claim] = deque()
        self.flying: set[Claim] = set()
        self.ended: list[Claim] = []
        self.answers: SimpleQueue[tuple[Claim, Answer, float]] = SimpleQueue()
        self.counted: Counter[str] = Counter()
        self.until = time.monotonic() + LONGEST
        self.settle_at = self.look_at = self.begin_at = 0.0
        self.renew_at = time.monotonic() + claims.LEASE.total_seconds() / 3

    def run(self) -> int:
        while self._turn():
            pass
        if self.counted:
            log.info("%s: %s", self.network, ", ".join(f"{count} {kind}" for kind, count in self.counted.items()))
        return self.counted.total()

    def _turn(self) -> bool:
        """The most urgent piece of work; False when nothing is left."""
        now = time.monotonic()
        self._begin()
        if self._due_to_settle(now):
            self._settle()
        elif now >= self.renew_at:
            self._renew(now)
        elif self._over(now):
            self._give_back()
            if not self._busy:
                return self._leave()
        elif now >= self.look_at or self._hungry:
            self._claim(now)
            if self.share.dry and not self._busy:
                return False
        self._take_answers(self._rest())
        return True

    @property
    def _busy(self) -> bool:
        return bool(self.ready or self.flying or self.ended)

    @property
    def _hungry(self) -> bool:
        """Whether a claim is worth its transaction."""
        missing = self.share.wanted - len(self.ready) - len(self.flying)
        return not self.share.dry and missing >= max(self.share.slots // 2, 1)

    def _due_to_settle(self, now: float) -> bool:
        # Where nothing flies, no further answer is worth waiting for.
        waits = self.flying and now < self.settle_at and len(self.ended) < max(min(SETTLE, self.share.slots), 1)
        return bool(self.ended) and not waits

    def _over(self, now: float) -> bool:
        return now >= self.until or stopping.is_set()

    def _claim(self, now: float) -> None:
        if now >= self.look_at:
            self.network = patiently(lambda: Network.objects.get(pk=self.network.pk))
        self.share.in_hand = len(self.ready) + len(self.flying)
        self.ready.extend(patiently(lambda: claims.claim(self.network, self.share)))
        self.look_at = now + LOOK
        if self.share.closed not in ("", limits.CAP):
            self._give_back()

    @property
    def _free(self) -> int:
        """How many leads may begin. Answers that pile up keep slots: a network that only fails is found out in time."""
        slots = self.share.slots
        return min(len(self.ready), min(slots, 2 * slots - len(self.ended)) - len(self.flying))

    def _begin(self) -> None:
        if self._free <= 0 or time.monotonic() < self.begin_at:
            return
        starting = [self.ready.popleft() for _number in range(self._free)]
        begun, waiting = patiently(lambda: claims.begin(self.network, starting))
        if waiting:
            # The network's rate gives them no turn yet.
            self.ready.extendleft(reversed(waiting))
            self.begin_at = time.monotonic() + TURN
        self._fly(begun)

    def _fly(self, claimed: list[Claim]) -> None:
        for one in claimed:
            if one.talk.request is None:
                # The integration ended without asking for anything, as an empty description does.
                self._end(one)
            else:
                self.flying.add(one)
                _pool().submit(self._exchange, one)

    def _exchange(self, one: Claim) -> None:
        answer, started = Answer(error="reset"), time.monotonic()
        try:
            if one.delay > 0:
                time.sleep(one.delay)
                started = time.monotonic()
            answer = http.send(one.talk.request)
        except Exception:
            log.exception("%s: a request broke off", self.network)
        finally:
            self.answers.put((one, answer, time.monotonic() - started))

    def _take_answers(self, wait: float = 0.0) -> None:
        """Read the answers that are there; wait so long for one, in seconds, if there is none."""
        going_on = []
        while True:
            try:
                one, answer, seconds = self.answers.get(wait > 0, max(wait, 0))
            except Empty:
                break
            wait = 0
            one.attempt.exchanges[-1]["answer"] = evidence.keep_answer(answer, one.secrets, seconds)
            hear(one.talk, answer, integration=self.network.integration)
            self.flying.discard(one)
            if one.talk.request:
                going_on.append(one)
            else:
                self._end(one)
        if going_on:
            self._fly(patiently(lambda: claims.step(going_on)))

    def _rest(self) -> float:
        """How long there is nothing to do but to wait for an answer, in seconds."""
        now = time.monotonic()
        moments = [self.renew_at]
        if self.ended:
            moments.append(self.settle_at if self.flying else now)
        if self._free > 0:
            moments.append(self.begin_at)
        if not self._over(now):
            moments.append(now if self._hungry else self.look_at)
        elif not self.flying:
            moments.append(now)
        return min(moments) - now

    def _end(self, one: Claim) -> None:
        if not self.ended:
            self.settle_at = time.monotonic() + SETTLE_AFTER
        self.ended.append(one)

    def _settle(self) -> None:
        ended = list(self.ended)
        results = patiently(lambda: _keep(ended))
        # Slots that became free meanwhile need not wait for the rest.
        self._take_answers()
        self._begin()
        goes_on = patiently(lambda: outcomes.settle(self.network, results))
        self.ended = self.ended[len(ended) :]
        self.settle_at = time.monotonic() + SETTLE_AFTER
        self.counted.update(one.attempt.outcome for one in ended)
        if not goes_on:
            self._give_back()
        if not goes_on or not self._busy:
            self.look_at = 0.0

    def _renew(self, now: float) -> None:
        in_hand = [*self.flying, *self.ended, *self.ready]
        patiently(lambda: claims.renew(self.network, self.share, in_hand))
        self.renew_at = now + claims.LEASE.total_seconds() / 3

    def _give_back(self) -> None:
        if self.ready:
            waiting, self.ready = list(self.ready), deque()
            patiently(lambda: claims.give_back(waiting))

    def _leave(self) -> bool:
        patiently(lambda: claims.leave(self.network, self.share))
        if not stopping.is_set():
            wake.send(outcomes.PUSH_DUE, self.network.pk)
        return False


def _keep(ended: list[Claim]) -> list[outcomes.Settled]:
    """Write the evidence, in a transaction of its own; what it means is the caller's to settle after."""
    now = clock.now()
    for one in ended:
        outcome = one.talk.outcome
        one.attempt.finished_at, one.attempt.outcome = now, outcome.kind.value
        one.attempt.reason = evidence.reason(getattr(outcome, "reason", ""), one.secrets)
        one.attempt.eid = getattr(outcome, "eid", "")[:100]
        one.attempt.status = getattr(outcome, "status", None) or ""
        one.attempt.word = getattr(outcome, "word", "")[:100]
    columns = ["exchanges", "finished_at", "outcome", "reason", "eid", "status", "word"]
    bulk.update(Attempt, [one.attempt for one in ended], columns)
    afters = [getattr(one.talk.outcome, "after", None) for one in ended]
    return [_settled(one.attempt, after, ours=_ours(one)) for one, after in zip(ended, afters, strict=True)]


def _ours(ended: Claim) -> bool:
    """A lead that no request could be made for is no failure of the network; settings that lack something are its own."""
    return not ended.attempt.exchanges and ended.talk.outcome.kind is OutcomeKind.POSTPONED


def recover(network: Network) -> int:
    """Settle a network's leads whose worker is gone; returns how many. What may have left is unclear, the rest is due again.

    An attempt that was finished but not settled is settled by what it says.
    """
    with transaction.atomic():
        limits.lock_state(network)
        now = clock.now()
        gone, given_back = claims.expired(network, now=now)
        broken_off = {attempt.pk for attempt in gone if attempt.finished_at is None}
        for attempt in gone:
            attempts.break_off(attempt, now=now)
        bulk.update(Attempt, gone, ["finished_at", "outcome", "reason"])
        if gone:
            outcomes.settle(network, [_settled(one, ours=one.pk in broken_off) for one in gone])
    return len(gone) + given_back


def _settled(attempt: Attempt, after: float | None = None, *, ours: bool = False) -> outcomes.Settled:
    return outcomes.Settled(
        attempt.lead_id,
        attempt.lease,
        OutcomeKind(attempt.outcome),
        attempt.started_at,
        eid=attempt.eid,
        reason=attempt.reason,
        status=Status(attempt.status) if attempt.status else None,
        word=attempt.word,
        after=after,
        ours=ours,
    )
