"""The first page: what needs a person, and the next step of a new hub."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from affiliate import tasks
from affiliate.admin import counting
from affiliate.models import Heartbeat, Network, Offer, Postback, ReportAddress, ReportHost
from affiliate.models.postback import Verdict
from tests.admin.conftest import leave

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


def test_workers_that_have_not_swept_for_long_are_told_to_be_down(admin_client, db):
    ran(timedelta(minutes=1))
    tasks.sweep()
    assert titles(admin_client.get("/admin/")) == set()
    Heartbeat.objects.update(at=timezone.now() - HOUR)
    assert titles(admin_client.get("/admin/")) == {"The workers"}
    assert "No worker has reported for 1 hour" in admin_client.get("/admin/").content.decode().replace("\xa0", " ")
    tasks.sweep()
    assert titles(admin_client.get("/admin/")) == set()


def test_workers_that_never_were_are_told_to_be_down_once_there_was_time_for_them(admin_client, db):
    ran(timedelta(minutes=1))
    assert titles(admin_client.get("/admin/")) == set()
    PeriodicTask.objects.update(date_changed=timezone.now() - HOUR)
    assert titles(admin_client.get("/admin/")) == {"The workers"}


def test_an_address_that_takes_no_reports_is_told(admin_client, source):
    address = ReportAddress.objects.create(source=source, name="Keitaro", url="https://tracker.example/p")
    ReportHost.objects.create(host=address.host, failures=20)
    answer = admin_client.get("/admin/")
    assert titles(answer) == {str(address)}
    [need] = answer.context["needs"]
    assert admin_client.get(need["url"]).status_code == 200


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
