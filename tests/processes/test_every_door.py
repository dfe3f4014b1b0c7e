"""A lead in by every door goes out to the sandbox, and its status comes back to where its source wants to be told."""

import json
import re

import pytest
import requests

from tests.processes.hub import wait_for, whole
from tests.tracker import tracking

pytestmark = pytest.mark.processes
ADDRESSES = """
from affiliate.intake.test_leads import SOURCE
from affiliate.models.report import Kind
source = Source.objects.order_by('pk').first()
events = ['approve', 'cancel', 'trash', 'hold']
own, _made = Source.objects.get_or_create(name=SOURCE, defaults={{'enabled': False}})
ReportAddress.objects.create(source=source, name='Tracker', url={url!r} + '/t?cid={{sub1}}&st={{status}}', events=events)
ReportAddress.objects.create(source=own, name='Tests', kind=Kind.WEBHOOK, url={url!r} + '/w', events=events)
flow = Flow.objects.order_by('pk').first()
answer = [flow.offer_id, flow.pk]
"""


@pytest.fixture
def hub(tmp_path):
    with whole(tmp_path) as hub:
        yield hub


def lead(number: int, door: str) -> dict:
    return {"name": "Ion Popescu", "phone": f"+4071234567{number}", "country": "RO", "sub1": door}


def by_json(hub, offer):
    hub.post_lead(offer=offer, **lead(0, "json"))


def by_batch(hub, offer):
    headers = {"Authorization": f"Bearer {hub.demo_key}"}
    body = {"leads": [{"offer": offer, **lead(1, "batch")}]}
    assert requests.post(f"{hub.url}/api/leads/batch", json=body, headers=headers, timeout=30).json()["taken"] == 1


def by_reference(hub, offer, function: str, number: int, **more):
    data = {"offer": offer, "ip": "203.0.113.7", **lead(number, function), **more}
    answer = requests.post(f"{hub.url}/api/{function}.json", params={"id": hub.demo_key}, data=data, timeout=30)
    assert answer.json()["status"] == "ok", answer.text


def by_file(hub, offer):
    file = hub.folder / "leads.csv"
    file.write_text(
        "phone;name;country;sub1\n" + ";".join(lead(5, "file")[name] for name in ("phone", "name", "country", "sub1"))
    )
    assert "taken 1" in hub.manage("import_leads", str(file), "--source", "1", "--offer", str(offer))


def by_admin(hub, flow):
    """The test lead that people send by a flow."""
    session = requests.Session()
    password = re.search(r"password (\S+)", hub.first_run)[1]

    def post(path, **data):
        session.get(hub.url + path, timeout=30)
        data["csrfmiddlewaretoken"] = session.cookies["csrftoken"]
        return session.post(hub.url + path, data=data, timeout=30)

    post("/admin/login/", username="admin", password=password, next="/admin/")
    answer = post(f"/admin/affiliate/flow/{flow}/test/", **lead(6, "admin"), ip="203.0.113.7")
    assert re.search(r"/test/\d+/", answer.url), answer.text


def test_a_lead_by_every_door_is_told_of_to_its_source(hub):
    with tracking() as tracker:
        offer, flow = hub.ask(ADDRESSES.format(url=tracker.url))
        by_json(hub, offer)
        by_batch(hub, offer)
        by_reference(hub, offer, "wm/push", 2, flow="1")
        by_reference(hub, offer, "ext/add", 3, id="auto")
        by_reference(hub, offer, "comp/add", 4)
        by_file(hub, offer)
        by_admin(hub, flow)
        wait_for(lambda: len(tracker.calls) >= 7, "a call for each door", seconds=120)
    told = {call.query.get("cid"): call.query.get("st") for call in tracker.calls if call.method == "GET"}
    assert told == dict.fromkeys(["json", "batch", "wm/push", "ext/add", "comp/add", "file"], "approve")
    [hook] = [json.loads(call.body) for call in tracker.calls if call.method == "POST"]
    assert (hook["event"], hook["lead"]["test"]) == ("approve", True)
    assert len(tracker.calls) == 7
