"""A source's key is shown once."""

import pytest
from playwright.sync_api import expect

from tests.browser.steps import row, save

pytestmark = pytest.mark.browser


def test_the_key_is_shown_once_and_lets_leads_in(hub, page):
    page.goto("/admin/affiliate/source/add/")
    page.locator("[name=name]").fill("Landing of a team")
    save(page)
    expect(page.get_by_text("Copy it now")).to_be_visible()
    page.get_by_role("button", name="Copy").first.click()
    key = page.evaluate("navigator.clipboard.readText()")
    expect(page.get_by_text("curl -X POST")).to_contain_text(key)
    assert hub.post_lead(key, offer=1, phone="+40712900401", name="wait", country="RO")["oid"]

    page.get_by_role("link", name="I have copied the key").click()
    expect(page.get_by_text(f"…{key[-4:]}").first).to_be_visible()
    assert key not in page.content()
    page.goto("/admin/affiliate/source/")
    expect(row(page, "Landing of a team")).to_contain_text(f"…{key[-4:]}")
    assert key not in page.content()
