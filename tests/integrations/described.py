"""Descriptions of made-up networks, and the conversations of tests with them."""

import json

from affiliate.integrations import conversation
from affiliate.integrations.description import Problem
from affiliate.integrations.lead import Lead
from affiliate.integrations.messages import Answer
from affiliate.integrations.platforms.template import Template
from tests.integrations import cases

ACCOUNT = {"api": "TOKEN-xyz-0001", "user": "me & co", "secret": "SECRET-xyz-0002"}
PARAMETERS = {"offer_id": "77", "flow_id": "f7"}
LEAD = Lead.from_mapping(cases.PLAIN)
PUSH = {
    "url": "https://network.example/lead",
    "fields": [{"name": "phone", "value": "{lead.phone}"}],
    "rules": [{"when": {"path": "ok", "equals": "yes"}, "then": "accepted"}],
}
POLL = {
    "confirmed": True,
    "url": "https://network.example/statuses",
    "encoding": "query",
    "fields": [{"name": "ids", "value": "{eids|join:,}"}],
    "list": "rows",
    "id": "id",
    "status": "state",
}


def integrate(description=None, *, kind=Template, base_url="https://own.example/", **account):
    return kind(ACCOUNT | account, PARAMETERS, base_url=base_url, description=description)


def pushing(**more):
    return integrate({"push": PUSH | more})


def polling(**more):
    return integrate({"poll": POLL | more})


def sent(lead=LEAD, **more):
    """The request of a push whose description differs in this from the simplest one."""
    talk = conversation.push(pushing(**more), lead)
    assert talk.request, talk.outcome
    return talk.request


def rendered(text, *, lead=LEAD, **more):
    return dict(sent(lead, fields=[{"name": "x", "value": text}], **more).data)["x"]


def read(body, *, status=200, headers=None, **more):
    """The outcome of a push by these rules."""
    talk = conversation.push(pushing(**more), LEAD)
    talk.answer(Answer(status=status, headers=headers or {}, body=body.encode()))
    return talk.outcome


def asked(integration, *leads):
    return conversation.poll(integration, [Lead(oid=oid, eid=eid) for oid, eid in leads])


def answer(body, status=200):
    return Answer(status=status, body=(body if isinstance(body, str) else json.dumps(body)).encode())


def words(problems: list[Problem]) -> str:
    return "\n".join(map(str, problems))
