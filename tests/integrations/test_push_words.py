"""A status word in the answer to a push is kept with the outcome, whether it is mapped or not."""

import pytest

from affiliate.integrations import conversation, wire
from affiliate.integrations.lead import Lead
from affiliate.integrations.messages import Answer
from affiliate.integrations.outcomes import Accepted
from affiliate.vocabulary import Status
from tests.integrations import cases


@pytest.mark.parametrize(
    ("slug", "status", "body", "outcome"),
    [
        (
            "terraleads",
            200,
            '{"status":"ok","data":{"id":5,"status":"Trash"}}',
            Accepted("5", Status.TRASH, "Trash"),
        ),
        (
            "terraleads",
            200,
            '{"status":"ok","data":{"id":5,"status":"brand new"}}',
            Accepted("5", Status.WAIT, "brand new"),
        ),
        ("terraleads", 200, '{"status":"ok","data":{"id":5}}', Accepted("5")),
        ("sandbox", 201, '{"id":"N5","status":"hold"}', Accepted("N5", Status.HOLD, "hold")),
        ("sandbox", 201, '{"id":"N5","status":"packed"}', Accepted("N5", Status.WAIT, "packed")),
        ("sandbox", 201, '{"id":"N5"}', Accepted("N5")),
    ],
)
def test_it_is_kept(slug, status, body, outcome):
    talk = conversation.push(wire.build(cases.case_of(slug), "push"), Lead.from_mapping(cases.PLAIN))
    talk.answer(Answer(status=status, headers={}, body=body.encode()))
    assert talk.outcome == outcome
