"""What strangers sent is never run, a list of many rows reads as little as a short one, and each page needs its right."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from affiliate.models import Attempt, Flow, Lead, Network, Offer, Postback, SandboxOrder, Source, StatusPoll
from affiliate.postbacks.details import note
from tests.admin.conftest import attempt_of

MODELS = ["lead", "network", "offer", "flow", "source", "attempt", "statuspoll", "postback", "statusword"]
LISTS = [*(f"/admin/affiliate/{name}/" for name in [*MODELS, "sandboxaccount", "sandboxorder"])]
OTHERS = ["/admin/auth/user/", "/admin/auth/group/", "/admin/django_celery_beat/periodictask/"]
EVIL = "<script>alert(1)</script>"


@pytest.fixture
def pages(everything, admin_user):
    """The address of every page."""
    interval = IntervalSchedule.objects.create(every=15, period="seconds")
    PeriodicTask.objects.create(name="sweep", task="affiliate.sweep", interval=interval)
    Group.objects.create(name="Managers")
    rows = [Lead.objects.get(pk=everything.pk), Attempt.objects.first(), StatusPoll.objects.first()]
    rows += [model.objects.first() for model in (Network, Offer, Flow, Source, SandboxOrder, PeriodicTask, Group)]
    rows += [*Postback.objects.all(), Lead.objects.get(delivery="unclear"), admin_user]
    flow = Flow.objects.get()
    return [
        "/admin/",
        *LISTS,
        *OTHERS,
        *(reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk]) for row in rows),
        *(f"/admin/affiliate/{name}/add/" for name in ("network", "offer", "flow", "source")),
        "/admin/affiliate/network/add/?integration=probe",
        f"/admin/affiliate/flow/add/?offer={flow.offer_id}&network={flow.network_id}",
        "/admin/affiliate/offer/by-country/",
        f"/admin/affiliate/offer/where/?lead={everything.pk}",
        "/admin/affiliate/network/state/",
        "/admin/affiliate/flow/table/",
        f"/admin/affiliate/flow/{flow.pk}/request/",
        f"/admin/affiliate/flow/{flow.pk}/test/",
        reverse("admin:affiliate_source_key", args=[Source.objects.get().pk]),
        f"/admin/affiliate/network/{flow.network_id}/history/",
        "/admin/affiliate/lead/?q=nobody",
        "/admin/auth/user/add/",
        "/admin/password_change/",
    ]


def test_what_strangers_send_is_never_run(admin_client, pages, everything):
    Lead.objects.update(name=EVIL, comment=EVIL, sub1=EVIL, extra={EVIL: EVIL}, delivery_reason=EVIL, eid=EVIL)
    Lead.objects.update(routing=[{"flow": 1, "title": EVIL, "reason": EVIL, "detail": EVIL}], status_reason=EVIL)
    Postback.objects.update(query=EVIL, body=EVIL, fields={"status": EVIL}, detail=[note("unknown", word=EVIL)])
    Attempt.objects.update(
        reason=EVIL,
        eid=EVIL,
        exchanges=[{"request": {"url": EVIL, "headers": {EVIL: EVIL}, "body": EVIL}, "answer": {"body": EVIL}}],
    )
    everything.status_changes.update(raw_status=EVIL, comment=EVIL)
    StatusPoll.objects.update(reason=EVIL)
    SandboxOrder.objects.update(name=EVIL, phone=EVIL)
    Network.objects.update(name=EVIL)
    Flow.objects.update(title=EVIL, parameters={"place": EVIL})
    seen = 0
    for page in pages:
        html = admin_client.get(page).content.decode()
        assert EVIL not in html, page
        seen += "&lt;script&gt;alert(1)" in html
    assert seen > 10


@pytest.mark.parametrize("path", LISTS)
def test_a_list_reads_as_much_for_many_rows_as_for_one(
    admin_client, everything, make_lead, path, django_assert_max_num_queries
):
    for number in range(20):
        lead = make_lead(name=f"Ion {number}")
        attempt_of(lead)
        Postback.objects.create(network=lead.network, lead=lead, method="GET", query="status=x")
        StatusPoll.objects.create(network=lead.network, leads_asked=1, started_at=lead.created_at)
        Network.objects.create(name=f"N{number}", integration="probe")
        offer = Offer.objects.create(title=f"O{number}")
        Flow.objects.create(offer=offer, network=lead.network)
    with django_assert_max_num_queries(12):
        assert admin_client.get(path).status_code == 200


@pytest.mark.parametrize("name", [*MODELS, "sandboxorder"])
def test_pages_need_their_right(client_with, everything, name):
    assert client_with("sandboxaccount.view").get(f"/admin/affiliate/{name}/").status_code == 403
    assert client_with(f"{name}.view").get(f"/admin/affiliate/{name}/").status_code == 200


def test_the_sidebar_shows_only_what_one_may_open(client_with, everything):
    html = client_with("lead.view").get("/admin/").content.decode()
    assert 'href="/admin/affiliate/lead/"' in html and 'href="/admin/affiliate/network/"' not in html


def test_strangers_are_asked_to_log_in(client, db):
    for page in ("/admin/", *LISTS):
        assert client.get(page)["Location"].startswith("/admin/login/")


def test_the_language_is_switched_by_the_user(admin_client):
    assert 'action="/i18n/setlang/"' in admin_client.get("/admin/").content.decode()
    admin_client.post("/i18n/setlang/", {"language": "ru", "next": "/admin/"})
    assert "Обзор" in admin_client.get("/admin/").content.decode()


def test_periodic_tasks_have_plain_names(admin_client, pages):
    html = admin_client.get("/admin/django_celery_beat/periodictask/").content.decode()
    assert "Find leads that are due to be sent or asked about" in html


def test_a_periodic_task_is_switched_off(admin_client, pages):
    task = PeriodicTask.objects.get()
    admin_client.post(f"/admin/django_celery_beat/periodictask/{task.pk}/change/", {})
    task.refresh_from_db()
    assert not task.enabled
