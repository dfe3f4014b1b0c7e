"""A source: its keys, each shown once, and what may come how."""

import re
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import timezone

from affiliate.models import Offer, Source

KEY = re.compile(r"\d+-[0-9a-f]{32}")
FORM = {"name": "Landing", "enabled": "on", "on_duplicate": "", "duplicate_by": "phone", "duplicate_days": "1"}


@pytest.fixture
def source(db):
    source = Source.objects.create(name="Landing")
    source.issue_key()
    return source


def test_adding_a_source_shows_its_key_with_a_ready_command(admin_client, settings):
    settings.SITE_URL = "https://hub.example"
    offer = Offer.objects.create(title="Watch")
    answer = admin_client.post("/admin/affiliate/source/add/", FORM)
    key = answer.context["key"]
    assert Source.objects.get().keys.get().holds(key.partition("-")[2])
    assert answer.context["curl"].startswith("curl -X POST https://hub.example/api/leads")
    assert f"Bearer {key}" in answer.context["curl"] and f'"offer": {offer.pk}' in answer.context["curl"]


def test_the_key_is_kept_nowhere_and_not_cached(admin_client):
    answer = admin_client.post("/admin/affiliate/source/add/", FORM)
    assert "no-store" in answer["Cache-Control"]
    assert answer.context["key"] not in "".join(str(one.get_decoded()) for one in Session.objects.all())


def page_of(source, name="change", *more):
    return reverse(f"admin:affiliate_source_{name}", args=[source.pk, *more])


def test_the_page_of_a_source_shows_only_the_ends_of_its_keys(admin_client, source):
    html = admin_client.get(page_of(source)).content.decode()
    assert f"…{source.keys.get().hint}" in html and not KEY.search(html)


def test_another_key_is_issued_beside_the_first(admin_client, source):
    page = page_of(source, "key")
    assert source.keys.count() == 1, "a look issues nothing"
    answer = admin_client.post(page, {"name": "Server 2", "can_read": "on"})
    key = source.keys.first()
    assert key.holds(answer.context["key"].partition("-")[2])
    assert (key.name, key.can_send, key.can_read, key.can_list_offers) == ("Server 2", False, True, False)


def test_a_key_that_may_do_nothing_is_not_issued(admin_client, source):
    answer = admin_client.post(page_of(source, "key"), {"name": "Server 2"})
    assert "choose what it may do" in answer.content.decode()
    assert source.keys.count() == 1


def test_a_replaced_key_works_as_long_as_was_chosen(admin_client, source):
    old = source.keys.get()
    page = page_of(source, "replace_key", old.pk)
    assert "Replace the key" in admin_client.get(page).content.decode()
    answer = admin_client.post(page, {"hours": "24"})
    old.refresh_from_db()
    assert timedelta(hours=23) < old.valid_until - timezone.now() <= timedelta(hours=24)
    assert source.keys.first().holds(answer.context["key"].partition("-")[2])
    assert "being replaced" in admin_client.get(page_of(source)).content.decode()


def test_a_key_is_ended_after_a_question(admin_client, source):
    key = source.keys.get()
    assert "cannot be undone" in admin_client.get(page_of(source, "end_key", key.pk)).content.decode()
    key.refresh_from_db()
    assert key.enabled
    admin_client.post(page_of(source, "end_key", key.pk))
    key.refresh_from_db()
    assert not key.enabled


def test_a_form_key_is_always_shown(admin_client, source):
    admin_client.post(page_of(source, "form_key"))
    assert source.form_key() in admin_client.get(page_of(source)).content.decode()


def test_keys_of_another_source_are_not_reached(admin_client, source):
    other = Source.objects.create(name="Other")
    other.issue_key()
    admin_client.post(page_of(source, "end_key", other.keys.get().pk))
    assert other.keys.get().enabled


@pytest.mark.parametrize("page", ["key", "form_key", "replace_key", "end_key"])
def test_keys_need_the_right_to_change_sources(client_with, source, page):
    more = [source.keys.get().pk] if page in ("replace_key", "end_key") else []
    assert client_with("source.view").post(page_of(source, page, *more)).status_code == 403
    assert source.keys.count() == 1 and source.keys.get().enabled


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("sites", "shop.example", "is no site"),
        ("sites", "https://shop.example/watch", "is no site"),
        ("ips", "somewhere", "is no address"),
    ],
)
def test_wrong_places_are_named(admin_client, source, field, value, words):
    answer = admin_client.post(page_of(source), FORM | {field: value})
    assert words in answer.content.decode()


def test_rules_for_duplicates_are_kept(admin_client, source):
    rules = {"on_duplicate": "reject", "duplicate_by": "either", "duplicate_days": "7", "duplicate_statuses": ["wait"]}
    assert admin_client.post(page_of(source), FORM | rules).status_code == 302
    source.refresh_from_db()
    assert (source.on_duplicate, source.duplicate_by, source.duplicate_days) == ("reject", "either", 7)
    assert (source.duplicate_statuses, source.duplicate_own_source) == (["wait"], False)


def test_the_page_of_a_source_with_many_keys_costs_few_queries(admin_client, source, django_assert_max_num_queries):
    for number in range(10):
        source.issue_key(name=f"Server {number}")
    with django_assert_max_num_queries(10):
        assert admin_client.get(page_of(source)).status_code == 200
