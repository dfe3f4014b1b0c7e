"""Words that nobody has explained wait for a meaning."""

import pytest

from affiliate.models import Network
from affiliate.postbacks import drain, words
from affiliate.vocabulary import Status


@pytest.fixture
def waiting(call, lead, make_lead, other_network):
    """Three postbacks of one network with two unknown words, one of another network, one that is known."""
    call(oid=lead.oid, status="packed")
    call(oid=make_lead().oid, status="Packed")
    call(oid=make_lead().oid, status="14")
    call(network=other_network, oid=make_lead(network=other_network).oid, status="packed")
    call(oid=make_lead().oid, status="approve")
    drain.apply_due()


def test_they_are_listed_by_network_with_count_and_example(waiting, network, other_network, call, make_lead):
    lead = make_lead()
    call(oid=lead.oid, status="14")
    drain.apply_due()
    found = [(one.network_id, one.word, one.count) for one in words.unknown()]
    assert found == [
        (network.pk, "14", 2),
        (network.pk, "Packed", 1),
        (network.pk, "packed", 1),
        (other_network.pk, "packed", 1),
    ]
    assert next(words.unknown()).example == lead.postbacks.get().pk


def test_an_explained_word_applies_what_waits_for_it_whatever_its_capitals(waiting, network, other_network, lead):
    assert words.explain(network, "packed", Status.APPROVE) == 2
    drain.apply_due()
    lead.refresh_from_db()
    assert lead.status == "approve"
    assert [(one.network_id, one.word) for one in words.unknown()] == [(network.pk, "14"), (other_network.pk, "packed")]


def test_it_is_known_from_then_on(waiting, network, applied, make_lead):
    words.explain(network, "packed", Status.TRASH)
    lead = make_lead()
    applied(oid=lead.oid, status="PACKED")
    lead.refresh_from_db()
    assert lead.status == "trash"


def test_the_rest_of_the_description_stays(network):
    Network.objects.update(description={"notes": "by hand", "statuses": {"sold": "approve"}})
    words.explain(network, "14", Status.CANCEL)
    network.refresh_from_db()
    assert network.description == {"notes": "by hand", "statuses": {"sold": "approve", "14": "cancel"}}
