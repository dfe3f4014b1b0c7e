"""Status words on a page: what they mean and why, and another meaning after a look at what it would change."""

import pytest
from django.utils import timezone
from model_bakery import baker

from affiliate.delivery import statuses
from affiliate.models import Lead, Network, SeenWords, StatusWord, WordChange
from affiliate.postbacks import words
from affiliate.vocabulary import ChangeSource

LIST = "/admin/affiliate/statusword/"


@pytest.fixture
def network(db):
    return Network.objects.create(name="Rock", integration="leadrock")


@pytest.fixture
def leads(network):
    """Two of which the network has said `packed` when it was asked."""
    found = baker.make(Lead, 2, network=network, delivery="delivered", delivered_at=timezone.now())
    reports = [statuses.Report(lead.pk, None, raw_status="packed", why="unknown") for lead in found]
    statuses.apply(reports, source=ChangeSource.POLL)
    return found


def seen(network, word, status="", why="unknown", times=1):
    SeenWords.objects.create(words=[[network.pk, word, status, why, times, 1]], seen_at=timezone.now())


def page_of(word):
    return f"{LIST}{StatusWord.objects.get(word=word).pk}/change/"


def test_unknown_words_stand_on_top_and_the_others_say_why_they_mean_what(admin_client, network):
    for word, status, why, times in [
        ("approve", "approve", "network", 50),
        ("hold", "wait", "list", 30),
        ("vykup paid", "approve", "vocabulary", 9),
        ("packed", "", "unknown", 2),
        ("boxed", "", "unknown", 7),
    ]:
        seen(network, word, status, why, times)
    answer = admin_client.get(LIST)
    assert [row.word for row in answer.context["cl"].result_list] == [
        "boxed",
        "packed",
        "approve",
        "vykup paid",
        "hold",
    ]
    text = answer.content.decode()
    for reason in ("nobody has said", "own words", "the list in the postback", "the general vocabulary"):
        assert reason in text


def test_they_are_found_by_network_meaning_and_word(admin_client, network):
    seen(network, "packed")
    seen(network, "approve", "approve", "network")
    for query, count in [("means=unknown", 1), ("means=approve", 1), (f"network={network.pk}", 2), ("q=pack", 1)]:
        assert len(admin_client.get(f"{LIST}?{query}").context["cl"].result_list) == count


def test_the_list_costs_few_queries(admin_client, network, django_assert_max_num_queries):
    for number in range(30):
        seen(network, f"word {number}")
    admin_client.get(LIST)
    with django_assert_max_num_queries(14):
        admin_client.get(LIST)


def test_a_meaning_is_chosen_seen_and_given_to_earlier_leads(admin_client, network, leads):
    admin_client.get(LIST)
    url = page_of("packed")
    seen = admin_client.post(url, {"status": "hold"})
    assert "2 leads would change." in seen.content.decode()
    assert not WordChange.objects.exists()
    done = admin_client.post(url, {"status": "hold", "save": "again"}, follow=True)
    [message] = done.context["messages"]
    assert str(message) == "“packed” means hold from now on."
    assert "2 earlier leads changed." in done.content.decode()
    assert WordChange.objects.get().finished_at
    network.refresh_from_db()
    assert network.description == {"statuses": {"packed": "hold"}}
    assert set(Lead.objects.values_list("status", flat=True)) == {"hold"}
    assert "a person has said so" in done.content.decode()


def test_or_only_to_what_comes_next(admin_client, network, leads):
    admin_client.get(LIST)
    admin_client.post(page_of("packed"), {"status": "hold", "save": "on"})
    assert set(Lead.objects.values_list("status", flat=True)) == {"wait"}
    assert WordChange.objects.get().finished_at


def test_a_page_that_is_not_ready_says_so_and_comes_again(admin_client, network, leads, monkeypatch):
    monkeypatch.setattr(words, "BATCH", 1)
    admin_client.get(LIST)
    done = admin_client.post(page_of("packed"), {"status": "hold", "save": "again"}, follow=True)
    text = done.content.decode()
    assert "2 earlier leads changed. Still looking through the leads." in text and "http-equiv" in text


def test_without_a_meaning_nothing_is_done(admin_client, network, leads):
    admin_client.get(LIST)
    answer = admin_client.post(page_of("packed"), {"status": ""})
    assert "Choose what the word means." in answer.content.decode()
    assert not WordChange.objects.exists()


def test_a_word_that_the_postbacks_address_explains_is_changed_there(admin_client, network):
    seen(network, "hold", "wait", "list")
    admin_client.get(LIST)
    text = admin_client.get(page_of("hold")).content.decode()
    assert "change the address in the network" in text and "See what would change" not in text


def test_who_may_only_look_sees_no_form(client_with, admin_client, network, leads):
    admin_client.get(LIST)
    client = client_with("statusword.view", "network.view")
    assert "See what would change" not in client.get(page_of("packed")).content.decode()
    assert client.post(page_of("packed"), {"status": "hold", "save": "again"}).status_code == 403


def test_a_described_network_keeps_what_is_known_of_its_protocol(admin_client):
    """A word that was explained first must not hide the outline that a manager starts from."""
    network = Network.objects.create(name="Own", integration="dottpro", description={"statuses": {"ok": "approve"}})
    text = admin_client.get(f"/admin/affiliate/network/{network.pk}/change/").context["adminform"].form.initial
    assert "push:" in text["description"]
    assert "ok: approve" in text["description"]


def test_a_word_that_is_gone_is_told(admin_client, network):
    assert admin_client.get(f"{LIST}999/change/", follow=True).status_code == 200


def test_where_no_word_has_come_the_next_step_is_said(admin_client, network):
    text = admin_client.get(LIST).content.decode()
    assert "No network has written a status word yet" in text and "/admin/affiliate/network/" in text
    seen(network, "packed")
    assert "No network has written" not in admin_client.get(LIST).content.decode()
    assert "No network has written" not in admin_client.get(f"{LIST}?q=nothing").content.decode()


def test_words_that_a_network_is_known_for_and_has_not_written_are_named(admin_client, network):
    Network.objects.update(description={"statuses": {"packed": "hold", "boxed": "trash"}})
    seen(network, "Packed", "hold", "network")
    words_of = {row["word"] for row in admin_client.get(f"{LIST}?network={network.pk}").context["silent"]}
    assert "boxed" in words_of and "packed" not in words_of
    assert set(network.integration_class.statuses) <= words_of
    Network.objects.update(integration="gone")
    assert admin_client.get(f"{LIST}?network={network.pk}").context["silent"] == []


@pytest.mark.parametrize("query", ["", "?network=999999", "?network=x"])
def test_they_are_named_of_one_network_only(admin_client, network, query):
    assert "silent" not in admin_client.get(f"{LIST}{query}", follow=True).context
