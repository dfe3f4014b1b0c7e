"""The first page: what needs a person, and the next step of a new hub."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from affiliate.admin import counting
from affiliate.models import Attempt, Network, NetworkState, Offer, Postback
from affiliate.models.postback import Verdict
from tests.admin.conftest import attempt_of, leave

HOUR = timedelta(hours=1)


def titles(answer) -> set[str]:
    return {f"{need['count']} {need['title']}".strip() for need in answer.context["needs"]}


def test_an_empty_hub_says_what_to_do_first(admin_client):
    steps = admin_client.get("/admin/").context["steps"]
    assert [step["next"] for step in steps] == [True, False, False, False]
    assert steps[0]["url"] == reverse("admin:affiliate_network_add")


def test_what_is_done_is_ticked_off(admin_client, network):
    Offer.objects.create(title="Watch")
    steps = admin_client.get("/admin/").context["steps"]
    assert [step["done"] for step in steps] == [True, True, False, False]
    assert [step["next"] for step in steps] == [False, False, True, False]


def test_after_the_first_lead_there_are_no_steps(admin_client, flow, make_lead):
    make_lead()
    assert admin_client.get("/admin/").context["steps"] == []


def test_what_needs_a_person_is_counted_and_linked(admin_client, everything):
    answer = admin_client.get("/admin/")
    assert titles(answer) == {
        Network.objects.get().name,
        "1 lead: unclear whether it arrived",
        "1 lead failed",
        "1 status word that nobody has explained",
    }
    for need in answer.context["needs"]:
        assert admin_client.get(need["url"]).status_code == 200


def test_a_lead_without_a_flow_is_seen(admin_client, offer, make_lead):
    make_lead()
    assert titles(admin_client.get("/admin/")) == {"1 lead that no flow takes"}


def ran(ago: timedelta) -> None:
    interval, _made = IntervalSchedule.objects.get_or_create(every=15, period="seconds")
    task, _made = PeriodicTask.objects.get_or_create(name="sweep", task="affiliate.sweep", interval=interval)
    PeriodicTask.objects.filter(pk=task.pk).update(last_run_at=timezone.now() - ago)


def test_a_beat_that_is_down_is_told(admin_client, flow, make_lead):
    leave(make_lead(), next_attempt_at=timezone.now() - HOUR)
    ran(HOUR)
    assert titles(admin_client.get("/admin/")) == {"The beat process"}


def test_workers_are_told_to_be_down_when_due_leads_lie_and_nobody_talks_with_networks(admin_client, flow, make_lead):
    ran(timedelta(minutes=1))
    lead = leave(make_lead(), next_attempt_at=timezone.now() - timedelta(minutes=1))
    assert titles(admin_client.get("/admin/")) == set()
    leave(lead, next_attempt_at=timezone.now() - HOUR)
    assert titles(admin_client.get("/admin/")) == {"The workers"}
    attempt_of(lead)
    Attempt.objects.update(started_at=timezone.now() - timedelta(minutes=1))
    assert titles(admin_client.get("/admin/")) == set()


def test_what_a_paused_network_keeps_does_not_blame_the_workers(admin_client, flow, make_lead):
    leave(make_lead(), next_attempt_at=timezone.now() - HOUR)
    NetworkState.objects.update_or_create(network=flow.network, defaults={"paused_at": timezone.now()})
    assert titles(admin_client.get("/admin/")) == {flow.network.name}


def test_nothing_to_do_is_said(admin_client, flow, make_lead):
    make_lead()
    assert "everything goes its way" in admin_client.get("/admin/").content.decode()


def test_big_counts_end_at_a_limit(admin_client, network, monkeypatch):
    for _number in range(3):
        Postback.objects.create(network=network, method="GET", verdict=Verdict.MACRO)
    monkeypatch.setattr(counting.count_up_to, "__defaults__", (2,))
    monkeypatch.setattr(counting.words, "__defaults__", (2,))
    assert titles(admin_client.get("/admin/")) == {"2+ postbacks with unreplaced macros"}


def test_who_may_not_see_leads_sees_no_numbers(client_with, everything):
    answer = client_with("offer.view").get("/admin/")
    assert answer.context["needs"] == [] and "cards" not in answer.context


@pytest.mark.parametrize("right", ["lead.view", "network.view", "postback.view", "statusword.view"])
def test_each_right_shows_its_own_part(client_with, everything, right):
    model = right.partition(".")[0]
    Postback.objects.create(network=Network.objects.get(), method="GET", verdict=Verdict.MACRO)
    needs = client_with(right).get("/admin/").context["needs"]
    assert needs and all(f"/affiliate/{model}/" in need["url"] for need in needs)
