"""Alerts: what is wrong is told once when it begins and once when it is over, to who wants to know."""

import json
import re
from datetime import timedelta

import pytest
import responses
from django.core import mail
from django.utils import timezone

from affiliate.delivery.alerts import conditions, kinds, outbox, texts, watch
from affiliate.integrations import webhooks
from affiliate.models import (
    Alert,
    AlertChannel,
    AlertMute,
    HourCount,
    Incident,
    Lead,
    NetworkState,
    Postback,
    ReportAddress,
    ReportHost,
    StatusPoll,
)
from affiliate.models.alert import AlertState, Event, Phase, Via
from tests.project.test_secrets import database_text

pytestmark = pytest.mark.django_db
BOT = "123456789:SECRET-bot-token-0000001"
HOOK = "https://receiver.example/hook"


def channel(via=Via.WEBHOOK, **values):
    settings = {
        Via.TELEGRAM: {"token": BOT, "chat": "-100500"},
        Via.EMAIL: {"addresses": "a@example.com, b@example.com"},
        Via.WEBHOOK: {"url": HOOK, "secret": "SECRET-hook-0001"},
    }[via]
    return AlertChannel.objects.create(
        **{"name": f"To {via}", "via": via, "values": settings, "language": "en"} | values
    )


def pause(network, reason="bad key"):
    NetworkState.objects.update_or_create(
        network=network, defaults={"paused_at": timezone.now(), "paused_reason": reason}
    )


def resume(network):
    NetworkState.objects.filter(network=network).update(paused_at=None, open_until=None)


@pytest.fixture
def hook():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.post(HOOK, json={})
        yield mock


def told(hook) -> list[dict]:
    return [json.loads(call.request.body) for call in hook.calls]


def found() -> dict:
    return {one.event.value: one for one in conditions.find()}


def old(lead, **columns):
    Lead.objects.filter(pk=lead.pk).update(**columns)


class TestWhatIsWrong:
    def test_nothing_in_a_hub_where_all_goes_well(self, flow, make_lead):
        make_lead()
        assert found() == {}

    def test_a_paused_network_with_what_it_said(self, network):
        pause(network)
        assert found()["paused"].facts == {"reason": "bad key"}

    def test_a_disabled_network_is_nobodys_worry(self, network):
        pause(network)
        network.enabled = False
        network.save()
        assert found() == {}

    def test_a_failing_network_until_a_lead_has_passed(self, network):
        NetworkState.objects.create(network=network, failures=12, open_until=timezone.now() - timedelta(minutes=1))
        assert set(found()) == {"breaker"}

    def test_status_polls_that_are_refused(self, network):
        NetworkState.objects.create(network=network, poll_failures=2)
        now = timezone.now()
        StatusPoll.objects.create(
            network=network, leads_asked=1, started_at=now, finished_at=now, outcome="misconfigured", reason="bad token"
        )
        assert found()["refused"].facts == {"reason": "bad token"}

    def test_unclear_leads_that_stay_so(self, flow, make_lead):
        old(make_lead(), delivery="unclear", next_attempt_at=None, unclear_since=timezone.now())
        assert "unclear" not in found()
        Lead.objects.update(unclear_since=timezone.now() - timedelta(hours=1))
        assert found()["unclear"].facts == {"count": 1}

    @pytest.fixture
    def waiting(self, flow, make_lead, network):
        for number in range(3):
            lead = make_lead(name=f"Ion {number}")
            old(lead, delivery="delivered", next_attempt_at=None, delivered_at=timezone.now() - timedelta(hours=20))

    def test_a_network_that_tells_no_status_though_it_has_leads(self, waiting, network):
        assert found()["silence"].network_id == network.pk

    def test_a_postback_or_a_poll_that_told_something_ends_the_silence(self, waiting, network):
        postback = Postback.objects.create(network=network, method="GET")
        assert "silence" not in found()
        Postback.objects.filter(pk=postback.pk).update(received_at=timezone.now() - timedelta(days=2))
        assert "silence" in found()
        StatusPoll.objects.create(network=network, leads_asked=1, leads_reported=1, started_at=timezone.now())
        assert "silence" not in found()

    def counted(self, network, days, approve, cancel):
        hour = (timezone.now() - timedelta(days=days)).replace(minute=0, second=0, microsecond=0)
        HourCount.objects.create(
            side="network", key=str(network.pk), hour=hour, received=approve + cancel, approve=approve, cancel=cancel
        )

    @pytest.mark.parametrize(("approve", "unusual"), [(5, True), (38, True), (20, False), (16, False)])
    def test_an_approve_rate_out_of_its_usual_band(self, network, approve, unusual):
        self.counted(network, 10, approve=200, cancel=200)
        self.counted(network, 1, approve=approve, cancel=40 - approve)
        assert ("rate" in found()) == unusual

    def test_a_few_leads_say_nothing_of_a_rate(self, network):
        self.counted(network, 10, approve=200, cancel=200)
        self.counted(network, 1, approve=0, cancel=10)
        assert found() == {}

    def test_leads_that_are_due_and_not_taken(self, flow, make_lead, network):
        old(make_lead(), next_attempt_at=timezone.now() - timedelta(minutes=45))
        assert found()["queue"].facts == {"count": 1, "minutes": 45}
        pause(network)
        assert set(found()) == {"paused"}

    def test_leads_that_no_flow_takes(self, make_lead):
        old(make_lead(), created_at=timezone.now() - timedelta(hours=2), next_attempt_at=timezone.now())
        assert found()["queue"].network_id is None

    def test_addresses_that_take_no_reports(self, source):
        address = ReportAddress.objects.create(source=source, name="Keitaro", url="https://tracker.example/p")
        assert found() == {}
        ReportHost.objects.create(host=address.host, failures=20)
        assert (found()["reports"].network_id, found()["reports"].facts) == (None, {"count": 1, "names": str(address)})

    def test_it_is_looked_up_in_few_queries(self, flow, make_lead, network, django_assert_max_num_queries):
        pause(network)
        for number in range(5):
            old(make_lead(name=f"N{number}"), delivery="unclear", next_attempt_at=None)
        with django_assert_max_num_queries(12):
            conditions.find()


class TestTelling:
    def test_the_begin_and_the_end_are_told_once_each(self, network, hook):
        channel()
        pause(network)
        for _look in range(3):
            watch.watch()
            outbox.send_due()
        resume(network)
        for _look in range(3):
            watch.watch()
            outbox.send_due()
        [[begun], [ended]] = [one["alerts"] for one in told(hook)]
        assert (begun["phase"], begun["event"], begun["network"]["name"]) == ("begun", "paused", network.name)
        assert (ended["phase"], ended["ended_at"] is None) == ("ended", False)
        assert [alert.state for alert in Alert.objects.all()] == [AlertState.SENT, AlertState.SENT]

    def test_the_same_trouble_later_is_a_new_incident(self, network, hook):
        channel()
        for _time in range(2):
            pause(network)
            watch.watch()
            resume(network)
            watch.watch()
        assert Incident.objects.count() == 2 and Alert.objects.count() == 4

    def test_numbers_that_change_are_kept_and_not_told_again(self, flow, make_lead, hook):
        channel()
        for number in range(2):
            old(
                make_lead(name=f"N{number}"),
                delivery="unclear",
                next_attempt_at=None,
                unclear_since="2020-01-01T00:00Z",
            )
            watch.watch()
        assert Incident.objects.get().facts == {"count": 2} and Alert.objects.count() == 1

    def test_a_channel_gets_the_events_it_chose(self, network, hook):
        channel(events=[Event.QUEUE])
        channel(name="Off", enabled=False)
        pause(network)
        watch.watch()
        assert not Alert.objects.exists()

    def test_what_is_muted_is_kept_and_not_sent_neither_is_its_end(self, network, hook):
        one = channel()
        AlertMute.objects.create(event=Event.PAUSED, network=network, until=timezone.now() + timedelta(hours=1))
        pause(network)
        watch.watch()
        resume(network)
        watch.watch()
        outbox.send_due()
        assert told(hook) == [] and one.alerts.get().state == AlertState.MUTED

    @pytest.mark.parametrize("mute", [{"event": Event.QUEUE}, {"until": timezone.now() - timedelta(hours=1)}])
    def test_other_mutes_and_those_that_are_over_hold_nothing_back(self, network, hook, mute):
        channel()
        AlertMute.objects.create(**{"until": timezone.now() + timedelta(hours=1)} | mute)
        pause(network)
        watch.watch()
        assert Alert.objects.get().state == AlertState.QUEUED

    def test_a_digest_goes_as_one_message_when_its_time_has_come(self, flow, network, make_lead, hook):
        channel(digest_minutes=30)
        pause(network)
        watch.watch()
        old(make_lead(), delivery="unclear", next_attempt_at=None, unclear_since="2020-01-01T00:00Z")
        watch.watch()
        assert outbox.send_due() == 0
        assert len({alert.due_at for alert in Alert.objects.all()}) == 1
        Alert.objects.update(due_at=timezone.now())
        assert outbox.send_due() == 1
        [message] = told(hook)
        assert len(message["alerts"]) == 2 and "2 alerts of the hub" in message["text"]

    def test_a_message_that_does_not_arrive_is_tried_again_and_given_up_in_the_end(self, network):
        channel()
        pause(network)
        watch.watch()
        with responses.RequestsMock() as mock:
            mock.post(HOOK, status=500, body="down")
            outbox.send_due()
            alert = Alert.objects.get()
            assert (alert.state, alert.tries, alert.answer) == (AlertState.QUEUED, 1, "HTTP 500 down")
            assert outbox.send_due() == 0
            for _try in outbox.RETRIES:
                Alert.objects.update(due_at=timezone.now())
                outbox.send_due()
        alert.refresh_from_db()
        assert (alert.state, alert.due_at) == (AlertState.FAILED, None)

    def test_what_a_dead_worker_left_is_sent_by_another(self, network, hook):
        one = channel()
        pause(network)
        watch.watch()
        assert len(outbox._taken(one)) == 1
        assert outbox.send_due() == 0
        Alert.objects.update(due_at=timezone.now())
        assert outbox.send_due() == 1


class TestChannels:
    def test_telegram(self, network):
        one = channel(Via.TELEGRAM, language="ru")
        pause(network)
        watch.watch()
        with responses.RequestsMock() as mock:
            mock.post(f"https://api.telegram.org/bot{BOT}/sendMessage", json={"ok": True})
            outbox.send_due()
            sent = json.loads(mock.calls[0].request.body)
        assert sent["chat_id"] == "-100500"
        assert f"{network.name}: сеть на паузе: настройки не приняты. Сеть ответила: bad key" in sent["text"]
        assert one.alerts.get().text == sent["text"]

    def test_mail(self, network, settings):
        channel(Via.EMAIL)
        pause(network)
        watch.watch()
        outbox.send_due()
        [letter] = mail.outbox
        assert letter.to == ["a@example.com", "b@example.com"]
        assert letter.subject == f"{network.name}: network paused: its settings are refused. The network said: bad key"

    def test_mail_without_a_server_says_so(self, settings):
        settings.EMAIL_BACKEND = "affiliate.delivery.alerts.mail.NoServer"
        sent = outbox.send_test(channel(Via.EMAIL))
        assert not sent.ok and "EMAIL_URL" in sent.answer

    def test_a_webhook_is_signed(self, network, hook):
        outbox.send_test(channel())
        request = hook.calls[0].request
        moment, signature = re.fullmatch(r"t=(\d+),v1=(\w+)", request.headers["Hub-Signature"]).groups()
        assert signature == webhooks.sign("SECRET-hook-0001", int(moment), request.body)

    def test_private_addresses_are_refused(self, settings, fake_network):
        settings.ALLOW_PRIVATE_ADDRESSES = False
        sent = outbox.send_test(channel(values={"url": f"{fake_network.url}/hook"}))
        assert not sent.ok and fake_network.got == []

    def test_no_secret_is_kept_in_the_clear(self, network):
        pause(network)
        with responses.RequestsMock() as mock:
            mock.post(f"https://api.telegram.org/bot{BOT}/sendMessage", status=404, body=f"no bot {BOT}")
            sent = outbox.send_test(channel(Via.TELEGRAM))
        assert not sent.ok and BOT not in sent.answer
        assert BOT not in database_text()

    @pytest.mark.parametrize("event", Event.values)
    @pytest.mark.parametrize("language", ["en", "ru"])
    def test_every_event_has_its_words(self, network, event, language):
        facts = {
            "count": 5,
            "minutes": 45,
            "hours": 12,
            "rate": 10,
            "usual": 40,
            "reason": "bad key",
            "names": "Keitaro",
        }
        incident = Incident(event=event, network=network, facts=facts, begun_at=timezone.now())
        for phase in (Phase.BEGUN, Phase.ENDED):
            text = texts.message([Alert(incident=incident, phase=phase)], AlertChannel(language=language))
            assert network.name in text and "%" not in text.replace(" %", "")

    @pytest.mark.parametrize("typed", ["a@example.com;b", "no address"])
    def test_addresses_are_checked_when_they_are_typed(self, typed):
        with pytest.raises(ValueError, match="is no e-mail address"):
            kinds.DECLARED[Via.EMAIL]["addresses"].clean(typed)
