"""The list of leads: search, filters, paging, bulk actions."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from affiliate.admin import bulk, paging
from affiliate.models import Lead, NetworkState
from affiliate.vocabulary import Delivery
from tests.admin.conftest import leave

LIST = "/admin/affiliate/lead/"


def shown(client, query="") -> set[str]:
    return {lead.oid for lead in client.get(f"{LIST}{query}").context["cl"].result_list}


def asked(client, action, *leads, across=False, query=""):
    data = {"action": action, "_selected_action": [lead.pk for lead in leads], "select_across": str(int(across))}
    return client.post(f"{LIST}{query}", data)


def confirmed(client, action, *leads, **fields):
    ids = ",".join(str(lead.pk) for lead in leads)
    return client.post(f"{LIST}bulk/{action}/?delivery__exact=failed", {"ids": ids, **fields}, follow=True)


def told(answer) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


# Search.


@pytest.mark.parametrize(
    "typed",
    [
        "+40712345678",
        "40712345678",
        "0040712345678",
        "0712345678",
        "0712 345 678",
        "+40 712-345-678",
        "N77",
        "ion pop",
        "POPESCU",
    ],
)
def test_a_lead_is_found_by_phone_eid_or_name(admin_client, flow, make_lead, typed):
    lead = leave(make_lead(name="Ion Popescu", phone="+40712345678"), eid="N77")
    make_lead(name="Maria", phone="+40799999999")
    assert shown(admin_client, f"?q={typed.replace('+', '%2B')}") == {lead.oid}


def test_a_lead_is_found_by_its_oid_in_any_case(admin_client, flow, make_lead):
    lead = make_lead()
    make_lead()
    assert shown(admin_client, f"?q={lead.oid.lower()}") == {lead.oid}


@pytest.mark.parametrize("typed", ["nobody", "'; --", "%F0%9F%98%80", "9" * 300])
def test_a_search_that_finds_nothing_is_an_empty_list(admin_client, flow, make_lead, typed):
    make_lead()
    assert shown(admin_client, f"?q={typed}") == set()


# Filters.


def test_filters_narrow_the_list(admin_client, flow, make_lead):
    wanted = leave(make_lead(country="RO"), delivery="failed", next_attempt_at=None, status="trash")
    leave(make_lead(country="BG"), delivery="delivered", next_attempt_at=None)
    for query in (
        "?delivery__exact=failed",
        "?status__exact=trash",
        "?country=RO",
        f"?network={flow.network_id}&country=RO",
        f"?offer={flow.offer_id}&source={wanted.source_id}&country=RO",
    ):
        assert shown(admin_client, query) == {wanted.oid}


def test_days_are_counted_in_whole(admin_client, flow, make_lead):
    lead = leave(make_lead(), created_at=timezone.make_aware(timezone.datetime(2026, 3, 1, 23, 59)))
    assert shown(admin_client, "?created_at_from=2026-03-01&created_at_to=2026-03-01") == {lead.oid}
    assert shown(admin_client, "?created_at_from=2026-03-02") == set()
    assert shown(admin_client, "?created_at_to=2026-02-28") == set()


@pytest.mark.parametrize("query", ["?network=x", "?created_at_from=yesterday", "?network=99999999999999999999"])
def test_a_filter_that_makes_no_sense_is_left_out(admin_client, flow, make_lead, query):
    lead = make_lead()
    assert shown(admin_client, query) in ({lead.oid}, set())


# What a row says.


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({}, "queued"),
        ({"attempts_made": 1}, "retry later"),
        ({"network": None}, "no flow takes it"),
        ({"delivery": "unclear", "next_attempt_at": None}, "unclear"),
    ],
)
def test_the_delivery_column_says_what_a_lead_waits_for(admin_client, flow, make_lead, columns, words):
    leave(make_lead(), **columns)
    assert f">{words}</span>" in admin_client.get(LIST).content.decode()


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"paused_at": timezone.now()}, "paused: misconfigured"),
        ({"open_until": timezone.now() + timezone.timedelta(hours=1)}, "paused: the network is failing"),
    ],
)
def test_a_queued_lead_shows_the_pause_of_its_network(admin_client, flow, make_lead, state, words):
    make_lead()
    NetworkState.objects.create(network=flow.network, **state)
    assert f">{words}</span>" in admin_client.get(LIST).content.decode()


# Paging.


def test_the_list_is_never_counted(admin_client, flow, make_lead):
    make_lead()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        admin_client.get(LIST)
    assert not [query["sql"] for query in queries if "COUNT(" in query["sql"]]


def test_pages_lead_to_older_and_newer_leads(admin_client, flow, make_lead, monkeypatch):
    leads = [make_lead() for _number in range(51)]
    first = admin_client.get(LIST)
    assert "Older" in first.content.decode() and len(first.context["cl"].result_list) == 50
    second = admin_client.get(f"{LIST}?p=2")
    assert "Older" not in second.content.decode() and "Newer" in second.content.decode()
    assert shown(admin_client, "?p=2") == {leads[0].oid}


def test_the_depth_is_capped_with_advice(admin_client, flow, make_lead, monkeypatch):
    monkeypatch.setattr(paging, "PAGES", 2)
    monkeypatch.setattr("affiliate.admin.leads.LeadAdmin.list_per_page", 1)
    for _number in range(3):
        make_lead()
    assert "Choose earlier days" in admin_client.get(f"{LIST}?p=2").content.decode()
    assert admin_client.get(f"{LIST}?p=3").status_code == 302


# Bulk actions.


def test_an_action_asks_first_with_the_count(admin_client, flow, make_lead):
    leads = [leave(make_lead(), delivery="failed", next_attempt_at=None) for _number in range(3)]
    html = asked(admin_client, "resend", *leads[:2]).content.decode()
    assert "2 rows are chosen." in html
    assert Lead.objects.filter(delivery="failed").count() == 3


def test_everything_a_filter_finds_can_be_chosen(admin_client, flow, make_lead):
    failed = [leave(make_lead(), delivery="failed", next_attempt_at=None) for _number in range(2)]
    make_lead()
    answer = asked(admin_client, "resend", failed[0], across=True, query="?delivery__exact=failed")
    assert set(answer.context["form"]["ids"].value().split(",")) == {str(lead.pk) for lead in failed}


def test_too_many_are_not_taken_at_once(admin_client, flow, make_lead, monkeypatch):
    monkeypatch.setattr(bulk, "MOST", 1)
    answer = asked(admin_client, "resend", make_lead(), make_lead())
    assert "narrow the filter" in told(admin_client.get(answer["Location"]) if answer.status_code == 302 else answer)


def test_resending_reports_what_happened_and_goes_back_to_the_filter(admin_client, flow, make_lead):
    failed = leave(make_lead(), delivery="failed", next_attempt_at=None)
    delivered = leave(make_lead(), delivery="delivered", next_attempt_at=None)
    answer = confirmed(admin_client, "resend", failed, delivered)
    failed.refresh_from_db()
    assert failed.delivery == Delivery.QUEUED
    assert "1 lead is queued." in told(answer) and "Left as they are: delivered – 1." in told(answer)
    assert answer.redirect_chain[-1][0].endswith("?delivery__exact=failed")


def test_polling_now_makes_delivered_leads_due(admin_client, flow, make_lead):
    lead = leave(make_lead(), delivery="delivered", next_attempt_at=None, eid="N1")
    answer = confirmed(admin_client, "poll", lead, make_lead())
    lead.refresh_from_db()
    assert lead.next_poll_at <= timezone.now()
    assert "Left as they are: queued – 1." in told(answer)


def test_a_status_is_set_with_a_reason_and_the_persons_name(admin_client, admin_user, flow, make_lead):
    lead, same = make_lead(), leave(make_lead(), status="approve")
    answer = confirmed(admin_client, "status", lead, same, status="approve", comment="told by phone")
    lead.refresh_from_db()
    change = lead.status_changes.get()
    assert (lead.status, change.person, change.comment) == ("approve", admin_user, "told by phone")
    assert "1 lead has a new status." in told(answer) and "Had this status already: 1." in told(answer)


def test_leads_that_no_network_has_are_cancelled(admin_client, flow, make_lead):
    queued, delivered = make_lead(), leave(make_lead(), delivery="delivered", next_attempt_at=None)
    answer = confirmed(admin_client, "cancel", queued, delivered, comment="ordered twice")
    queued.refresh_from_db()
    delivered.refresh_from_db()
    assert (queued.delivery, queued.status, queued.next_attempt_at) == ("failed", "cancel", None)
    assert (delivered.delivery, delivered.status) == ("delivered", "wait")
    assert "1 lead is cancelled." in told(answer) and "Left as they are: delivered – 1." in told(answer)


def test_many_leads_are_acted_on_in_short_transactions(admin_client, flow, make_lead, monkeypatch):
    monkeypatch.setattr(bulk, "PART", 2)
    leads = [leave(make_lead(), delivery="failed", next_attempt_at=None) for _number in range(5)]
    assert "5 leads are queued." in told(confirmed(admin_client, "resend", *leads))


def test_what_takes_long_stops_and_goes_on_with_the_rest(admin_client, flow, make_lead, monkeypatch):
    monkeypatch.setattr(bulk, "PART", 2)
    monkeypatch.setattr(bulk, "LONGEST", 0)
    leads = [leave(make_lead(), delivery="failed", next_attempt_at=None) for _number in range(3)]
    answer = confirmed(admin_client, "cancel", *leads, comment="ordered twice")
    assert "2 leads are cancelled." in told(answer) and "1 row is left" in answer.content.decode()
    rest = {name: answer.context["form"][name].value() for name in ("ids", "comment")}
    assert rest == {"ids": str(leads[-1].pk), "comment": "ordered twice"}
    answer = admin_client.post(f"{LIST}bulk/cancel/", rest, follow=True)
    assert "1 lead is cancelled." in told(answer)
    assert not Lead.objects.exclude(status="cancel").exists()


def test_a_question_tells_which_leads_are_acted_on(admin_client, flow, make_lead):
    leads = [leave(make_lead(), delivery=delivery, next_attempt_at=None) for delivery in ("failed", "delivered")]
    html = asked(admin_client, "resend", *leads).content.decode()
    assert "Acted on are: failed – 1. Left as they are: delivered – 1." in html
    assert "None of them can be acted on." in asked(admin_client, "poll", leads[0]).content.decode()


def test_test_leads_are_marked_and_have_a_filter(admin_client, flow, make_lead):
    test, real = leave(make_lead(), test=True), make_lead()
    assert (shown(admin_client, "?test=1"), shown(admin_client, "?test=0")) == ({test.oid}, {real.oid})
    assert ">test</span>" in admin_client.get(f"{LIST}?test=1").content.decode()


def test_a_decision_is_not_taken_back(admin_client, flow, make_lead):
    lead = leave(make_lead(), status="approve")
    answer = confirmed(admin_client, "status", lead, status="wait", comment="oops")
    lead.refresh_from_db()
    assert lead.status == "approve" and "a decision is not taken back: 1." in told(answer)


def test_a_status_without_a_reason_is_asked_for_again(admin_client, flow, make_lead):
    lead = make_lead()
    answer = confirmed(admin_client, "status", lead, status="approve", comment="")
    assert "comment" in answer.context["form"].errors
    lead.refresh_from_db()
    assert lead.status == "wait"


@pytest.mark.parametrize("ids", ["", "1;2", "a,b", "9" * 30])
def test_broken_ids_are_told_and_no_crash(admin_client, db, ids):
    answer = admin_client.post(f"{LIST}bulk/resend/", {"ids": ids})
    assert answer.status_code == 200 and "ids" in answer.context["form"].errors


def test_bulk_actions_need_the_right_to_change_leads(client_with, flow, make_lead):
    lead = leave(make_lead(), delivery="failed", next_attempt_at=None)
    client = client_with("lead.view")
    assert client.get(LIST).status_code == 200
    assert client.post(f"{LIST}bulk/resend/", {"ids": str(lead.pk)}).status_code == 403
    lead.refresh_from_db()
    assert lead.delivery == Delivery.FAILED


def test_a_link_runs_no_bulk_action(admin_client, db):
    assert admin_client.get(f"{LIST}bulk/resend/?ids=1").status_code == 405


def test_leads_are_neither_added_nor_deleted_by_hand(admin_client, flow, make_lead):
    lead = make_lead()
    assert admin_client.get(f"{LIST}add/").status_code == 403
    assert admin_client.post(f"{LIST}{lead.pk}/delete/", {"post": "yes"}).status_code == 403
    assert "delete_selected" not in admin_client.get(LIST).content.decode()
