"""Calls are told apart by the constants of the tails they were made from."""

from urllib.parse import parse_qsl

import pytest

from affiliate.integrations import registry
from affiliate.models import Postback
from affiliate.postbacks.events import from_networks, newest_hits
from affiliate.postbacks.recognition import macro
from affiliate.postbacks.self_test import MARK

WITH_TAILS = sorted(slug for slug, one in registry.integrations().items() if one.tails)


def call_of(tail: str) -> Postback:
    """A call whose macros the network replaced."""
    return Postback(fields={name: f"value of {name}" if macro(value) else value for name, value in parse_qsl(tail)})


@pytest.mark.parametrize("slug", WITH_TAILS)
def test_a_call_made_from_a_tail_is_a_hit_of_that_tail_and_of_its_twins_only(slug):
    tails = registry.get(slug).tails
    for tail in tails:
        if tail.tail is None:
            continue
        call = call_of(tail.tail)
        hits = newest_hits(tails, [call])
        twins = [one for one in tails if one.tail and call_of(one.tail).fields == call.fields]
        assert [one for one, hit in zip(tails, hits, strict=True) if hit] == twins


def test_the_call_with_a_reason_is_that_of_duplicates_and_not_of_cancels():
    """IKON's cancels and duplicates differ by the reason alone."""
    tails = registry.get("ikon").tails
    duplicate = Postback(fields={"oid": "1", "status": "cancel", "reason": "7"})
    cancel = Postback(fields={"oid": "1", "status": "cancel"})
    events = [str(tail.event) for tail in tails]
    found = dict(zip(events, newest_hits(tails, [duplicate, cancel]), strict=True))
    assert (found["Duplicate"], found["Cancel"], found["Approve"]) == (duplicate, cancel, None)


def test_the_first_of_several_calls_counts():
    tails = registry.get("leadrock").tails
    calls = [Postback(fields={"oid": oid, "status": "approve"}) for oid in ("2", "1")]
    assert newest_hits(tails, calls)[1] is calls[0]


def test_an_empty_slot_has_no_hits():
    tails = registry.get("leadrock").tails
    assert newest_hits(tails, [Postback(fields={"status": "approve"})])[0] is None


def test_our_own_tests_come_from_no_network():
    ours, theirs = Postback(fields={"oid": f"{MARK}1"}), Postback(fields={"status": "approve"})
    assert from_networks([ours, theirs]) == [theirs]
