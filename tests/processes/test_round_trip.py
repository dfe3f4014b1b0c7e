"""The main job with real processes: a lead posted to the API goes out to the sandbox and its status comes back."""

import time

import pytest

from affiliate.sandbox.behaviours import DECIDES_AFTER
from tests.processes.hub import wait_for, whole

pytestmark = pytest.mark.processes

LEAD = """
lead = Lead.objects.get(oid=%r)
answer = {
    "status": lead.status, "delivery": lead.delivery, "payout": lead.payout, "eid": lead.eid,
    "sources": list(lead.status_changes.values_list("source", flat=True)),
    "attempts": [[one.outcome, len(one.exchanges)] for one in lead.attempts.all()],
}
"""


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    with whole(tmp_path_factory.mktemp("hub")) as hub:
        yield hub


def reach(hub, oid: str, column: str, value: str) -> dict:
    """What is known of the lead once its column has the value."""
    sql = f"SELECT {column} FROM affiliate_lead WHERE oid = '{oid}'"
    wait_for(lambda: hub.rows(sql) == [(value,)], f"{column} {value}")
    return hub.ask(LEAD % oid)


def test_a_lead_goes_out_and_its_status_comes_back_by_postback_and_by_poll(hub):
    assert "password" in hub.first_run
    by_postback, by_poll = hub.ask("answer = list(Offer.objects.order_by('pk').values_list('pk', flat=True))")

    posted = hub.post_lead(offer=by_postback, phone="+40712345678", name="Ion Popescu", country="RO")
    found = reach(hub, posted["oid"], "status", "approve")
    assert (found["delivery"], found["sources"], float(found["payout"])) == ("delivered", ["postback"], 25.0)
    assert found["attempts"] == [["accepted", 1]] and found["eid"]

    posted = hub.post_lead(offer=by_poll, phone="+40712345679", name="cancel", country="RO")
    reach(hub, posted["oid"], "delivery", "delivered")
    # The sandbox has decided by then.
    time.sleep(DECIDES_AFTER.total_seconds())
    hub.ask(
        f"from affiliate.delivery import actions; answer = actions.poll_now(Lead.objects.filter(oid={posted['oid']!r})).done"
    )
    assert reach(hub, posted["oid"], "status", "cancel")["sources"] == ["poll"]


def test_no_secret_reaches_a_log(hub):
    posted = hub.post_lead(offer=1, phone="+40712345678", name="refuse", country="RO")
    reach(hub, posted["oid"], "delivery", "refused")
    [token, *_], [key, *_] = hub.ask(
        "networks = list(Network.objects.order_by('pk')); "
        "answer = [[one.credentials['api'] for one in networks], [one.postback_key for one in networks]]"
    )
    logs = "".join(hub.log(name) for name in ("web", "worker", "beat"))
    assert logs
    for secret in (token, key, hub.demo_key):
        assert secret not in logs
