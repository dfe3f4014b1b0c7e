"""Celery entry points: a message only wakes a worker, the rows say what to do."""

from celery import shared_task

from affiliate.delivery import check, poll, processes, push, report_drain, reports, retention, statistics, wake, words
from affiliate.delivery import sweep as sweeping
from affiliate.delivery.alerts import outbox, watch
from affiliate.intake.imports import run as imports
from affiliate.postbacks import drain
from affiliate.postbacks import words as meanings
from affiliate.sandbox import reports as sandbox_reports


@shared_task(name="affiliate.push_due")
def push_due(network_id: int) -> None:
    wake.awake("affiliate.push_due", network_id)
    push.push_due(network_id)


@shared_task(name="affiliate.poll_due")
def poll_due(network_id: int) -> None:
    wake.awake("affiliate.poll_due", network_id)
    poll.poll_due(network_id)


@shared_task(name="affiliate.apply_postbacks")
def apply_postbacks() -> None:
    wake.awake("affiliate.apply_postbacks")
    while drain.apply_due():
        pass


@shared_task(name=words.ADD_UP)
def status_words() -> None:
    wake.awake(words.ADD_UP)
    words.add_up()
    meanings.apply_due()


@shared_task(name="affiliate.sweep")
def sweep() -> None:
    processes.worker_lives()
    sweeping.sweep()


@shared_task(name=statistics.COUNT_HOURS)
def count_hours() -> None:
    wake.awake(statistics.COUNT_HOURS)
    statistics.count_all()


@shared_task(name="affiliate.send_reports")
def send_reports(host: str) -> None:
    wake.awake("affiliate.send_reports", host)
    report_drain.send_due(host)


@shared_task(name="affiliate.sweep_reports")
def sweep_reports() -> None:
    reports.sweep()


@shared_task(name=imports.RUN)
def import_leads(number: int) -> None:
    wake.awake(imports.RUN, number)
    imports.run(number)


@shared_task(name="affiliate.sweep_imports")
def sweep_imports() -> None:
    imports.sweep()


@shared_task(name="affiliate.alerts")
def alerts() -> None:
    watch.watch()
    outbox.send_due()


@shared_task(name="affiliate.forget")
def forget() -> None:
    retention.forget()
    imports.forget()


@shared_task(name="affiliate.sandbox_report")
def sandbox_report() -> None:
    wake.awake("affiliate.sandbox_report")
    sandbox_reports.send_due()


@shared_task(name="affiliate.check_connections")
def check_connections() -> None:
    check.wake_paused()


@shared_task(name="affiliate.check_paused")
def check_paused(network_id: int) -> None:
    wake.awake("affiliate.check_paused", network_id)
    check.check_paused(network_id)
