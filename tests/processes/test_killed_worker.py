"""A worker killed with -9 in mid-push: every lead is accounted for and none is sent twice."""

import pytest

from tests.integrations import cases
from tests.processes.hub import wait_for
from tests.processes.recorder import recording, single_step_network

pytestmark = pytest.mark.processes

LEADS = 40
KILLS = 3
MAKE_LEADS = """
from affiliate.delivery.routing import Router
source, router = Source.objects.get(), Router()
offer = Offer.objects.create(title="Killed")
values = {name: "1" for name in Network.objects.get(pk=%(network)s).integration_class.parameters()}
Flow.objects.create(offer=offer, network_id=%(network)s, parameters=values)
leads = [Lead(source=source, offer=offer, phone=f"+4071234{n:04}", name="Ion", country="RO") for n in range(%(leads)s)]
answer = [router.route(lead) for lead in leads]
Lead.objects.bulk_create(leads)
"""


def test_every_lead_is_accounted_for_and_none_is_sent_twice(hub):
    slug = single_step_network()
    with recording(slug) as recorder:
        recorder.delay = 0.4
        # A lease is longer than a request, as everywhere.
        hub = hub(SWEEP_SECONDS="2", LEASE_SECONDS="6")
        credentials = cases.load(slug).get("credentials", {})
        network = hub.ask(
            f"answer = Network.objects.create(name='Real', integration={slug!r}, base_url={recorder.url!r}, "
            f"credentials={credentials!r}, max_in_flight=5).pk"
        )
        assert all(hub.ask(MAKE_LEADS % {"network": network, "leads": LEADS}))
        hub.beat()
        for _time in range(KILLS):
            before = len(recorder.oids)
            worker = hub.worker()
            wait_for(lambda before=before: len(recorder.oids) >= before + 6, "pushes by the worker", seconds=60)
            hub.kill(worker)
        hub.worker()
        states = wait_for(lambda: _settled(hub), "every lead's settlement", seconds=90)

        assert sum(states.values()) == LEADS
        assert set(states) <= {"delivered", "unclear"}
        assert states.get("unclear", 0) >= 1, "the kills hit leads on their way"
        assert max(recorder.per_lead.values()) == 1, "no lead was sent twice"
        delivered = {oid for (oid,) in hub.rows("SELECT oid FROM affiliate_lead WHERE delivery = 'delivered'")}
        assert delivered <= set(recorder.per_lead)
        assert hub.rows("SELECT count(*) FROM affiliate_attempt WHERE finished_at IS NULL") == [(0,)]


def _settled(hub):
    states = dict(hub.rows("SELECT delivery, count(*) FROM affiliate_lead GROUP BY delivery"))
    return states if not set(states) & {"queued", "sending"} else None
