"""Reports decisions to partners by postback, as networks do: over real HTTP."""

import logging
from datetime import timedelta
from urllib.parse import quote

import requests

from affiliate.delivery import clock
from affiliate.models import SandboxAccount, SandboxOrder
from affiliate.sandbox.behaviours import CURRENCY, Decides

log = logging.getLogger(__name__)
BATCH = 200
TIMEOUTS = (3, 10)
# How long a report belongs to the worker that took it, and so the pause before it is tried once more.
LEASE = timedelta(seconds=20)
PATIENCE = timedelta(days=1)


def send_due() -> int:
    """Send the reports that are due; returns how many arrived. An account whose hub does not answer waits for the next run."""
    accounts = {account.pk: account for account in SandboxAccount.objects.all() if account.postback_url}
    now = clock.now()
    due = SandboxOrder.objects.filter(
        account__in=accounts, reported_at=None, report_at__lte=now, created_at__gt=now - PATIENCE
    )
    arrived, silent = 0, set()
    with requests.Session() as session:
        session.trust_env = False
        for order in due.order_by("report_at")[:BATCH]:
            if order.account_id in silent or not _claim(order):
                continue
            if _send(session, report_url(accounts[order.account_id].postback_url, order)):
                SandboxOrder.objects.filter(pk=order.pk).update(reported_at=clock.now())
                arrived += 1
            else:
                silent.add(order.account_id)
    return arrived


def _claim(order: SandboxOrder) -> bool:
    """Only one of two workers that saw the order due moves its time on."""
    mine = SandboxOrder.objects.filter(pk=order.pk, reported_at=None, report_at=order.report_at)
    return mine.update(report_at=clock.now() + LEASE) == 1


def report_url(url: str, order: SandboxOrder) -> str:
    decision = Decides(order.decision)
    values = {
        "sub1": order.sub1,
        "status": decision.value,
        "payout": decision.payout,
        "currency": CURRENCY,
        "id": order.number,
    }
    for name, value in values.items():
        url = url.replace(f"{{{name}}}", quote(value, safe=""))
    return url


def _send(session: requests.Session, url: str) -> bool:
    """The address holds the partner's key, so no message may repeat it."""
    try:
        answer = session.get(url, timeout=TIMEOUTS, allow_redirects=False)
    except (requests.RequestException, ValueError) as error:
        log.warning("a sandbox postback did not arrive: %s", type(error).__name__)
        return False
    if answer.status_code != 200:
        log.warning("a sandbox postback was answered with HTTP %s", answer.status_code)
    return answer.status_code == 200
