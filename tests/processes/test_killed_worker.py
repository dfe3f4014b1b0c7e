"""A worker killed with -9 in mid-push: every lead is accounted for and none is sent twice."""

import pytest

from tests.processes.hub import wait_for

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("processes")]

LEADS = 40


def test_every_lead_is_accounted_for_and_none_is_sent_twice(hub, fake_sandbox):
    hub = hub(RETRY_SCHEDULE="1,1,1,1")
    fake_sandbox.delay = 0.4
    hub.ask(f"answer = Network.objects.filter(pk=1).update(base_url={fake_sandbox.url!r}, max_in_flight=5)")
    hub.ask(
        "from affiliate.delivery.routing import Router\n"
        "source, offer, router = Source.objects.get(), Offer.objects.first(), Router()\n"
        f"leads = [Lead(source=source, offer=offer, phone=f'+4071234{{n:04}}', name='Ion', country='RO') for n in range({LEADS})]\n"
        "answer = [router.route(lead) for lead in leads]\n"
        "Lead.objects.bulk_create(leads)"
    )
    hub.beat()
    for _time in range(3):
        before = len(fake_sandbox.got)
        worker = hub.worker()
        wait_for(lambda before=before: len(fake_sandbox.got) >= before + 6, "pushes by the worker", seconds=60)
        hub.kill(worker)
        hub.ask("answer = Lead.objects.filter(delivery='sending').update(lease_until='2020-01-01T00:00Z')")
    hub.worker()
    states = wait_for(lambda: _all_settled(hub), "every lead's settlement", seconds=90)

    assert sum(states.values()) == LEADS
    assert set(states) <= {"delivered", "unclear"}
    assert states.get("unclear", 0) >= 1, "the kills hit leads on their way"
    assert max(fake_sandbox.per_lead.values()) == 1, "no lead was sent twice"
    delivered = set(hub.ask("answer = list(Lead.objects.filter(delivery='delivered').values_list('oid', flat=True))"))
    assert delivered <= set(fake_sandbox.per_lead)
    assert hub.ask("answer = Attempt.objects.filter(finished_at=None).count()") == 0


def _all_settled(hub):
    states = hub.ask("from collections import Counter; answer = Counter(Lead.objects.values_list('delivery', flat=True))")
    return states if not set(states) & {"queued", "sending"} else None
