"""A key is replaced without losing a call."""

import pytest

from affiliate.models import Network, Postback
from affiliate.postbacks import keys
from tests.postbacks.conftest import KEY


@pytest.fixture
def rotated(network):
    keys.rotate(network)
    return Network.objects.get(pk=network.pk)


def test_a_new_key_goes_first_and_the_old_one_stays_good(call, rotated, lead):
    assert rotated.postback_keys[1:] == [KEY]
    assert rotated.postback_key != KEY
    assert call(key=rotated.postback_key, oid=lead.oid, status="approve") == "ok"
    assert call(key=KEY, oid=lead.oid, status="approve") == "ok"


def test_the_journal_tells_which_calls_came_with_an_old_key(call, rotated, lead):
    call(key=KEY, oid=lead.oid, status="approve")
    call(key=rotated.postback_key, oid=lead.oid, status="approve")
    assert list(Postback.objects.order_by("pk").values_list("old_key", flat=True)) == [True, False]


def test_an_old_key_that_was_ended_is_a_wrong_one(call, rotated, lead):
    assert keys.remove_old(rotated) == 1
    assert call(key=KEY, oid=lead.oid, status="approve") == "key"
    assert call(key=rotated.postback_key, oid=lead.oid, status="approve") == "ok"


def test_two_rotations_keep_both_older_keys(network):
    first, second = keys.rotate(network), keys.rotate(network)
    network.refresh_from_db()
    assert network.postback_keys == [second, first, KEY]


def test_ending_old_keys_where_there_are_none_changes_nothing(network):
    assert keys.remove_old(network) == 0
    network.refresh_from_db()
    assert network.postback_keys == [KEY]


class TestWhatAnotherProcessChanged:
    """Its change is in the database; this process remembers what it read before."""

    @pytest.fixture
    def network(self, network, call, lead, settings):
        settings.REMEMBER_SECONDS = 600
        assert call(key=KEY, oid=lead.oid, status="approve") == "ok"
        return network

    def change(self, network, **values):
        for name, value in values.items():
            setattr(network, name, value)
        network.save(update_fields=list(values))

    def test_a_new_key_is_good_at_once(self, network, call, lead):
        self.change(network, postback_keys=["TOKEN-new-0001", KEY])
        assert call(key="TOKEN-new-0001", oid=lead.oid, status="approve") == "ok"

    def test_an_ended_key_and_a_list_of_addresses_are_heeded_some_seconds_later(self, network, call, lead, settings):
        self.change(network, postback_keys=["TOKEN-new-0001"], postback_ips="203.0.113.7")
        assert call(key=KEY, oid=lead.oid, status="approve") == "ok"
        settings.REMEMBER_SECONDS = 0
        assert call(key=KEY, oid=lead.oid, status="approve") == "key"
        assert call(key="TOKEN-new-0001", oid=lead.oid, status="approve") == "key"
        assert Postback.objects.order_by("-pk")[0].verdict == "address"
