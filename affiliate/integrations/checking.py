"""Checks of a connection: a conversation about nobody, and what its end says of the credentials."""

from datetime import datetime

from affiliate.integrations.base import Integration
from affiliate.integrations.conversation import Conversation
from affiliate.integrations.lead import Lead
from affiliate.integrations.messages import TRY_LATER, Answer
from affiliate.integrations.outcomes import Outcome
from affiliate.vocabulary import CheckVerdict, OutcomeKind

# What a check asks for where the integration names no id of its own.
NO_OID, NO_EID = "0" * 26, "0"
MOST_REQUESTS = 2


def check(integration: Integration, *, now: datetime) -> Conversation:
    """`integration.can_check()` must hold."""
    nobody = Lead(oid=NO_OID, eid=integration.nobody or NO_EID, created_at=now)
    return Conversation(integration.check(nobody), max_requests=MOST_REQUESTS)


def verdict(outcome: Outcome, last: Answer | None) -> CheckVerdict:
    """`last` is the answer that ended the conversation, None where nothing was asked.

    A refusal counts where the network itself put it into words or into 401 or 403: a page that is not there says nothing of
    a key, and an error that means "no such lead" does not either.
    """
    if last is None:
        return CheckVerdict.UNEXPECTED
    if outcome.kind is OutcomeKind.ACCEPTED and last.ok:
        return CheckVerdict.WORKS
    if last.error or last.status >= 500 or last.status in TRY_LATER:
        return CheckVerdict.UNREACHABLE
    refused = outcome.kind in (OutcomeKind.MISCONFIGURED, OutcomeKind.REFUSED)
    if refused and (last.ok or last.status in (401, 403)):
        return CheckVerdict.REFUSED
    return CheckVerdict.UNEXPECTED
