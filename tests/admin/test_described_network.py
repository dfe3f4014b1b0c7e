"""A network that is not built in, described in admin only: tried, shared as a file, and at work."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import F

from affiliate.delivery import poll, push
from affiliate.integrations.postback_urls import PATH
from affiliate.models import Flow, Lead, Network
from affiliate.postbacks import drain
from tests.admin.test_networks import page_of, typed

pytestmark = pytest.mark.django_db(transaction=True)

ADD = "/admin/affiliate/network/add/?integration=template"
SECRET = "SECRET-described-0001"
DESCRIPTION = """
statuses: {sold: approve, "no": cancel}
push:
  url: "{base_url}/add"
  encoding: json
  headers: {Authorization: "Bearer {api}"}
  fields:
  - {name: phone, value: "{lead.phone|digits}"}
  - {name: name, value: "{lead.name}"}
  - {name: place, value: "{offer_id}"}
  - {name: sub, value: "{lead.oid}"}
  rules:
  - {when: {path: verdict, equals: ok}, then: accepted}
  - {when: {path: verdict, equals: refused}, then: refused}
  eid: id
  reason: why
poll:
  confirmed: true
  url: "{base_url}/statuses"
  encoding: query
  fields: [{name: token, value: "{api}"}, {name: ids, value: "{eids|join:,}"}]
  list: orders
  id: id
  status: status
  payout: pay
  currency: cc
"""


@pytest.fixture
def described(admin_client, fake_network):
    """The network as a manager adds it."""
    values = {"name": "Ours", "base_url": fake_network.url, "description": DESCRIPTION, "credentials_api": SECRET}
    answer = admin_client.post(ADD, typed(**values))
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    return Network.objects.get(name="Ours")


@pytest.fixture
def described_flow(described, offer):
    return Flow.objects.create(offer=offer, network=described, parameters={"offer_id": "77"})


def try_page(network) -> str:
    return f"/admin/affiliate/network/{network.pk}/try/"


SAMPLE = {"name": "Ion", "phone": "+40712345678", "country": "RO", "parameter_offer_id": "77", "code": "200"}


def test_it_delivers_a_lead_and_gets_its_status_by_poll(described_flow, make_lead, fake_network):
    lead = make_lead()
    push.push_due(lead.network_id)
    lead.refresh_from_db()
    assert (lead.delivery, lead.eid) == ("delivered", "N1")
    assert fake_network.got == [{"phone": "40712345678", "name": "Ion", "place": "77", "sub": lead.oid}]
    fake_network.statuses["N1"] = {"status": "sold", "pay": "12.5", "cc": "USD"}
    Lead.objects.update(next_poll_at=F("next_poll_at") - timedelta(days=1))
    poll.poll_due(lead.network_id)
    lead.refresh_from_db()
    assert (lead.status, float(lead.payout), lead.payout_currency) == ("approve", 12.5, "USD")


def test_it_gets_a_status_by_postback_in_its_own_words(described_flow, make_lead, client):
    lead = make_lead()
    push.push_due(lead.network_id)
    key = f"{lead.network_id}-{lead.network.postback_key}"
    assert client.get(PATH, {"id": key, "oid": lead.oid, "status": "No"}).json() == {"status": "ok"}
    drain.apply_due()
    lead.refresh_from_db()
    assert lead.status == "cancel"


def test_confirming_the_poll_asks_for_the_leads_that_were_delivered_before(described_flow, make_lead, admin_client):
    network = described_flow.network
    off = DESCRIPTION.replace("confirmed: true", "confirmed: false")
    admin_client.post(page_of(network), typed(network, description=off))
    lead = make_lead()
    push.push_due(lead.network_id)
    lead.refresh_from_db()
    assert lead.delivery == "delivered" and lead.next_poll_at is None
    admin_client.post(page_of(network), typed(network, description=DESCRIPTION))
    lead.refresh_from_db()
    assert lead.next_poll_at


def test_trying_shows_the_request_without_the_secret_and_sends_nothing(described, admin_client, fake_network):
    html = admin_client.post(try_page(described), SAMPLE).content.decode()
    assert f"POST {fake_network.url}/add" in html and "40712345678" in html
    assert SECRET not in html and "waits for an answer" in html
    assert fake_network.got == []


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ('{"verdict": "ok", "id": 5}', "accepted"),
        ('{"verdict": "refused", "why": "bad geo"}', "bad geo"),
        ("?", "unclear"),
    ],
)
def test_trying_reads_an_answer_by_the_rules(described, admin_client, answer, told):
    html = admin_client.post(try_page(described), {**SAMPLE, "answer": answer}).content.decode()
    assert told in html


def test_trying_over_http_goes_to_the_sandbox_and_not_to_the_network(
    described, admin_client, fake_network, live_server, settings
):
    settings.SITE_URL = live_server.url
    data = {**SAMPLE, "answer": '{"verdict": "ok", "id": 5}', "code": "202", "over_http": "on"}
    html = admin_client.post(try_page(described), data).content.decode()
    assert "HTTP 202" in html and "eid <code>5</code>" in html
    assert fake_network.got == [] and SECRET not in html


def test_trying_asks_for_what_is_missing_at_its_field(described, admin_client):
    form = admin_client.post(try_page(described), {**SAMPLE, "phone": "", "code": "999"}).context["form"]
    assert set(form.errors) == {"phone", "code"}


def test_trying_needs_the_right_to_change_networks(described, client_with):
    assert client_with("network.view").get(try_page(described)).status_code == 403


def test_the_mirror_refuses_what_asks_for_no_answer(client):
    assert client.post("/sandbox/mirror").status_code == 400
    assert client.post("/sandbox/mirror", headers={"X-Sandbox-Answer": "bm9uc2Vuc2U="}).status_code == 400


def test_a_description_is_shared_as_a_file(described, admin_client, fake_network):
    file = admin_client.get(f"/admin/affiliate/network/{described.pk}/description/")
    assert file["Content-Disposition"] == f'attachment; filename="template-{described.pk}.yaml"'
    assert SECRET not in file.content.decode()
    upload = SimpleUploadedFile("ours.yaml", file.content)
    values = {"name": "Theirs", "base_url": fake_network.url, "credentials_api": SECRET, "description_file": upload}
    admin_client.post(ADD, typed(**values))
    assert Network.objects.get(name="Theirs").description == described.description


@pytest.mark.parametrize("content", [b"push: {nonsense: 1}", b"\xff\xfe\x00", b"[1", b"x" * 70_000])
def test_a_file_that_is_no_description_is_refused_at_its_field(described, admin_client, content):
    upload = SimpleUploadedFile("bad.yaml", content)
    answer = admin_client.post(page_of(described), typed(described, description_file=upload))
    assert answer.context["adminform"].form.errors["description"]
    assert Network.objects.get(pk=described.pk).description == described.description
