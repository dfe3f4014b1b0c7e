"""Why a lead did not come in: what a manager can see of leads that were sent and not taken."""

import re
from datetime import timedelta
from inspect import getdoc

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from affiliate.delivery import retention
from affiliate.delivery.per_minute import Minute
from affiliate.intake import not_taken
from affiliate.intake.errors import FieldError
from affiliate.models import Ban, Lead, NotTaken, Source
from affiliate.models.labels import NOT_TAKEN
from tests.intake.conftest import Api


@pytest.fixture(autouse=True)
def _fresh_strangers(monkeypatch):
    monkeypatch.setattr(not_taken, "_strangers", Minute("denied leads from"))


@pytest.fixture
def wm(key):
    """Posts to the compatible door."""
    return lambda fields, id=key: Client().post(f"/api/wm/push.json?id={id}", fields)


def reasons() -> dict[tuple[str, str], int]:
    return {(row.code, row.field): row.count for row in NotTaken.objects.all()}


def test_leads_are_counted_by_reason_and_field(api, body):
    for _time in range(3):
        api.post(body | {"phone": "12"})
    api.post(body | {"email": "nobody"})
    assert reasons() == {("too_short", "phone"): 3, ("malformed", "email"): 1}
    assert NotTaken.objects.first().day == timezone.localdate()


def test_every_door_counts(api, wm, body):
    api.post(body | {"offer": 987654})
    api.post({"leads": [body | {"offer": 987654}, body, body | {"offer": 987654}]}, path="/api/leads/batch")
    wm(body | {"offer": 987654})
    assert reasons() == {("unknown", "offer"): 4}


def test_a_lead_that_came_in_is_not_counted(api, wm, body):
    api.post(body)
    wm(body | {"sub1": "2"})
    assert Lead.objects.count() == 2
    assert reasons() == {}


def test_a_banned_phone_and_a_rejected_duplicate_leave_a_trace(api, body, source):
    source.on_duplicate = "reject"
    source.save()
    first = api.post(body).json()["oid"]
    api.post(body | {"sub1": "2"})
    Ban.objects.create(kind="phone", value="+40712345679", reason="Sells watches")
    api.post(body | {"phone": "+40712345679"})
    assert reasons() == {("duplicate", "phone"): 1, ("banned", "phone"): 1}
    messages = {row.code: row.message for row in NotTaken.objects.all()}
    assert first in messages["duplicate"] and "Sells watches" in messages["banned"]


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("email", "ion popescu", False),
        ("phone", "ring 40712", False),
        ("ip", "203.0.113", False),
        ("country", "XQ", True),
    ],
)
def test_what_is_personal_is_not_kept(api, body, field, value, shown):
    api.post(body | {field: value})
    message = NotTaken.objects.get().message
    assert (value in message) is shown
    assert message


def test_a_body_that_is_no_json_is_counted(api, db):
    api.post("{")
    api.post("offer=1", content_type="application/x-www-form-urlencoded")
    assert reasons() == {("malformed", "body"): 1, ("wrong_type", "Content-Type"): 1}


def test_a_body_that_cannot_be_read_at_the_compatible_door_is_counted(key, source):
    Client().post(f"/api/wm/push.json?sub1=id=7-x&id={key}", "{", content_type="application/json")
    [row] = NotTaken.objects.all()
    assert (row.source, row.code, row.field) == (source, "malformed", "")
    assert row.message.startswith("The body is no JSON")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"enabled": False}, "disabled"),
        ({"ips": "203.0.113.9"}, "address"),
        ({"per_minute": 1}, "limit"),
    ],
)
def test_calls_that_are_not_let_in_are_counted_at_both_doors(api, wm, body, source, change, code):
    Source.objects.update(**change)
    if code == "limit":
        api.post(body)
    api.post(body)
    wm(body)
    assert reasons() == {(code, ""): 2}


def test_a_key_that_may_not_send_is_counted(body, source):
    Api(source.issue_key(can_send=False)).post(body)
    assert reasons() == {("right", ""): 1}


def test_a_wrong_key_counts_for_the_source_that_it_names(wm, body, source):
    Api(f"{source.pk}-wrong").post(body)
    wm(body, id=f"{source.pk}-wrong")
    assert reasons() == {("key", ""): 2}


@pytest.mark.parametrize("wrong", ["999999-wrong", "wrong", "", "9" * 30 + "-x"])
def test_a_wrong_key_of_nobody_counts_nowhere(wm, body, source, wrong):
    assert wm(body, id=wrong).json()["error"] == "key"
    assert reasons() == {}


def test_questions_are_no_leads(api, source, settings):
    api.get("/api/leads", {"cursor": "x"})
    Api(f"{source.pk}-wrong").get("/api/leads")
    Client().get(f"/api/ext/list.json?id={source.pk}-wrong")
    assert reasons() == {}


def test_strangers_cannot_count_without_end(wm, body, source, settings):
    settings.WRONG_KEYS_PER_MINUTE = 5
    for _time in range(9):
        wm(body, id=f"{source.pk}-wrong")
    assert reasons() == {("key", ""): 5}


def test_rows_stay_few_whatever_is_sent(api, body):
    for number in range(20):
        api.post(body | {"phone": "12"})
        not_taken.note(Source.objects.get().pk, [FieldError(f"name{number}", "malformed", "m", "r")])
    assert reasons() == {("too_short", "phone"): 20, ("malformed", ""): 20}


@pytest.mark.django_db(transaction=True)
def test_a_count_that_cannot_be_written_spoils_no_answer(api, body, monkeypatch):
    monkeypatch.setattr(not_taken, "_ADD", "INSERT INTO nowhere VALUES ({now})")
    answer = api.post(body | {"phone": "12"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "phone")


def test_a_count_takes_one_statement(source):
    with CaptureQueriesContext(connection) as queries:
        not_taken.note(source.pk, [FieldError("phone", "malformed", "m", "r")] * 500)
    assert len(queries) == 1
    assert reasons() == {("malformed", "phone"): 500}


def test_every_reason_of_an_error_has_words():
    codes = set(re.findall("`([a-z_]+)`", getdoc(FieldError).partition("`message`")[0]))
    assert codes - {"code", "too_many"} <= {code for code, _words in NOT_TAKEN}


def test_counts_are_forgotten_with_the_journals(source, settings):
    settings.POSTBACK_DAYS = 10
    for days in (11, 9):
        moment = timezone.now() - timedelta(days=days)
        NotTaken.objects.create(source=source, day=moment.date(), code="key", last_at=moment, count=1)
    retention.forget()
    assert NotTaken.objects.get().last_at > timezone.now() - timedelta(days=10)


def test_the_page_of_a_source_says_why_its_leads_did_not_come_in(admin_client, api, body, source):
    for _time in range(3):
        api.post(body | {"phone": "12"})
    html = admin_client.get(reverse("admin:affiliate_source_change", args=[source.pk])).content.decode()
    [row] = [row for row in re.findall(r"<tr>.*?</tr>", html, re.DOTALL) if ">too short<" in row]
    assert ">phone<" in row and ">3<" in row and "2 digits" in row


def test_the_list_of_sources_counts_what_was_not_taken_today(admin_client, api, body, source):
    NotTaken.objects.create(
        source=source,
        day=timezone.localdate() - timedelta(days=1),
        code="key",
        last_at=timezone.now() - timedelta(days=1),
        count=77,
    )
    api.post(body | {"phone": "12"})
    html = admin_client.get(reverse("admin:affiliate_source_changelist")).content.decode()
    assert f'?source={source.pk}">1</a>' in html


def test_the_list_is_filtered_by_source_and_reason(admin_client, api, other_api, body, source):
    api.post(body | {"phone": "12"})
    api.post(body | {"email": "x"})
    other_api.post(body | {"phone": "12"})
    page = reverse("admin:affiliate_nottaken_changelist")
    answer = admin_client.get(page, {"source": source.pk, "code__exact": "too_short"})
    assert [(row.source, row.code) for row in answer.context["cl"].result_list] == [(source, "too_short")]
