"""Drives a push or a poll one request at a time. Who sends the requests is the caller's business."""

from collections.abc import Sequence
from dataclasses import replace

from affiliate.integrations.base import Integration
from affiliate.integrations.lead import Lead
from affiliate.integrations.messages import Answer, Request
from affiliate.integrations.outcomes import Accepted, Outcome, StatusReport, Unclear

MAX_REQUESTS = 20
DONE = Accepted()


class Conversation:
    """`request` is what to send next, None once `outcome` is known; `reports` grows during a poll.

    `in_silence` is the outcome of one that ends without saying any.

    Usage: `while talk.request: talk.answer(send(talk.request))`.
    """

    def __init__(self, generator, *, max_requests: int = MAX_REQUESTS, in_silence: Outcome = DONE):
        self._generator = generator
        self._left, self._in_silence = max_requests, in_silence
        self.reports: list[StatusReport] = []
        self.request: Request | None = None
        self.outcome: Outcome | None = None
        self._advance(None)

    def end(self, outcome: Outcome) -> None:
        """Break the conversation off with an outcome of the caller's."""
        self._generator.close()
        self.request, self.outcome = None, outcome

    def answer(self, answer: Answer) -> None:
        self._advance(replace(answer, commits=self.request.commits))

    def _advance(self, value) -> None:
        self.request = None
        try:
            step = self._generator.send(value)
            while isinstance(step, StatusReport):
                self.reports.append(step)
                step = self._generator.send(None)
        except StopIteration as end:
            self.outcome = end.value or self._in_silence
            return
        if self._left == 0:
            self._generator.close()
            self.outcome = Unclear("too many requests in one conversation")
            return
        self._left -= 1
        self.request = step


def push(integration: Integration, lead: Lead) -> Conversation:
    """Of a lead something has to be said: one that comes to no outcome is not taken for accepted."""
    return Conversation(integration.push(lead), in_silence=Unclear("the integration came to no outcome"))


def poll(integration: Integration, leads: Sequence[Lead]) -> Conversation:
    return Conversation(integration.poll(leads), max_requests=MAX_REQUESTS + 2 * len(leads))


def ended(outcome: Outcome) -> Conversation:
    """A conversation that is over before its first request."""

    def nothing():
        return outcome
        yield

    return Conversation(nothing())
