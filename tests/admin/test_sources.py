"""A source's key is shown once."""

import re

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse

from affiliate.models import Offer, Source

KEY = re.compile(r"\d+-[0-9a-f]{32}")


@pytest.fixture
def source(db):
    source = Source.objects.create(name="Landing")
    source.issue_key()
    return source


def test_adding_a_source_shows_its_key_with_a_ready_command(admin_client, settings):
    settings.SITE_URL = "https://hub.example"
    offer = Offer.objects.create(title="Watch")
    answer = admin_client.post("/admin/affiliate/source/add/", {"name": "Landing", "enabled": "on"})
    key = answer.context["key"]
    assert Source.objects.get().has_key(key.partition("-")[2])
    assert answer.context["curl"].startswith("curl -X POST https://hub.example/api/leads")
    assert f"Bearer {key}" in answer.context["curl"] and f'"offer": {offer.pk}' in answer.context["curl"]


def test_the_key_is_kept_nowhere_and_not_cached(admin_client):
    answer = admin_client.post("/admin/affiliate/source/add/", {"name": "Landing", "enabled": "on"})
    assert "no-store" in answer["Cache-Control"]
    assert answer.context["key"] not in "".join(str(one.get_decoded()) for one in Session.objects.all())


def test_the_page_of_a_source_shows_only_the_end_of_its_key(admin_client, source):
    html = admin_client.get(reverse("admin:affiliate_source_change", args=[source.pk])).content.decode()
    assert f"…{source.key_hint}" in html and not KEY.search(html)


def test_a_new_key_is_issued_after_a_question(admin_client, source):
    page, before = reverse("admin:affiliate_source_key", args=[source.pk]), source.key_hash
    assert "stops working" in admin_client.get(page).content.decode()
    source.refresh_from_db()
    assert source.key_hash == before
    key = admin_client.post(page).context["key"]
    source.refresh_from_db()
    assert source.has_key(key.partition("-")[2])


def test_a_new_key_needs_the_right_to_change_sources(client_with, source):
    before = source.key_hash
    assert client_with("source.view").post(reverse("admin:affiliate_source_key", args=[source.pk])).status_code == 403
    source.refresh_from_db()
    assert source.key_hash == before
