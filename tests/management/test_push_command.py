"""`manage.py push`: due leads go out now, or are only shown."""

import signal
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from affiliate.delivery import push
from affiliate.models import Attempt, Lead, Network, NetworkState
from tests.fixtures import TOKEN

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run(capsys):
    def command(name, *arguments):
        call_command("push", "--network", str(name), *arguments)
        return capsys.readouterr().out

    return command


def test_it_sends_what_is_due(flow, make_lead, network, fake_network, run):
    make_lead()
    make_lead()
    assert run(network.name) == "Network probe: 2 conversations ended\n"
    assert Lead.objects.filter(delivery="delivered").count() == 2


def test_a_network_is_named_by_its_number_too(flow, make_lead, network, fake_network, run):
    make_lead()
    assert "1 conversation ended" in run(network.pk)


@pytest.mark.parametrize("name", ["Nobody", "99999999999999999999", "-1", "²", ""])
def test_an_unknown_network_is_told_with_those_there_are(network, run, name):
    with pytest.raises(CommandError, match="Networks: Network probe"):
        run(name)


def test_it_says_what_keeps_leads_back(flow, make_lead, network, fake_network, run):
    make_lead()
    Network.objects.update(daily_cap=0)
    assert run(network.name).splitlines() == [
        "Network probe: 0 conversations ended",
        "It takes no leads now: the network's cap is reached (0)",
    ]


def test_credentials_that_cannot_be_opened_are_told(network, run, settings):
    settings.ENCRYPTION_KEYS = ["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="]
    with pytest.raises(CommandError, match="ENCRYPTION_KEYS"):
        run(network.name)


def test_an_integration_this_version_lacks_is_told(network, run):
    Network.objects.update(integration="gone")
    with pytest.raises(CommandError, match="gone"):
        run(network.name)


def test_an_interrupt_lets_leads_on_their_way_end(flow, make_lead, network, fake_network, run):
    for _number in range(30):
        make_lead()

    def interrupt(handler):
        signal.raise_signal(signal.SIGINT)
        handler.reply(200, '{"verdict": "ok", "id": 1}')

    fake_network.verdicts["Ion"] = interrupt
    before = signal.getsignal(signal.SIGINT)
    run(network.name)
    assert set(Lead.objects.values_list("delivery", flat=True)) == {"delivered", "queued"}
    assert signal.getsignal(signal.SIGINT) is before and not push.stopping.is_set()


class TestDryRun:
    def test_it_shows_the_leads_and_the_first_request(self, flow, make_lead, network, fake_network, run):
        first, second = make_lead(), make_lead(country="BG", name="Ana")
        shown = run(network.name, "--dry-run")
        lines = shown.splitlines()
        assert lines[0] == "Network probe: due 2, would go now 2"
        assert lines[1].split()[:2] == [first.oid, "RO"] and lines[2].split()[:2] == [second.oid, "BG"]
        assert f"POST {fake_network.url}/add" in lines
        assert f'"sub":"{first.oid}"' in shown and second.oid not in shown.split("POST")[1]

    def test_secrets_are_masked(self, flow, make_lead, network, run):
        make_lead()
        shown = run(network.name, "--dry-run")
        assert "Authorization: Bearer •••" in shown and TOKEN not in shown

    def test_nothing_is_claimed_or_sent(self, flow, make_lead, network, fake_network, run):
        lead = make_lead()
        run(network.name, "--dry-run")
        lead.refresh_from_db()
        assert (lead.delivery, lead.lease, fake_network.got) == ("queued", None, [])
        assert not Attempt.objects.exists() and not NetworkState.objects.exists()

    def test_leads_that_are_not_due_stay_out(self, flow, make_lead, network, run):
        make_lead()
        Lead.objects.update(next_attempt_at=timezone.now() + timedelta(minutes=1))
        assert run(network.name, "--dry-run") == "Network probe: due 0, would go now 0\n"

    def test_caps_are_kept(self, flow, make_lead, network, run):
        for country in ("RO", "RO", "BG", "BG", "BG"):
            make_lead(country=country)
        Network.objects.update(daily_cap=3, daily_country_caps={"RO": 1})
        shown = run(network.name, "--dry-run")
        assert "due 5, would go now 3" in shown and shown.count(" RO ") == 1

    def test_a_closed_network_says_why(self, flow, make_lead, network, run):
        make_lead()
        NetworkState.objects.create(network=network, paused_at=timezone.now(), paused_reason="bad key")
        assert run(network.name, "--dry-run").splitlines() == [
            "Network probe: due 1, would go now 0",
            "It takes no leads now: paused: misconfigured (bad key)",
        ]

    def test_after_a_rest_one_lead_would_try(self, flow, make_lead, network, run):
        make_lead()
        make_lead()
        NetworkState.objects.create(network=network, open_until=timezone.now() - timedelta(seconds=1))
        assert "due 2, would go now 1" in run(network.name, "--dry-run")

    def test_more_leads_than_fit_are_counted(self, flow, make_lead, network, run):
        for _number in range(23):
            make_lead()
        assert "and 3 more" in run(network.name, "--dry-run")

    def test_a_lead_for_which_no_request_can_be_made(self, flow, make_lead, network, run, monkeypatch):
        def broken(self, lead):
            yield from ()
            raise KeyError("id")

        make_lead()
        monkeypatch.setattr("tests.fixtures.Probe.push", broken)
        shown = run(network.name, "--dry-run")
        assert "The first lead would not be sent: the integration could not make a request" in shown
