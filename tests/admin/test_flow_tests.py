"""A flow's request shown without sending it, and a test lead that is sent and followed."""

import pytest

from affiliate.delivery import push
from affiliate.models import Flow, Geo, Lead, NetworkState, Offer
from affiliate.vocabulary import Delivery
from tests.fixtures import TOKEN, Probe, make_network

SAMPLE = {"name": "Ion Popescu", "phone": "+40712345678", "country": "RO"}


def address(flow, page: str) -> str:
    return f"/admin/affiliate/flow/{flow.pk}/{page}/"


@pytest.fixture
def practice(monkeypatch):
    monkeypatch.setattr(Probe, "practice", True)


@pytest.fixture
def send(admin_client, flow, practice):
    """A function: sends a test lead by the flow; the lead."""

    def post(**values) -> Lead:
        admin_client.post(address(flow, "test"), SAMPLE | {"ip": "203.0.113.7"} | values)
        return Lead.objects.get()

    return post


class TestTheRequest:
    def test_it_is_shown_at_once_for_a_sample_lead_with_its_secrets_hidden(self, admin_client, flow):
        html = admin_client.get(address(flow, "request")).content.decode()
        assert "Bearer •••" in html and "&quot;place&quot;: &quot;P1&quot;" in html and TOKEN not in html

    def test_it_is_shown_as_curl_with_variables_for_the_secrets(self, admin_client, flow, fake_network):
        shown = admin_client.get(address(flow, "request")).context["shown"]
        [(_exchange, curl)] = shown["requests"]
        assert curl.startswith(f"curl \\\n  {fake_network.url}/add") and '"$API"' in curl and TOKEN not in curl

    def test_nothing_is_sent(self, admin_client, flow, fake_network):
        admin_client.get(address(flow, "request"))
        admin_client.post(address(flow, "request"), SAMPLE)
        assert fake_network.got == [] and not Lead.objects.exists()

    def test_a_country_gets_its_own_values(self, admin_client, flow):
        Geo.objects.create(flow=flow, country="BG", parameters={"place": "P2"})
        answer = admin_client.post(address(flow, "request"), {"name": "Ivan", "phone": "", "country": "BG"})
        [(exchange, _curl)] = answer.context["shown"]["requests"]
        assert '"place": "P2"' in exchange["body"] and '"phone": "+359' in exchange["body"]

    def test_a_missing_value_is_told(self, admin_client, flow):
        Flow.objects.update(parameters={})
        assert admin_client.get(address(flow, "request")).context["shown"]["missing"] == "Place ID"

    def test_of_several_steps_the_first_is_shown_and_the_rest_announced(
        self, admin_client, offer, probes, fake_network
    ):
        flow = Flow.objects.create(offer=offer, network=make_network(fake_network, "twostep"))
        html = admin_client.get(address(flow, "request")).content.decode()
        assert "/ticket" in html and "This is the first step" in html


class TestATestLead:
    def test_it_goes_by_the_very_engine_to_the_flow(self, send, flow, fake_network, source):
        lead = send(name="Petru")
        push.push_due(flow.network_id)
        lead.refresh_from_db()
        assert lead.test and (lead.flow, lead.delivery) == (flow, Delivery.DELIVERED)
        assert [got["name"] for got in fake_network.got] == ["Petru"]

    def test_its_page_tells_when_the_network_has_it_and_shows_the_conversation(self, send, admin_client, flow):
        lead = send()
        state = address(flow, f"test/{lead.pk}/state")
        assert admin_client.get(state).json()["done"] is False
        push.push_due(flow.network_id)
        told = admin_client.get(state).json()
        assert told["done"] is True and "has the lead under the id N1" in told["html"]
        assert "&quot;verdict&quot;: &quot;ok&quot;" in told["html"] and TOKEN not in told["html"]
        assert f"/admin/affiliate/lead/{lead.pk}/change/" in told["html"]

    def test_refused_it_goes_to_no_other_network(self, send, admin_client, flow, offer, fake_network):
        Flow.objects.create(offer=offer, network=make_network(fake_network, "deduping"), parameters={"place": "P1"})
        fake_network.verdicts["Ion Popescu"] = "refused"
        lead = send()
        push.push_due(flow.network_id)
        lead.refresh_from_db()
        assert (lead.delivery, lead.flow) == (Delivery.REFUSED, flow)
        assert "does not take this lead" in admin_client.get(address(flow, f"test/{lead.pk}")).content.decode()

    @pytest.mark.parametrize("closed", [{"enabled": False}, {"daily_cap": 0}])
    def test_it_goes_by_a_flow_that_is_disabled_or_full(self, send, flow, closed):
        Flow.objects.update(**closed)
        Offer.objects.update(enabled=False)
        push.push_due(send().network_id)
        assert Lead.objects.get().delivery == Delivery.DELIVERED

    def test_what_a_waiting_lead_waits_for_is_told(self, send, admin_client, flow):
        lead = send()
        NetworkState.objects.update_or_create(network=flow.network, defaults={"paused_at": lead.created_at})
        html = admin_client.get(address(flow, f"test/{lead.pk}")).content.decode()
        assert "The lead waits: paused: misconfigured." in html

    def test_to_a_real_network_it_goes_only_after_a_yes(self, admin_client, flow):
        page = admin_client.get(address(flow, "test"))
        assert "this creates a real order there" in page.content.decode()
        assert "sure" in admin_client.post(address(flow, "test"), SAMPLE).context["form"].errors
        assert not Lead.objects.exists()
        admin_client.post(address(flow, "test"), SAMPLE | {"sure": "on"})
        assert Lead.objects.get().test

    @pytest.mark.parametrize(("field", "value"), [("phone", "12"), ("ip", "nowhere"), ("country", "XX")])
    def test_a_wrong_value_is_told_at_its_field(self, admin_client, flow, practice, field, value):
        answer = admin_client.post(address(flow, "test"), SAMPLE | {field: value})
        assert field in answer.context["form"].errors and not Lead.objects.exists()

    def test_a_country_without_its_values_is_told(self, admin_client, flow, practice):
        Flow.objects.update(parameters={})
        errors = admin_client.post(address(flow, "test"), SAMPLE).context["form"].errors
        assert "Place ID" in str(errors["country"]) and not Lead.objects.exists()

    def test_all_of_them_come_from_one_source_that_nobody_else_can_use(self, send, admin_client, flow):
        source = send().source
        admin_client.post(address(flow, "test"), SAMPLE)
        assert {lead.source for lead in Lead.objects.all()} == {source} and not source.enabled

    def test_who_may_send_no_leads_sends_none(self, client_with, flow):
        assert client_with("flow.view").get(address(flow, "test")).status_code == 403

    def test_a_lead_that_is_no_test_has_no_such_page(self, admin_client, flow, make_lead):
        assert admin_client.get(address(flow, f"test/{make_lead().pk}")).status_code == 404

    def test_the_person_is_hidden_from_who_may_not_see_one(self, send, client_with, flow):
        lead = send()
        push.push_due(flow.network_id)
        html = client_with("flow.view", "lead.view").get(address(flow, f"test/{lead.pk}")).content.decode()
        assert "+40712345678" not in html and "Ion Popescu" not in html


def test_each_page_costs_as_much_for_many_geos_and_attempts_as_for_one(
    send, admin_client, flow, django_assert_max_num_queries
):
    for code in ("BG", "GR", "HU", "IT", "PL", "RO"):
        Geo.objects.create(flow=flow, country=code, parameters={"place": code})
    lead = send()
    push.push_due(flow.network_id)
    for page in ("request", "test", f"test/{lead.pk}", f"test/{lead.pk}/state"):
        with django_assert_max_num_queries(7):
            assert admin_client.get(address(flow, page)).status_code == 200
    with django_assert_max_num_queries(14):
        assert admin_client.get(address(flow, "change")).status_code == 200
