"""What a network would be sent and how an answer would be read, without a lead and without the network."""

import base64
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from affiliate.delivery import evidence, http
from affiliate.integrations import conversation
from affiliate.integrations.curl import curl
from affiliate.integrations.lead import Lead
from affiliate.integrations.messages import Answer, Request
from affiliate.integrations.outcomes import Outcome
from affiliate.models import Network

# The sandbox's mirror answers with what this header holds, see `mirrored`.
ANSWER_HEADER = "X-Sandbox-Answer"
LONGEST_ANSWER = 4000


@dataclass(frozen=True)
class Preview:
    """`exchanges` as an attempt keeps them, secrets masked, and their requests as cURL; `outcome` is None while an answer is
    awaited. `harmless`: the request that awaits it cannot create the lead, so that more will follow.
    """

    exchanges: list[dict]
    curls: list[str]
    outcome: Outcome | None
    reason: str = ""
    harmless: bool = False


def preview(
    network: Network, *, parameters: Mapping[str, str], lead: Lead, answer: Answer | None = None, mirror: str = ""
) -> Preview:
    """The conversation of a push. Each request is answered by `answer`; without one the first request is all.

    With `mirror`, the address of the sandbox's mirror, the very bytes of each request go there over HTTP, and the answer is
    what comes back.
    """
    integration = network.integrate(dict(parameters))
    secrets = integration.secrets
    talk = conversation.push(integration, lead)
    exchanges, curls = [], []
    while talk.request:
        exchange = {"request": evidence.keep_request(talk.request, secrets), "answer": None}
        exchanges.append(exchange)
        curls.append(curl(talk.request, integration.named_secrets))
        if answer is None:
            break
        started = time.monotonic()
        came = http.send(_mirrored(talk.request, answer, mirror)) if mirror else answer
        exchange["answer"] = evidence.keep_answer(came, secrets, time.monotonic() - started)
        talk.answer(came)
    reason = evidence.reason(getattr(talk.outcome, "reason", ""), secrets)
    harmless = talk.request is not None and not talk.request.commits
    return Preview(exchanges, curls, talk.outcome, reason, harmless)


def _mirrored(request: Request, answer: Answer, mirror: str) -> Request:
    wanted = json.dumps({"status": answer.status, "body": answer.body.decode("utf-8", "replace")[:LONGEST_ANSWER]})
    header = base64.b64encode(wanted.encode()).decode()
    return replace(request, url=mirror, headers={**request.headers, ANSWER_HEADER: header})


def mirrored(header: str) -> tuple[int, str]:
    """The HTTP code and the body that a mirrored request asks for. Raises ValueError when it asks for nothing sane."""
    wanted = json.loads(base64.b64decode(header, validate=True))
    if not isinstance(wanted, dict) or not isinstance(wanted.get("body"), str):
        raise ValueError("no body")
    status = wanted.get("status")
    if not isinstance(status, int) or not 200 <= status <= 599:
        raise ValueError("no HTTP code")
    return status, wanted["body"]
