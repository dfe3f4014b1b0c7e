"""Asks a network whether it takes the account's credentials; nothing that is asked can create a lead."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_noop

from affiliate.delivery import actions, clock, evidence, http, limits, record, wake
from affiliate.delivery.hearing import hear
from affiliate.integrations import checking
from affiliate.integrations.conversation import Conversation
from affiliate.integrations.messages import Answer
from affiliate.models import ConnectionCheck, Network, NetworkState
from affiliate.vocabulary import CheckVerdict

# A network that pauses again for the same reason refuses something that its check does not see: nobody but a person may
# send it another lead to try, for so long.
SAME_REASON = timedelta(days=1)


class CannotCheck(ValueError):
    """No harmless request of this network is known."""


@dataclass(frozen=True)
class Checked:
    """`resumed`: the network was paused, and no longer is."""

    found: ConnectionCheck
    resumed: bool


def check(network: Network) -> Checked:
    """A person asks. A network that works is taken off its pause. Raises CannotCheck."""
    if not network.integrate().can_check():
        raise CannotCheck(network.integration)
    started = clock.now()
    found = _ask(network, started)
    resumed = found.verdict == CheckVerdict.WORKS and _pause(network, started) is not None
    if resumed:
        actions.resume(network)
    return Checked(found, resumed)


def check_paused(network_id: int) -> bool:
    """The hub asks for itself whether a paused network works again; True when that ended its pause."""
    network = Network.objects.filter(pk=network_id, enabled=True).first()
    started = clock.now()
    if network is None or not network.integrate().can_check() or not _pause(network, started):
        return False
    found = _ask(network, started)
    pause = _pause(network, started)
    if found.verdict != CheckVerdict.WORKS or not pause or _in_vain(found, pause, started):
        return False
    with transaction.atomic():
        found.resumed_at, found.resumed_reason = started, pause.paused_reason
        found.save(update_fields=["resumed_at", "resumed_reason"])
        actions.resume(network)
        record.note(network, gettext_noop("Resumed: the check of the connection found it working."))
    return True


def forget(network: Network) -> None:
    """What was found of other settings says nothing of these."""
    ConnectionCheck.objects.filter(network=network).delete()


def wake_paused() -> None:
    """A task for each paused network, so that one that does not answer keeps no other waiting."""
    paused = Network.objects.filter(enabled=True, state__paused_at__isnull=False)
    for network_id in paused.values_list("pk", flat=True):
        wake.send("affiliate.check_paused", network_id)


def _pause(network: Network, before: datetime) -> NetworkState | None:
    """The pause, if it began before a moment: a later one is told by a lead that knows more than the check."""
    return NetworkState.objects.filter(network=network, paused_at__lte=before).first()


def _in_vain(found: ConnectionCheck, pause: NetworkState, now: datetime) -> bool:
    same = found.resumed_reason == pause.paused_reason
    return bool(found.resumed_at) and same and found.resumed_at > now - SAME_REASON


def _ask(network: Network, started: datetime) -> ConnectionCheck:
    integration = network.integrate()
    secrets, exchanges, last = integration.secrets, [], None
    talk = checking.check(integration, now=started)
    while talk.request:
        exchange = {"request": evidence.keep_request(talk.request, secrets), "answer": None}
        exchanges.append(exchange)
        last, seconds = _send(network, talk)
        exchange["answer"] = evidence.keep_answer(last, secrets, seconds)
        hear(talk, last, integration=network.integration)
    verdict = checking.verdict(talk.outcome, last)
    reason = "" if verdict is CheckVerdict.WORKS else _reason(talk, last)
    found, _created = ConnectionCheck.objects.update_or_create(
        network=network,
        defaults={
            "checked_at": started,
            "verdict": verdict.value,
            "reason": evidence.reason(reason, secrets),
            "exchanges": exchanges,
        },
    )
    return found


def _send(network: Network, talk: Conversation) -> tuple[Answer, float]:
    """The answer and how many seconds it took. The request waits for its turn among the network's others."""
    with transaction.atomic():
        wait = limits.next_slot(network)
    time.sleep(wait)
    started = time.monotonic()
    answer = http.send(talk.request, limit=http.POLL_LIMIT)
    return answer, time.monotonic() - started


def _reason(talk: Conversation, last: Answer | None) -> str:
    said = getattr(talk.outcome, "reason", "")
    return said or (f"HTTP {last.status}: {last.excerpt}" if last else "")
