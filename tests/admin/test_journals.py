"""Journals are read, filtered, and postbacks applied again."""

import pytest
from django.urls import reverse

from affiliate.models import Attempt, Postback, StatusPoll
from affiliate.models.postback import Verdict
from tests.admin.conftest import attempt_of

ATTEMPTS = "/admin/affiliate/attempt/"
POSTBACKS = "/admin/affiliate/postback/"


def page_of(row) -> str:
    return reverse(f"admin:affiliate_{row._meta.model_name}_change", args=[row.pk])


def test_an_attempt_shows_its_conversation(admin_client, history):
    html = admin_client.get(page_of(Attempt.objects.get())).content.decode()
    assert "POST https://network.example/add" in html and "&quot;verdict&quot;: &quot;ok&quot;" in html


def test_an_attempt_that_broke_off_has_no_answer(admin_client, history):
    Attempt.objects.update(exchanges=[{"request": {"method": "GET", "url": "https://n.example"}, "answer": None}])
    assert "no answer kept" in admin_client.get(page_of(Attempt.objects.get())).content.decode()


def test_a_form_is_shown_a_pair_a_line(admin_client, history):
    headers = {"content-type": "application/x-www-form-urlencoded"}
    request = {"method": "POST", "url": "https://n.example", "headers": headers, "body": "a=1%202&b=%D0%9E"}
    Attempt.objects.update(exchanges=[{"request": request, "answer": None}])
    assert "a = 1 2\nb = О" in admin_client.get(page_of(Attempt.objects.get())).content.decode()


@pytest.mark.parametrize("kind", ["attempt", "statuspoll", "postback"])
def test_nothing_in_a_journal_is_added_changed_or_deleted(admin_client, everything, kind):
    row = {"attempt": Attempt, "statuspoll": StatusPoll, "postback": Postback}[kind].objects.first()
    assert admin_client.get(f"/admin/affiliate/{kind}/add/").status_code == 403
    assert admin_client.post(page_of(row), {"reason": "x"}).status_code == 403
    assert admin_client.post(f"/admin/affiliate/{kind}/{row.pk}/delete/", {"post": "yes"}).status_code == 403


def test_attempts_are_filtered_by_outcome(admin_client, history):
    attempt_of(history, outcome="unclear")
    found = admin_client.get(f"{ATTEMPTS}?outcome__exact=unclear").context["cl"].result_list
    assert [attempt.outcome for attempt in found] == ["unclear"]


def test_postbacks_are_filtered_by_verdict(admin_client, everything):
    found = admin_client.get(f"{POSTBACKS}?verdict__exact=unknown").context["cl"].result_list
    assert [postback.verdict for postback in found] == [Verdict.UNKNOWN_WORD]


def test_postbacks_are_applied_again_after_a_question(admin_client, everything):
    row = Postback.objects.get(verdict=Verdict.UNKNOWN_WORD)
    asked = admin_client.post(POSTBACKS, {"action": "replay", "_selected_action": [row.pk]})
    assert "1 row is chosen." in asked.content.decode()
    row.refresh_from_db()
    assert row.due_at is None
    answer = admin_client.post(f"{POSTBACKS}replay/", {"ids": str(row.pk)}, follow=True)
    row.refresh_from_db()
    assert row.verdict == Verdict.PENDING and row.due_at
    assert "1 postback is applied again." in " ".join(str(message) for message in answer.context["messages"])


def test_applying_again_needs_the_right_to_change_postbacks(client_with, everything):
    row = Postback.objects.get(verdict=Verdict.UNKNOWN_WORD)
    assert client_with("postback.view").post(f"{POSTBACKS}replay/", {"ids": str(row.pk)}).status_code == 403
    assert client_with("postback.view", "postback.change").get(POSTBACKS).context["action_form"]
