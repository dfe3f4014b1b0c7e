"""Sends the due reports of one host: one worker at a time, a bounded number in flight, settled in batches.

Only this thread touches the database. A worker that dies leaves its reports queued; those whose call was made already are
sent once more, which receivers know by the event id.
"""

import logging
import time
import uuid
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from affiliate.delivery import bulk, clock, evidence, http, push, report_requests, reports, retry
from affiliate.delivery.patience import patiently
from affiliate.integrations.messages import TRY_LATER, Answer, Request
from affiliate.models import Report, ReportAddress, ReportHost
from affiliate.models.report import ReportState

log = logging.getLogger(__name__)
BATCH = 200
# A drain that is still busy ends after so many seconds; the sweep starts the next one.
LONGEST = 60
LEASE = timedelta(seconds=settings.LEASE_SECONDS)
ANSWER_LIMIT = 64 * 1024
# Exchanges that a report keeps, the latest ones.
KEPT = 3
# Seconds that a host which is down rests; each failure more doubles the rest.
REST, LONGEST_REST = 15, 600
_SETTLED = [
    "state",
    "reason",
    "attempts_made",
    "next_attempt_at",
    "digest",
    "exchanges",
    "finished_at",
    "forced",
]


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=128, thread_name_prefix="report")


@dataclass
class Job:
    report: Report
    address: ReportAddress
    request: Request
    digest: str


def send_due(host: str) -> int:
    """Send what is due for a host; returns how many calls ended. Another worker that serves it now is left to it."""
    drain = Drain(host)
    while drain.take_lease():
        try:
            drain.run()
        finally:
            drain.give_lease_back()
        # What was queued between the last look and the end of the lease woke a worker in vain.
        if push.stopping.is_set() or time.monotonic() > drain.until or not drain.has_due():
            break
    return drain.ended.total()


class Drain:
    def __init__(self, host: str):
        self.host, self.lease = host, uuid.uuid4()
        self.until = time.monotonic() + LONGEST
        self.waiting: list[Job] = []
        self.flying: dict[Future, Job] = {}
        self.ended: Counter[str] = Counter()
        # Failures of the host in a row, and whether it has to rest before the next try.
        self.failures, self.rests = 0, False

    def take_lease(self) -> bool:
        ReportHost.objects.bulk_create([ReportHost(host=self.host)], ignore_conflicts=True)
        now = clock.now()
        free = (Q(lease_until=None) | Q(lease_until__lt=now)) & (Q(resting_until=None) | Q(resting_until__lte=now))
        taken = ReportHost.objects.filter(free, host=self.host).update(lease=self.lease, lease_until=now + LEASE)
        if taken:
            self.failures = ReportHost.objects.values_list("failures", flat=True).get(host=self.host)
        return bool(taken)

    def give_lease_back(self) -> None:
        ReportHost.objects.filter(host=self.host, lease=self.lease).update(lease=None, lease_until=None)

    def run(self) -> None:
        while True:
            if not self.waiting and self._goes_on():
                self.waiting = patiently(self._pick)
            while self.waiting and len(self.flying) < self._room() and not push.stopping.is_set():
                self._start(self.waiting.pop(0))
            if not self.flying:
                break
            ended, _flying = wait(self.flying, timeout=LEASE.total_seconds() / 3, return_when=FIRST_COMPLETED)
            done = list(ended)
            jobs = [self.flying.pop(future) for future in done]
            now = patiently(clock.now)
            for job, future in zip(jobs, done, strict=True):
                self._apply(job, *future.result(), now)
            self.rests = self.failures >= reports.PATIENCE
            if not patiently(partial(self._settle, jobs, now)):
                self.waiting, self.until = [], 0
        if self.ended:
            log.info("%s: %s", self.host, ", ".join(f"{count} {kind}" for kind, count in self.ended.items()))

    def has_due(self) -> bool:
        return self._addresses().exists()

    def _goes_on(self) -> bool:
        return time.monotonic() < self.until and not push.stopping.is_set() and not self.rests

    def _room(self) -> int:
        """After a rest one try finds out whether the host is back."""
        return 0 if self.rests else 1 if self.failures >= reports.PATIENCE else settings.REPORTS_IN_FLIGHT

    def _addresses(self) -> QuerySet[ReportAddress]:
        """Those that have reports to take."""
        return reports.addresses_due(now=clock.now()).filter(host=self.host)

    def _pick(self) -> list[Job]:
        """The next reports to send, one a lead and address; those that say nothing new are settled here."""
        jobs, unchanged, now = [], [], clock.now()
        due = reports.due(now=now).exclude(pk__in=[job.report.pk for job in self.flying.values()])
        addresses, rows = list(self._addresses()), []
        # Address by address, each along its index: a long queue is not sorted for each batch.
        for address in addresses:
            of_address = due.filter(address=address).select_related("address", "lead").order_by("next_attempt_at")
            rows += of_address[: -(-BATCH // len(addresses))]
        told = _told(rows)
        for report in rows:
            digest = report_requests.digest(report.address, report, report.lead)
            if digest == told.get((report.address_id, report.lead_id)) and not report.forced:
                report.state, report.next_attempt_at, report.finished_at = ReportState.UNCHANGED, None, now
                unchanged.append(report)
                continue
            asked = report_requests.request(report.address, report, report.lead)
            jobs.append(Job(report, report.address, asked, digest))
        with transaction.atomic():
            bulk.update(Report, unchanged, ["state", "next_attempt_at", "finished_at"])
        # A batch of nothing new may hide others behind it.
        return jobs if jobs or not unchanged else self._pick()

    def _start(self, job: Job) -> None:
        job.request = report_requests.signed(job.request, job.address, job.report, timestamp=int(time.time()))
        self.flying[_pool().submit(_exchange, job.request)] = job

    def _settle(self, jobs: list[Job], now: datetime) -> bool:
        """Write what became of the calls and renew the lease; False when another worker has it by now."""
        rest = min(REST * 2 ** min(self.failures - reports.PATIENCE, 10), LONGEST_REST) if self.rests else None
        with transaction.atomic():
            bulk.update(Report, [job.report for job in jobs], _SETTLED)
            ours = ReportHost.objects.filter(host=self.host, lease=self.lease)
            return bool(
                ours.update(
                    lease_until=now + LEASE,
                    failures=self.failures,
                    resting_until=rest and now + timedelta(seconds=rest),
                )
            )

    def _apply(self, job: Job, answer: Answer, seconds: float, now: datetime) -> None:
        report, secrets = job.report, job.address.masked
        kept = {
            "request": evidence.keep_request(job.request, secrets),
            "answer": evidence.keep_answer(answer, secrets, seconds),
        }
        report.exchanges = [*report.exchanges, kept][-KEPT:]
        report.attempts_made += 1
        why = report_requests.refusal(answer)
        report.reason = evidence.reason(why, secrets)
        if not why:
            report.state, report.digest, report.next_attempt_at = ReportState.SENT, job.digest, None
            report.finished_at, report.forced = now, False
        else:
            report.next_attempt_at = retry.next_try(
                attempts=report.attempts_made,
                now=now,
                deadline=None,
                after=answer.retry_after,
                schedule=settings.REPORT_SCHEDULE,
            )
            if report.next_attempt_at is None:
                report.state, report.finished_at = ReportState.FAILED, now
        # An answer of any kind shows that the host works, unless it says that it does not.
        broken = answer.error or answer.status >= 500 or answer.status in TRY_LATER
        self.failures = self.failures + 1 if broken else 0
        self.ended["sent" if not why else "failed"] += 1


def _told(rows: list[Report]) -> dict[tuple[int, int], str]:
    """The digest of what each address was told last of each lead."""
    sent = Report.objects.filter(
        address__in={report.address_id for report in rows},
        lead__in={report.lead_id for report in rows},
        state=ReportState.SENT,
    )
    return {
        (address, lead): digest
        for address, lead, digest in sent.order_by("pk").values_list("address_id", "lead_id", "digest")
    }


def _exchange(request: Request) -> tuple[Answer, float]:
    started = time.monotonic()
    return http.send(request, limit=ANSWER_LIMIT), time.monotonic() - started
