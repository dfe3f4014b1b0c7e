"""A secret that no key of ENCRYPTION_KEYS opens."""

import pytest
from cryptography.fernet import Fernet

PAGES = ["network/{network}/change", "flow/{flow}/request"]


@pytest.fixture
def lost_key(flow, settings):
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_that_needs_it_leads_to_the_overview_and_names_the_setting(admin_client, flow, lost_key, page):
    path = page.format(network=flow.network_id, flow=flow.pk)
    answer = admin_client.get(f"/admin/affiliate/{path}/", follow=True)
    assert answer.redirect_chain == [("/admin/", 302)]
    assert "add the key it was written with to ENCRYPTION_KEYS" in answer.content.decode()


def test_the_reader_is_told_in_their_language(admin_client, flow, lost_key):
    admin_client.cookies["django_language"] = "ru"
    answer = admin_client.get(f"/admin/affiliate/flow/{flow.pk}/request/", follow=True)
    assert "добавьте в ENCRYPTION_KEYS ключ, которым он записан" in answer.content.decode()


def test_pages_that_need_no_secret_open(admin_client, flow, lost_key):
    for page in ("network", "flow", "offer", "lead"):
        assert admin_client.get(f"/admin/affiliate/{page}/").status_code == 200
