"""Asks a network for the statuses of the leads it has."""

import logging
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from affiliate.delivery import bulk, clock, evidence, http, limits, poll_schedule, statuses, words
from affiliate.delivery.hearing import hear
from affiliate.delivery.poll_schedule import Queue
from affiliate.delivery.wire_lead import wire_lead
from affiliate.integrations import conversation
from affiliate.integrations.base import Asked
from affiliate.integrations.outcomes import Outcome, StatusReport, Unclear
from affiliate.models import Lead, Network, StatusPoll
from affiliate.vocabulary import ChangeSource, Delivery, OutcomeKind

log = logging.getLogger(__name__)
# A worker that dies in a poll gives its leads back after so long.
LEASE = timedelta(minutes=10)
LONGEST = 60
BACK_OFF = timedelta(minutes=5)
LONGEST_BACK_OFF = timedelta(hours=6)


def poll_due(network_id: int) -> int:
    """Poll what is due at a network, pack by pack; returns how many leads were asked for. Stops at the first failure."""
    network = Network.objects.filter(pk=network_id).first()
    if network is None or not network.enabled or not network.integrate().can_poll():
        return 0
    until, asked = time.monotonic() + LONGEST, 0
    while time.monotonic() < until:
        leads = claim(network)
        if not leads:
            break
        asked += len(leads)
        if not Poll(network, leads).run():
            break
    return asked


def claim(network: Network) -> list[Lead]:
    """A pack of due leads, whoever waits longest first. They are due again after the lease.

    Each queue has its places in the pack; what is free is filled, undecided leads first.
    """
    with transaction.atomic():
        state = limits.lock_state(network)
        now = clock.now()
        if state.paused_at or (state.poll_after and state.poll_after > now):
            return []
        size = network.integrate().batch
        # By nothing else: leads that people have asked for are due at one moment, and would all be sorted for each pack.
        due = Lead.objects.filter(network=network, next_poll_at__lte=now).order_by("next_poll_at")
        waiting = {queue: list(bulk.skip_locked(due.filter(poll_queue=queue))[:size]) for queue in Queue}
        leads = _pack(waiting, poll_schedule.shares(turn=state.poll_turn, size=size), size)
        if leads:
            Lead.objects.filter(pk__in=[lead.pk for lead in leads]).update(next_poll_at=now + LEASE)
            state.poll_turn = (state.poll_turn + len(leads)) % len(poll_schedule.ROTA)
            state.save(update_fields=["poll_turn"])
        return leads


def _pack(waiting: dict[Queue, list[Lead]], shares: Mapping[Queue, int], size: int) -> list[Lead]:
    pack = [lead for queue, leads in waiting.items() for lead in leads[: shares[queue]]]
    undecided = sorted(
        [lead for queue in (Queue.YOUNG, Queue.OLD) for lead in waiting[queue][shares[queue] :]],
        key=lambda lead: lead.next_poll_at,
    )
    rest = [*undecided, *waiting[Queue.DECIDED][shares[Queue.DECIDED] :]]
    return pack + rest[: size - len(pack)]


class Poll:
    """One conversation about a pack of leads."""

    def __init__(self, network: Network, leads: Sequence[Lead]):
        self.network, self.leads = network, leads
        self.integration = network.integrate()
        self.secrets = self.integration.secrets
        self.row = StatusPoll(network=network, leads_asked=len(leads), started_at=clock.now())

    def run(self) -> bool:
        """True when the network answered everything. Reports that came before a failure count."""
        talk = self._open()
        while talk.request:
            hear(talk, self._exchange(talk.request), integration=self.network.integration)
        self._finish(talk.outcome, talk.reports)
        return talk.outcome.kind is OutcomeKind.ACCEPTED

    def _open(self) -> conversation.Conversation:
        try:
            return conversation.poll(self.integration, [wire_lead(lead) for lead in self.leads])
        except Exception:
            log.exception("%s cannot read a status answer or ask for one", self.network.integration)
            return conversation.ended(Unclear("the integration could not make a request"))

    def _exchange(self, request):
        with transaction.atomic():
            wait = limits.next_slot(self.network)
        self.row.exchanges.append({"request": evidence.keep_request(request, self.secrets), "answer": None})
        self.row.save()
        time.sleep(wait)
        started = time.monotonic()
        answer = http.send(request, limit=http.POLL_LIMIT)
        kept = evidence.keep_answer(answer, self.secrets, time.monotonic() - started)
        self.row.exchanges[-1]["answer"] = kept
        return answer

    def _finish(self, outcome: Outcome, reports: Sequence[StatusReport]) -> None:
        self.row.finished_at, self.row.outcome = clock.now(), outcome.kind.value
        self.row.reason = evidence.reason(getattr(outcome, "reason", ""), self.secrets)
        self.row.leads_reported = len(reports)
        self.row.save()
        with transaction.atomic():
            now = clock.now()
            state = limits.lock_state(self.network)
            self._leave_out_those_that_moved_on()
            reported = self._apply(reports)
            failed = outcome.kind is not OutcomeKind.ACCEPTED
            if failed:
                state.poll_failures += 1
                rest = max(_back_off(state.poll_failures), timedelta(seconds=getattr(outcome, "after", None) or 0))
                # Whatever is wrong with the poll, leads still go out: a push finds out for itself whether the key is bad.
                state.poll_after = now + rest
            else:
                state.poll_failures, state.poll_after = 0, None
            state.save(update_fields=["poll_failures", "poll_after"])
            self._schedule(now, reported=reported, complete=not failed)

    def _leave_out_those_that_moved_on(self) -> None:
        """What this network says of a lead that went to another one meanwhile, or was deleted, is no news."""
        ours = bulk.locked(Lead.objects.filter(pk__in=[lead.pk for lead in self.leads], network=self.network))
        kept = set(ours.values_list("pk", flat=True))
        self.leads = [lead for lead in self.leads if lead.pk in kept]

    def _apply(self, reports: Sequence[StatusReport]) -> set[int]:
        """Apply what was learnt; the ids of the leads it was about."""
        asked, rows = Asked([wire_lead(lead) for lead in self.leads]), {lead.oid: lead.pk for lead in self.leads}
        wanted = []
        for report in reports:
            if found := asked.find(eid=report.eid, oid=report.oid):
                wanted.append(
                    statuses.Report(
                        rows[found.oid],
                        report.status,
                        report.raw_status,
                        report.comment,
                        report.payout,
                        report.currency,
                        report.eid,
                        why=words.why(report.status),
                    )
                )
        results = statuses.apply(wanted, source=ChangeSource.POLL)
        self.row.leads_changed = sum(result.changed for result in results)
        self.row.save(update_fields=["leads_changed"])
        return {report.lead_id for report in wanted}

    def _schedule(self, now: datetime, *, reported: set[int], complete: bool) -> None:
        """Each asked lead's next poll by its age, whether it was reported or not: one lead that the network cannot answer
        for never keeps the others from being asked."""
        leads = list(bulk.locked(Lead.objects.filter(pk__in=[lead.pk for lead in self.leads])))
        for lead in leads:
            if complete or lead.pk in reported:
                lead.polled_at = now
            if lead.delivery == Delivery.UNCLEAR:
                poll_schedule.look_up(lead, now=now, answered=complete)
                if lead.next_poll_at is None:
                    lead.delivery_reason = "the network was asked by our id and does not know the lead"
            else:
                poll_schedule.plan(lead, since=lead.delivered_at or lead.created_at, now=now)
        bulk.update(Lead, leads, ["next_poll_at", "poll_queue", "polled_at", "delivery_reason"])


def _back_off(failures: int) -> timedelta:
    return min(BACK_OFF * 2 ** min(failures - 1, 10), LONGEST_BACK_OFF)
