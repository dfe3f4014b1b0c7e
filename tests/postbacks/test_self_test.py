"""The hub calls its own postback address over real HTTP and says what it finds."""

import pytest
import requests

from affiliate.models import Network, Postback
from affiliate.models.fields import new_oid
from affiliate.postbacks import self_test
from tests.postbacks.conftest import KEY, make_network


@pytest.fixture
def network(transactional_db):
    return make_network("Tested")


@pytest.fixture
def site(live_server, settings):
    settings.SITE_URL = live_server.url


@pytest.mark.usefixtures("site")
class TestOverHttp:
    def test_a_good_address_answers_access_and_the_call_is_kept(self, network):
        found = self_test.run(network)
        assert (found.ok, "answered with “access”" in found.text) == (True, True)
        assert sorted(Postback.objects.values_list("method", flat=True)) == ["GET", "HEAD"]

    def test_a_list_of_addresses_without_our_own_is_named(self, network):
        Network.objects.update(postback_ips="203.0.113.7")
        found = self_test.run(network)
        assert found.ok
        assert "127.0.0.1" in found.text

    def test_a_key_that_is_not_in_force_is_told(self, network):
        Network.objects.update(postback_keys=["TOKEN-new-0001"])
        found = self_test.run(network)
        assert not found.ok
        assert "not in this hub's journal" in found.text


class TestTrouble:
    def test_no_answer(self, network, settings):
        settings.SITE_URL = "http://127.0.0.1:9"
        found = self_test.run(network)
        assert not found.ok
        assert "There is no answer (ConnectionError)" in found.text
        assert KEY not in found.text

    @pytest.mark.parametrize(
        ("code", "said"),
        [(404, "HTTP 404"), (301, "sends the caller to another address"), (200, "not in this hub's journal")],
    )
    def test_something_else_answers(self, network, monkeypatch, code, said):
        def answering(session, method, url, **options):
            answer = requests.Response()
            answer.status_code, answer._content = code, b"<html>"
            answer.headers["Location"] = "https://elsewhere.example/"
            return answer

        monkeypatch.setattr(requests.Session, "request", answering)
        found = self_test.run(network)
        assert not found.ok
        assert said in found.text
        assert "SITE_URL" in found.text


def test_no_lead_can_have_the_oid_of_a_test():
    assert not new_oid().startswith(self_test.MARK)
    assert "L" in self_test.MARK
