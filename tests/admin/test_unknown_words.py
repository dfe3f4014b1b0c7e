"""Unknown status words get a meaning on a page of their own."""

import pytest

from affiliate.models import Network, Postback

WORDS = "/admin/affiliate/postback/words/"


@pytest.fixture
def network(db):
    return Network.objects.create(name="Rock", integration="leadrock")


@pytest.fixture
def waiting(network):
    fields = {"oid": "1", "status": "packed"}
    return [
        Postback.objects.create(network=network, method="GET", fields=fields, verdict="unknown") for _number in range(2)
    ]


def test_the_journal_leads_to_them(admin_client, waiting):
    assert WORDS in admin_client.get("/admin/affiliate/postback/").content.decode()


def test_a_word_stands_with_its_network_count_and_example(admin_client, waiting):
    [row] = admin_client.get(WORDS).context["rows"]
    assert (row["network"], row["known"].word, row["known"].count) == ("Rock", "packed", 2)
    assert row["example"].endswith(f"/postback/{waiting[1].pk}/change/")


def test_its_meaning_is_stored_and_its_postbacks_are_applied(admin_client, network, waiting):
    answer = admin_client.post(WORDS, {"network": network.pk, "word": "packed", "status": "hold"}, follow=True)
    network.refresh_from_db()
    assert network.description == {"statuses": {"packed": "hold"}}
    assert set(Postback.objects.values_list("verdict", flat=True)) == {"pending"}
    [message] = answer.context["messages"]
    assert str(message) == "“packed” is known now; 2 postbacks are applied again."
    assert "Every word that came is known." in answer.content.decode()


def test_without_a_meaning_nothing_is_done(admin_client, network, waiting):
    answer = admin_client.post(WORDS, {"network": network.pk, "word": "packed", "status": ""}, follow=True)
    assert "Choose what the word means." in answer.content.decode()
    assert set(Postback.objects.values_list("verdict", flat=True)) == {"unknown"}


def test_who_may_only_look_sees_words_without_a_form(client_with, network, waiting):
    client = client_with("postback.view", "network.view")
    [row] = client.get(WORDS).context["rows"]
    assert row["form"] is None
    assert client.post(WORDS, {"network": network.pk, "word": "packed", "status": "hold"}).status_code == 403


def test_a_described_network_keeps_what_is_known_of_its_protocol(admin_client):
    """A word that was explained first must not hide the outline that a manager starts from."""
    network = Network.objects.create(name="Own", integration="dottpro", description={"statuses": {"ok": "approve"}})
    text = admin_client.get(f"/admin/affiliate/network/{network.pk}/change/").context["adminform"].form.initial
    assert "push:" in text["description"]
    assert "ok: approve" in text["description"]
