"""Who may call, from where and how often."""

import pytest
import time_machine
from django.core.cache import cache
from django.core.exceptions import ValidationError

from affiliate.models import Network, Postback
from affiliate.postbacks import drain, limits
from tests.postbacks.conftest import KEY, make_network

URL = "/api/sale/status.json"


class TestTooManyCalls:
    @pytest.fixture(autouse=True)
    def _few(self, settings):
        settings.POSTBACKS_PER_MINUTE = 3

    def ask(self, client, network, key=KEY, **extra):
        return client.get(URL, {"id": f"{network.pk}-{key}", "eid": "1", "status": "approve"}, **extra)

    def test_a_network_beyond_its_limit_is_asked_to_repeat(self, client, network):
        codes = [self.ask(client, network).status_code for _number in range(5)]
        assert codes == [200, 200, 200, 503, 503]
        answer = self.ask(client, network)
        assert answer.json() == {"status": "error", "error": "limit"}
        assert answer.headers["Retry-After"] == "60"

    def test_what_was_answered_200_is_in_the_journal_and_nothing_else(self, client, network):
        for _number in range(5):
            self.ask(client, network)
        assert Postback.objects.count() == 3

    def test_the_next_minute_is_a_new_one(self, client, network, travelling):
        for _number in range(4):
            self.ask(client, network)
        travelling.shift(60)
        assert self.ask(client, network).status_code == 200

    def test_each_network_has_a_limit_of_its_own(self, client, network, other_network):
        for _number in range(4):
            self.ask(client, network)
        assert self.ask(client, other_network).status_code == 200

    def test_wrong_keys_do_not_use_up_a_networks_limit(self, client, network):
        for _number in range(10):
            self.ask(client, network, key="WRONG")
        assert self.ask(client, network).status_code == 200

    def test_zero_is_no_limit(self, client, network, settings):
        settings.POSTBACKS_PER_MINUTE = 0
        assert {self.ask(client, network).status_code for _number in range(20)} == {200}

    def test_processes_count_together(self, client, network, monkeypatch):
        for _number in range(3):
            self.ask(client, network)
        monkeypatch.setattr(limits, "_networks", limits.Minute("_networks"))
        assert self.ask(client, network).status_code == 503

    def test_without_a_cache_each_process_counts_alone(self, client, network, monkeypatch):
        def fail(*args):
            raise ConnectionError

        monkeypatch.setattr(cache, "add", fail)
        assert [self.ask(client, network).status_code for _number in range(4)] == [200, 200, 200, 503]

    def test_a_large_limit_is_counted_in_shares(self, client, network, settings, monkeypatch):
        settings.POSTBACKS_PER_MINUTE = 200
        asked = []
        monkeypatch.setattr(cache, "add", lambda *args: asked.append(args))
        monkeypatch.setattr(cache, "incr", lambda key, share: share * len(asked))
        codes = [self.ask(client, network).status_code for _number in range(205)]
        assert (len(asked), codes.index(503)) == (51, 203)


class TestTooManyWrongKeys:
    @pytest.fixture(autouse=True)
    def _few(self, settings):
        settings.WRONG_KEYS_PER_MINUTE = 3

    def guess(self, client, ip="203.0.113.9"):
        return client.get(URL, {"id": "1-guess", "eid": "1"}, REMOTE_ADDR=ip)

    def test_an_addresss_calls_beyond_the_limit_leave_no_rows(self, client, db):
        for _number in range(10):
            self.guess(client)
        assert Postback.objects.count() == 3

    def test_the_answer_stays_the_same(self, client, db):
        answers = {(answer.status_code, answer.content) for answer in (self.guess(client) for _number in range(10))}
        assert answers == {(200, b'{"status":"error","error":"key"}')}

    def test_a_good_key_from_that_address_still_counts(self, client, network, lead):
        for _number in range(10):
            self.guess(client)
        fields = {"id": f"{network.pk}-{KEY}", "oid": lead.oid, "status": "approve"}
        assert client.get(URL, fields, REMOTE_ADDR="203.0.113.9").json() == {"status": "ok"}
        assert Postback.objects.filter(network=network).count() == 1

    def test_each_address_has_a_limit_of_its_own(self, client, db):
        for number in range(6):
            self.guess(client, f"203.0.113.{number}")
        assert Postback.objects.count() == 6

    def test_addresses_of_one_ipv6_network_are_one(self, client, db):
        for number in range(6):
            self.guess(client, f"2001:db8::{number + 1}")
        assert Postback.objects.count() == 3


class TestListOfAddresses:
    @pytest.fixture
    def network(self, db):
        network = make_network("Listed")
        Network.objects.update(postback_ips="203.0.113.7, 198.51.100.0/24\n2001:db8::/32")
        return network

    def ask(self, client, network, ip, **fields):
        answer = client.get(URL, {"id": f"{network.pk}-{KEY}", "status": "approve", **fields}, REMOTE_ADDR=ip)
        return answer.json().get("error", "ok")

    @pytest.mark.parametrize("ip", ["203.0.113.7", "198.51.100.200", "::ffff:203.0.113.7", "2001:db8:5::1"])
    def test_those_on_it_may_call(self, client, network, lead, ip):
        assert self.ask(client, network, ip, oid=lead.oid) == "ok"

    @pytest.mark.parametrize("ip", ["203.0.113.8", "2001:db9::1", ""])
    def test_others_are_answered_as_if_the_key_were_wrong_and_kept(self, client, network, lead, ip):
        assert self.ask(client, network, ip, oid=lead.oid) == "key"
        row = Postback.objects.get()
        assert (row.network, row.verdict, row.due_at) == (network, "address", None)
        assert row.detail == [{"code": "address", "ip": ip or "?"}]

    def test_the_address_behind_a_trusted_proxy_counts(self, client, network, lead, settings):
        settings.TRUSTED_PROXIES = ["127.0.0.1"]
        fields = {"id": f"{network.pk}-{KEY}", "oid": lead.oid, "status": "approve"}
        answer = client.get(URL, fields, REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.7")
        assert answer.json() == {"status": "ok"}

    def test_replayed_once_the_list_is_mended_the_call_counts(self, client, network, lead):
        self.ask(client, network, "203.0.113.8", oid=lead.oid)
        Network.objects.update(postback_ips="203.0.113.8")
        drain.replay(Postback.objects.all())
        drain.apply_due()
        lead.refresh_from_db()
        assert lead.status == "approve"

    def test_replayed_without_that_it_does_not(self, client, network, lead):
        self.ask(client, network, "203.0.113.8", oid=lead.oid)
        drain.replay(Postback.objects.all())
        drain.apply_due()
        lead.refresh_from_db()
        assert (lead.status, Postback.objects.get().verdict) == ("wait", "address")

    @pytest.mark.parametrize("wrong", ["203.0.113", "203.0.113.0/33", "example.com", "203.0.113.7; x"])
    def test_what_is_no_address_is_told(self, network, wrong):
        network.postback_ips = wrong
        with pytest.raises(ValidationError) as told:
            network.clean_fields()
        assert "is no address" in told.value.message_dict["postback_ips"][0]


@pytest.fixture
def travelling():
    with time_machine.travel("2026-01-01T10:00:30+00:00", tick=False) as traveller:
        yield traveller
