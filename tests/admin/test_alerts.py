"""Channels of alerts with a test, incidents, mutes and the journal of what was sent."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from affiliate.models import Alert, AlertChannel, AlertMute, Incident
from affiliate.models.alert import Event, Phase, Via

CHANNELS, MUTES = "/admin/affiliate/alertchannel/", "/admin/affiliate/alertmute/"
BOT = "123456789:SECRET-bot-token-0000001"


def text(client, url, language="en") -> str:
    client.cookies["django_language"] = language
    return client.get(url).content.decode()


@pytest.fixture
def telegram(db):
    return AlertChannel.objects.create(
        name="Night shift", via=Via.TELEGRAM, values={"token": BOT, "chat": "-100500"}, language="en"
    )


@pytest.fixture
def incident(network):
    return Incident.objects.create(
        event=Event.PAUSED, network=network, facts={"reason": "bad key"}, begun_at=timezone.now() - timedelta(hours=2)
    )


def test_a_channel_is_picked_by_its_kind(admin_client, db):
    html = text(admin_client, f"{CHANNELS}add/")
    assert [via for via in Via.values if f"?via={via}" not in html] == []


def test_a_channel_is_added_and_its_test_comes_next(admin_client, db):
    data = {"name": "Team", "values_token": BOT, "values_chat": "@team", "language": "ru", "digest_minutes": "0"}
    response = admin_client.post(f"{CHANNELS}add/?via=telegram", data | {"events": ["paused"], "enabled": "1"})
    added = AlertChannel.objects.get()
    assert (added.via, added.values, added.events) == ("telegram", {"token": BOT, "chat": "@team"}, ["paused"])
    assert "Send a test" in text(admin_client, response["Location"])


def test_what_is_typed_wrong_is_told_at_its_field(admin_client, db):
    data = {"name": "Team", "values_token": "nonsense", "values_chat": "@team", "language": "ru", "digest_minutes": "0"}
    html = admin_client.post(f"{CHANNELS}add/?via=telegram", data).content.decode()
    assert "This does not look right" in html and not AlertChannel.objects.exists()


def test_a_stored_token_is_shown_to_nobody_and_kept_by_an_empty_input(admin_client, client_with, telegram):
    page = f"{CHANNELS}{telegram.pk}/change/"
    for client in (admin_client, client_with("alertchannel.view")):
        assert BOT not in text(client, page)
    data = {"name": "Renamed", "values_token": "", "values_chat": "5", "language": "en", "digest_minutes": "0"}
    admin_client.post(page, data)
    telegram = AlertChannel.objects.get()
    assert (telegram.name, telegram.values) == ("Renamed", {"token": BOT, "chat": "5"})


def test_who_may_only_look_sees_no_chat_either(client_with, telegram):
    assert "-100500" not in text(client_with("alertchannel.view"), f"{CHANNELS}{telegram.pk}/change/")


def test_a_test_shows_the_answer(admin_client, fake_network):
    hook = AlertChannel.objects.create(name="Hook", via=Via.WEBHOOK, values={"url": f"{fake_network.url}/hook"})
    response = admin_client.post(f"{CHANNELS}{hook.pk}/test/", follow=True)
    assert "The test has left. The answer: HTTP 200" in response.content.decode()
    assert "alerts of the hub arrive here" in json.dumps(fake_network.got)


def test_a_test_that_does_not_arrive_says_why(admin_client):
    hook = AlertChannel.objects.create(name="Hook", via=Via.WEBHOOK, values={"url": "http://127.0.0.1:1/"})
    response = admin_client.post(f"{CHANNELS}{hook.pk}/test/", follow=True)
    assert "The test did not arrive: no connection" in response.content.decode()


def test_a_test_needs_the_right_to_change(client_with, telegram):
    assert client_with("alertchannel.view").post(f"{CHANNELS}{telegram.pk}/test/").status_code == 403
    assert not Alert.objects.exists()


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ["The network said: bad key", "goes on"]), ("ru", ["Сеть ответила: bad key", "продолжается"])],
)
def test_incidents_are_told_in_the_readers_language(admin_client, incident, language, words):
    html = text(admin_client, "/admin/affiliate/incident/", language)
    assert [word for word in words if word not in html] == []


def test_an_incident_is_muted_from_the_list(admin_client, incident, network):
    page = f"{MUTES}add/?event=paused&network={network.pk}"
    assert page.replace("&", "&amp;") in text(admin_client, "/admin/affiliate/incident/")
    assert admin_client.get(page).status_code == 200
    admin_client.post(page, {"event": "paused", "network": network.pk, "channel": "", "hours": "4"})
    left = AlertMute.objects.get().until - timezone.now()
    assert timedelta(hours=3) < left <= timedelta(hours=4)


def test_who_may_not_mute_is_not_offered_it(client_with, incident):
    assert MUTES not in text(client_with("incident.view"), "/admin/affiliate/incident/")


def test_the_journal_shows_what_was_sent(admin_client, telegram, incident):
    alert = Alert.objects.create(
        channel=telegram, incident=incident, phase=Phase.BEGUN, state="sent", text="Probe: paused", answer="HTTP 200"
    )
    assert "HTTP 200" in text(admin_client, "/admin/affiliate/alert/")
    assert "Probe: paused" in text(admin_client, f"/admin/affiliate/alert/{alert.pk}/change/")


@pytest.mark.parametrize("page", [CHANNELS, MUTES, "/admin/affiliate/incident/", "/admin/affiliate/alert/"])
def test_lists_read_as_much_for_many_rows_as_for_one(admin_client, network, page, django_assert_max_num_queries):
    for number in range(12):
        one = AlertChannel.objects.create(name=f"C{number}", via=Via.EMAIL, values={"addresses": "a@example.com"})
        begun = timezone.now() - timedelta(hours=number)
        it = Incident.objects.create(event=Event.PAUSED, network=network, begun_at=begun, ended_at=timezone.now())
        Alert.objects.create(channel=one, incident=it, phase=Phase.BEGUN)
        AlertMute.objects.create(channel=one, network=network, until=timezone.now())
    with django_assert_max_num_queries(10):
        assert admin_client.get(page).status_code == 200


def test_a_channel_is_deleted_with_the_journal_of_what_it_was_told(admin_client, telegram, incident):
    Alert.objects.create(channel=telegram, incident=incident, phase=Phase.BEGUN)
    page = f"{CHANNELS}{telegram.pk}/delete/"
    assert admin_client.get(page).context["perms_lacking"] == set()
    admin_client.post(page, {"post": "yes"})
    assert not AlertChannel.objects.exists() and Incident.objects.exists()
