"""Setting up postbacks at a network: addresses with their last calls, keys, the test of the address."""

import re

import pytest
from django.urls import reverse

from affiliate.models import Network, Postback
from affiliate.postbacks import self_test


@pytest.fixture
def network(db):
    return Network.objects.create(name="Rock", integration="leadrock", credentials={"key": "K", "secret": "S"})


def page_of(network, name="change") -> str:
    return reverse(f"admin:affiliate_network_{name}", args=[network.pk])


def called(network, verdict="applied", **values):
    fields = {"oid": "1", "status": "approve"} | values.pop("fields", {})
    return Postback.objects.create(network=network, method="GET", fields=fields, verdict=verdict, **values)


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


def messages_of(answer) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


class TestAddresses:
    def test_each_event_has_its_address_with_the_key(self, admin_client, network, settings):
        html = admin_client.get(page_of(network)).content.decode()
        start = f"{settings.SITE_URL}/api/sale/status.json?id={network.pk}-{network.postback_key}"
        for status in ("approve", "cancel", "trash"):
            assert f"{start}&amp;oid={{sub1}}&amp;status={status}" in html
        assert "Leave this slot empty" in html

    def test_each_event_tells_its_last_call(self, admin_client, network):
        row = called(network)
        page = admin_client.get(page_of(network))
        assert f"/admin/affiliate/postback/{row.pk}/change/" in page.content.decode()
        assert text_of(page).count("Not called yet") == 2

    def test_affbays_values_are_listed_one_by_one(self, admin_client, settings):
        settings.SITE_URL = "https://hub.example.com"
        network = Network.objects.create(name="Affbay", integration="affbay", credentials={"api": "K"})
        text = text_of(admin_client.get(page_of(network)))
        assert "hub.example.com" in text
        assert f"static: {network.pk}-{network.postback_key}" in text
        assert "static: accept" in text

    def test_limonads_names_of_statuses_are_told(self, admin_client):
        network = Network.objects.create(name="Limon", integration="limonad", credentials={"api": "K"})
        assert "Status of confirmed leads: approve" in text_of(admin_client.get(page_of(network)))

    def test_affbays_events_tell_their_last_calls(self, admin_client):
        network = Network.objects.create(name="Affbay", integration="affbay", credentials={"api": "K"})
        row = called(network, fields={"status": "trash"})
        page = admin_client.get(page_of(network))
        assert f"/admin/affiliate/postback/{row.pk}/change/" in page.content.decode()
        assert text_of(page).count("Not called yet") == 2

    def test_a_call_of_our_own_test_is_no_call_of_the_network(self, admin_client, network):
        row = called(network, fields={"oid": f"{self_test.MARK}0123456789ABCDEF"})
        page = admin_client.get(page_of(network))
        assert f"/admin/affiliate/postback/{row.pk}/change/" not in page.content.decode()
        [step] = [step for step in page.context["steps"] if step.link == "#postbacks"]
        assert not step.done

    def test_where_there_are_no_events_the_last_call_is_told(self, admin_client):
        network = Network.objects.create(name="Kma", integration="kma", credentials={"api": "K"})
        row = called(network)
        assert f"/admin/affiliate/postback/{row.pk}/change/" in admin_client.get(page_of(network)).content.decode()


class TestKeys:
    def test_a_new_key_is_made_after_a_question(self, admin_client, network):
        old = network.postback_key
        assert "go on working until you end it" in text_of(admin_client.get(page_of(network, "new_key")))
        network.refresh_from_db()
        assert network.postback_key == old
        answer = admin_client.post(page_of(network, "new_key"), follow=True)
        network.refresh_from_db()
        assert network.postback_keys[1:] == [old]
        assert network.postback_key in answer.content.decode()
        assert "those with the old one still work" in messages_of(answer)

    def test_the_page_tells_whether_the_old_key_is_still_in_use(self, admin_client, network):
        admin_client.post(page_of(network, "new_key"))
        assert "calls came with it" in text_of(admin_client.get(page_of(network)))
        called(network, old_key=True)
        assert "It is still in use" in text_of(admin_client.get(page_of(network)))
        assert "The last call with an old key" in text_of(admin_client.get(page_of(network, "old_keys")))

    def test_old_keys_end_after_a_question(self, admin_client, network):
        admin_client.post(page_of(network, "new_key"))
        assert "their statuses are lost" in text_of(admin_client.get(page_of(network, "old_keys")))
        answer = admin_client.post(page_of(network, "old_keys"), follow=True)
        network.refresh_from_db()
        assert len(network.postback_keys) == 1
        assert "1 old key has ended." in messages_of(answer)

    @pytest.mark.parametrize("name", ["new_key", "old_keys", "self_test"])
    def test_who_may_not_change_networks_may_not_do_this(self, client_with, network, name):
        before = Network.objects.get().postback_keys
        assert client_with("network.view").post(page_of(network, name)).status_code == 403
        assert Network.objects.get().postback_keys == before

    @pytest.mark.parametrize("name", ["new_key", "old_keys", "self_test"])
    def test_a_network_that_is_gone_is_told(self, admin_client, network, name):
        url = page_of(network, name)
        network.delete()
        assert "nothing under this number" in messages_of(admin_client.post(url, follow=True))


class TestSelfTest:
    @pytest.mark.parametrize("ok", [True, False])
    def test_its_verdict_is_shown(self, admin_client, network, monkeypatch, ok):
        monkeypatch.setattr(self_test, "run", lambda network: self_test.Found(ok, "So it is."))
        answer = admin_client.post(page_of(network, "self_test"), follow=True)
        [message] = answer.context["messages"]
        assert (message.level_tag, str(message)) == ("success" if ok else "error", "So it is.")

    def test_it_is_not_run_by_a_link(self, admin_client, network):
        assert admin_client.get(page_of(network, "self_test")).status_code == 405


class TestRules:
    def test_addresses_and_upsell_are_part_of_the_form(self, admin_client, network):
        form = admin_client.get(page_of(network)).context["adminform"].form
        assert {"postback_ips", "upsell"} <= set(form.fields)
