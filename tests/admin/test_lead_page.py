"""A lead's page tells what happened, and what can be done."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from affiliate.models import LeadLook, Report, ReportAddress, StatusChange
from affiliate.vocabulary import Delivery
from tests.admin.conftest import attempt_of, leave


def page(client, lead) -> str:
    return client.get(reverse("admin:affiliate_lead_change", args=[lead.pk])).content.decode()


def do(client, lead, name, **data):
    return client.post(reverse("admin:affiliate_lead_do", args=[lead.pk, name]), data, follow=True)


def told(answer) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


@pytest.fixture
def unclear(flow, make_lead):
    lead = make_lead()
    return leave(lead, delivery="unclear", next_attempt_at=None, unclear_since=timezone.now())


def test_the_timeline_tells_the_way_of_a_lead_in_order(admin_client, history):
    timeline = admin_client.get(reverse("admin:affiliate_lead_change", args=[history.pk])).context["timeline"]
    assert [event["kind"] for event in timeline] == ["received", "routed", "attempt", "status", "postback"]


def test_an_attempt_shows_request_and_answer_readable(admin_client, history):
    html = page(admin_client, history)
    assert "POST https://network.example/add" in html
    assert "&quot;verdict&quot;: &quot;ok&quot;" in html


def test_a_status_shows_who_reported_it_in_which_word_with_what_money(admin_client, history):
    html = page(admin_client, history)
    assert "reported by: postback" in html and ">sold</span>" in html and "12.5 USD" in html


def test_an_ignored_report_stays_visible_with_its_reason(admin_client, history):
    StatusChange.objects.create(lead=history, old="approve", new="wait", source="poll", ignored="backwards")
    assert "a decision is not taken back" in page(admin_client, history)


def test_the_routing_says_why(admin_client, flow, make_lead):
    flow.countries = "BG"
    flow.save()
    assert "not for this country" in page(admin_client, make_lead(country="RO"))


def test_an_unclear_lead_that_arrived_takes_the_id_a_person_types(admin_client, unclear):
    assert "unclear whether the lead arrived" in page(admin_client, unclear)
    do(admin_client, unclear, "arrived", eid=" N77 ")
    unclear.refresh_from_db()
    assert (unclear.delivery, unclear.eid) == (Delivery.DELIVERED, "N77")


def test_an_arrived_lead_needs_an_id(admin_client, unclear):
    answer = do(admin_client, unclear, "arrived", eid="")
    unclear.refresh_from_db()
    assert unclear.delivery == Delivery.UNCLEAR and "id of the lead" in told(answer)


def test_an_unclear_lead_is_sent_again(admin_client, unclear):
    do(admin_client, unclear, "resend")
    unclear.refresh_from_db()
    assert unclear.delivery == Delivery.QUEUED


def test_an_unclear_lead_is_given_up(admin_client, unclear):
    do(admin_client, unclear, "give-up")
    unclear.refresh_from_db()
    assert unclear.delivery == Delivery.FAILED


@pytest.mark.parametrize(("name", "data"), [("arrived", {"eid": "N1"}), ("give-up", {})])
def test_a_lead_that_moved_on_meanwhile_is_left_alone(admin_client, history, name, data):
    assert "Nothing was done" in told(do(admin_client, history, name, **data))
    history.refresh_from_db()
    assert history.delivery == Delivery.DELIVERED


def test_a_status_is_set_on_the_page(admin_client, history):
    do(admin_client, history, "status", status="cancel", comment="told by phone")
    history.refresh_from_db()
    assert history.status == "cancel"


def test_actions_need_the_right_to_change_leads(client_with, unclear):
    client = client_with("lead.view")
    assert "It arrived" not in page(client, unclear)
    assert do(client, unclear, "give-up").status_code == 403


def test_a_link_does_nothing(admin_client, unclear):
    assert admin_client.get(reverse("admin:affiliate_lead_do", args=[unclear.pk, "give-up"])).status_code == 405


def test_an_unknown_action_is_not_found(admin_client, unclear):
    assert do(admin_client, unclear, "explode").status_code == 404


@pytest.mark.parametrize("number", ["0", "99999999", "9" * 30, "abc"])
def test_a_lead_that_does_not_exist_leads_back_to_the_list(admin_client, db, number):
    answer = admin_client.get(f"/admin/affiliate/lead/{number}/change/", follow=True)
    assert "nothing under this number" in told(answer)


def test_the_page_reads_a_bounded_number_of_rows(admin_client, history, django_assert_max_num_queries):
    for _number in range(30):
        attempt_of(history)
        StatusChange.objects.create(lead=history, old="wait", new="approve", source="poll")
    with django_assert_max_num_queries(10):
        page(admin_client, history)


# Who looked.


def test_a_look_at_a_person_is_kept_and_shown_to_administrators(admin_client, client_with, history):
    operator = client_with("lead.view", "lead.view_personal_data")
    assert "Who looked" not in page(operator, history)
    look = LeadLook.objects.get()
    html = page(admin_client, history)
    assert look.lead == history and "Who looked" in html and str(look.person) in html


def test_a_look_at_masks_is_not_kept(client_with, history):
    page(client_with("lead.view"), history)
    assert not LeadLook.objects.exists()


def test_the_list_of_looks_names_files_too(admin_client, admin_user, history):
    page(admin_client, history)
    LeadLook.objects.create(person=admin_user, query="country=RO", rows=7)
    html = admin_client.get("/admin/affiliate/leadlook/").content.decode()
    assert history.oid in html and "?country=RO" in html


def test_a_lead_is_cancelled_on_its_page(admin_client, unclear):
    do(admin_client, unclear, "cancel", comment="ordered twice")
    unclear.refresh_from_db()
    assert (unclear.delivery, unclear.status, unclear.status_reason) == ("failed", "cancel", "ordered twice")


@pytest.fixture
def told_source(history, source):
    address = ReportAddress.objects.create(source=source, name="Keitaro", url="https://t.example/p", events=["approve"])
    made = {"address": address, "lead": history, "status": "approve"}
    Report.objects.create(**made, event="approve", state="failed", reason="HTTP 500")
    return history


def test_what_its_source_was_told_stands_with_a_link_to_each_report(admin_client, told_source):
    html = page(admin_client, told_source)
    assert reverse("admin:affiliate_report_change", args=[Report.objects.get().pk]) in html
    assert "Reports to the source" in html and "Keitaro" in html and "HTTP 500" in html


def test_reports_are_shown_to_those_who_may_see_reports(client_with, told_source):
    assert "Keitaro" not in page(client_with("lead.view"), told_source)
    assert "Keitaro" in page(client_with("lead.view", "report.view"), told_source)


def test_many_reports_cost_no_more_queries(admin_client, told_source, django_assert_num_queries):
    with CaptureQueriesContext(connection) as few:
        page(admin_client, told_source)
    report = Report.objects.get()
    for _number in range(5):
        report.pk = None
        report.save(force_insert=True)
    with django_assert_num_queries(len(few)):
        page(admin_client, told_source)
