"""Each network's own tails, and a plain one, with each of its status words, as the network would call them."""

from urllib.parse import parse_qsl

import pytest

from affiliate.integrations import registry
from affiliate.integrations.fields import Tail
from affiliate.integrations.postback_urls import join, prefix
from affiliate.postbacks import drain
from affiliate.postbacks.recognition import macro
from affiliate.vocabulary import Status
from tests.postbacks.conftest import KEY, make_network

LITERAL = {"approve": Status.APPROVE, "accept": Status.APPROVE, "cancel": Status.CANCEL, "trash": Status.TRASH}


# Words of networks whose own are not known.
GENERAL = {
    "pending": Status.WAIT,
    "hold": Status.HOLD,
    "approved": Status.APPROVE,
    "rejected": Status.CANCEL,
    "trash": Status.TRASH,
}
# What a manager types where a network names no tail: every one can say its own words.
PLAIN = Tail("plain", "&oid={oid}&status={status}")


def calls():
    """A row for each tail and, where the tail has the status as a macro, for each word of the network."""
    for slug, integration in sorted(registry.networks().items()):
        for tail in (PLAIN, *integration.tails):
            if tail.tail is None:
                continue
            fields = dict(parse_qsl(tail.tail))
            words = (
                integration.statuses or GENERAL
                if macro(fields["status"])
                else {fields["status"]: LITERAL[fields["status"]]}
            )
            for word, status in words.items():
                yield pytest.param(slug, tail.tail, fields["status"], word, status, id=f"{slug}-{tail.event}-{word}")


# It is about the networks' words; how rows are applied on each database, `test_drain` shows.
@pytest.mark.alike
@pytest.mark.parametrize(("slug", "tail", "written", "word", "status"), list(calls()))
def test_every_tail_with_every_word(client, make_lead, slug, tail, written, word, status):
    network = make_network(slug, integration=slug)
    lead = make_lead(network=network, eid="E-1", status="wait")
    url = join(prefix("", network.pk, KEY), tail)
    values = {"oid": lead.oid, "eid": "E-1", "pay": "12.5", "cc": "USD", "comment": "text", written: word}
    for name, value in parse_qsl(tail):
        if macro(value):
            url = url.replace(value, word if name == "status" else values[name])
    assert client.get(url).json() == {"status": "ok"}
    drain.apply_due()
    lead.refresh_from_db()
    assert lead.status == status


def test_all_networks_are_there():
    assert {case.values[0] for case in calls()} == set(registry.networks())


def test_affbays_constants(client, make_lead):
    """It takes no tail: its three postbacks have the words of the table that the network's page shows."""
    network = make_network("affbay", integration="affbay")
    for word, status in (("accept", Status.APPROVE), ("cancel", Status.CANCEL), ("trash", Status.TRASH)):
        lead = make_lead(network=network)
        fields = {"id": f"{network.pk}-{KEY}", "oid": lead.oid, "status": word, "comment": "text"}
        assert client.get("/api/sale/status.json", fields).json() == {"status": "ok"}
        drain.apply_due()
        lead.refresh_from_db()
        assert lead.status == status
