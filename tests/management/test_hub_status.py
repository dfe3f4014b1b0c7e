"""`manage.py hub_status`: how each network is doing, for people and as JSON."""

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from affiliate.delivery import processes, push
from affiliate.models import Heartbeat, Lead, NetworkState

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def status(capsys):
    def run(*arguments):
        call_command("hub_status", *arguments)
        return capsys.readouterr().out

    return run


def test_a_hub_without_networks(db, status):
    assert "network" in status()
    assert json.loads(status("--json")) == {
        "networks": [],
        "without_network": 0,
        "beat_stands_still": False,
        "workers_silent_since": None,
    }


def test_workers_that_report_no_more_are_told(db, status):
    processes.worker_lives()
    assert "worker" not in status()
    moment = timezone.now() - timedelta(hours=1)
    Heartbeat.objects.update(at=moment)
    assert "No worker has reported since" in status()
    assert json.loads(status("--json"))["workers_silent_since"] == moment.isoformat()


def test_the_table_shows_a_line_for_each_network(flow, make_lead, status):
    make_lead()
    head, line = status().splitlines()
    assert head.startswith("network") and head.endswith("state")
    assert line.split()[:5] == ["Network", "probe", "1", "0", "1"] and line.endswith("working")


def test_json_has_every_number(flow, make_lead, network, fake_network, status):
    fake_network.verdicts["No"] = "refused"
    make_lead(name="No")
    make_lead()
    push.push_due(network.pk)
    make_lead()
    Lead.objects.filter(delivery="queued").update(next_attempt_at=timezone.now() - timedelta(seconds=90))
    [shown] = json.loads(status("--json"))["networks"]
    assert shown["name"] == network.name and 90 <= shown["oldest_due_seconds"] < 100
    assert (shown["queued"], shown["due"], shown["in_flight"]) == (1, 1, 0)
    assert (shown["delivered_minute"], shown["delivered_hour"], shown["ended_hour"]) == (1, 1, 2)
    assert (shown["refusal_rate"], shown["error_rate"]) == (0.5, 0.0)
    assert (shown["closed"], shown["half_open"]) == (None, False) and shown["next_poll"]


def test_it_says_why_a_network_takes_nothing(network, status):
    NetworkState.objects.create(network=network, paused_at=timezone.now(), paused_reason="bad key")
    assert status().rstrip().endswith("paused: misconfigured: bad key")
    [shown] = json.loads(status("--json"))["networks"]
    assert (shown["closed"], shown["closed_detail"]) == ("paused", "bad key")


def test_a_network_on_trial_after_a_rest(network, status):
    NetworkState.objects.create(network=network, open_until=timezone.now() - timedelta(seconds=1))
    assert status().rstrip().endswith("one lead tries after a rest")


def test_it_counts_the_leads_that_no_flow_takes(offer, make_lead, status):
    make_lead()
    assert "1 lead waits: no flow takes it" in status()


@pytest.mark.parametrize(
    ("seconds", "shown"), [(45, "45s"), (200, "3m 20s"), (18_120, "5h 2m"), (273_600, "3d 4h"), (0, "0s")]
)
def test_ages_are_short(seconds, shown):
    from affiliate.management.commands.hub_status import _age

    assert _age(timedelta(seconds=seconds)) == shown
