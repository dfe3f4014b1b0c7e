"""The main job with real processes: a lead posted to the API goes out to the sandbox and its status comes back."""

import pytest

from tests.processes.hub import wait_for

pytestmark = pytest.mark.processes

LEAD = """
lead = Lead.objects.get(oid=%r)
answer = {
    "status": lead.status, "delivery": lead.delivery, "payout": lead.payout, "eid": lead.eid,
    "sources": list(lead.status_changes.values_list("source", flat=True)),
    "attempts": [[one.outcome, len(one.exchanges)] for one in lead.attempts.all()],
}
"""


@pytest.fixture
def running(hub):
    hub = hub()
    hub.web()
    hub.worker()
    hub.beat()
    return hub


def final(hub, oid, status):
    def reached():
        found = hub.ask(LEAD % oid)
        return found if found["status"] == status else None

    return wait_for(reached, f"status {status}", seconds=60)


def test_a_lead_goes_out_and_its_status_comes_back_by_postback_and_by_poll(running):
    assert "password" in running.first_run
    by_postback, by_poll = running.ask("answer = list(Offer.objects.order_by('pk').values_list('pk', flat=True))")

    posted = running.post_lead(offer=by_postback, phone="+40712345678", name="Ion Popescu", country="RO")
    found = final(running, posted["oid"], "approve")
    assert (found["delivery"], found["sources"], float(found["payout"])) == ("delivered", ["postback"], 25.0)
    assert found["attempts"] == [["accepted", 1]] and found["eid"]

    posted = running.post_lead(offer=by_poll, phone="+40712345679", name="cancel", country="RO")
    wait_for(lambda: running.ask(LEAD % posted["oid"])["delivery"] == "delivered", "delivery")

    def polled():
        running.ask(
            "from affiliate.delivery import actions; "
            f"answer = actions.poll_now(Lead.objects.filter(oid={posted['oid']!r}))"
        )
        found = running.ask(LEAD % posted["oid"])
        return found if found["status"] == "cancel" else None

    assert wait_for(polled, "the polled status", seconds=60)["sources"] == ["poll"]


def test_no_secret_reaches_a_log(running):
    posted = running.post_lead(offer=1, phone="+40712345678", name="refuse", country="RO")
    wait_for(lambda: running.ask(LEAD % posted["oid"])["delivery"] == "refused", "the refusal")
    [token, *_], [key, *_] = running.ask(
        "networks = list(Network.objects.order_by('pk')); "
        "answer = [[one.credentials['api'] for one in networks], [one.postback_key for one in networks]]"
    )
    logs = "".join(running.log(name) for name in ("web", "worker", "beat"))
    assert logs
    for secret in (token, key, running.demo_key):
        assert secret not in logs
