"""Leads of a filter as a file: whole, safe, masked for who may not know, and noted."""

import csv
import io

import pytest

from affiliate.admin import lead_export
from affiliate.models import LeadLook
from tests.admin.conftest import PHONE, leave

EXPORT = "/admin/affiliate/lead/export/"


def rows(client, query="") -> list[dict]:
    answer = client.get(f"{EXPORT}{query}")
    assert answer.streaming and answer["Content-Type"].startswith("text/csv")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_the_leads_of_the_filter_are_in_the_file_and_no_others(admin_client, flow, make_lead):
    wanted = leave(make_lead(country="BG"), delivery="failed", next_attempt_at=None, status="trash")
    make_lead()
    [row] = rows(admin_client, "?delivery__exact=failed&country=BG&p=1")
    assert row["oid"] == wanted.oid and row["phone"] == wanted.phone
    assert (row["delivery"], row["status"], row["network"], row["offer"]) == (
        "failed",
        "trash",
        flow.network.name,
        "Watch",
    )


def test_a_search_is_exported_as_it_is_shown(admin_client, flow, make_lead):
    lead = make_lead(phone="+40799999999")
    make_lead()
    assert [row["oid"] for row in rows(admin_client, "?q=0799999999")] == [lead.oid]


def test_batches_join_without_a_gap_or_a_repeat(admin_client, flow, make_lead, monkeypatch):
    monkeypatch.setattr(lead_export, "BATCH", 2)
    moment = make_lead().created_at
    leads = [make_lead() for _number in range(6)]
    for lead in leads[:4]:
        leave(lead, created_at=moment)
    found = [row["oid"] for row in rows(admin_client)]
    assert len(found) == len(set(found)) == 7


def test_a_batch_more_costs_one_query_more(admin_user, flow, make_lead, monkeypatch, django_assert_num_queries):
    from affiliate.models import Lead

    monkeypatch.setattr(lead_export, "BATCH", 5)
    for _number in range(11):
        make_lead()
    # The look and its end, three tables of names, three batches.
    with django_assert_num_queries(8):
        list(lead_export.lines(Lead.objects.all(), user=admin_user, query=""))


@pytest.mark.parametrize("name", ["=1+1", "@SUM(A1)", '+cmd|"/c calc"!A1', "-2+3"])
def test_what_a_spreadsheet_would_run_is_text(admin_client, flow, make_lead, name):
    make_lead(name=name)
    [row] = rows(admin_client)
    assert row["name"] == f"'{name}" or name == "-2+3"


def test_who_may_not_see_persons_gets_masks_and_leaves_no_trace(client_with, history):
    leave(history, delivery_reason=f"{PHONE} is known", sub1="click-7")
    [row] = rows(client_with("lead.view"))
    assert PHONE not in str(row) and history.name not in row.values()
    assert row["sub1"] == "click-7" and "e-mail" not in row
    assert not LeadLook.objects.exists()


def test_who_takes_persons_away_is_noted_with_the_filter_and_the_number(admin_client, admin_user, history):
    rows(admin_client, "?country=RO")
    look = LeadLook.objects.get()
    assert (look.person, look.query, look.rows, look.lead) == (admin_user, "country=RO", 1, None)


def test_an_export_that_is_stopped_notes_what_left(admin_user, flow, make_lead, monkeypatch):
    from affiliate.models import Lead

    monkeypatch.setattr(lead_export, "BATCH", 1)
    for _number in range(3):
        make_lead()
    lines = lead_export.lines(Lead.objects.all(), user=admin_user, query="")
    for _part in range(3):
        next(lines)
    lines.close()
    assert LeadLook.objects.get().rows == 1


def test_an_export_needs_the_right_to_see_leads(client_with, history):
    assert client_with("offer.view").get(EXPORT).status_code == 403


def test_a_filter_that_nothing_knows_leads_back_to_the_list(admin_client, history):
    assert admin_client.get(f"{EXPORT}?explode__exact=1").status_code == 302
