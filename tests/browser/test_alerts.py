"""A channel of alerts: picked, typed, tried against a real receiver."""

import json

import pytest
from playwright.sync_api import expect

from tests.browser.steps import save

pytestmark = [pytest.mark.browser, pytest.mark.alike]


def test_a_webhook_is_added_and_its_test_arrives(page, fake_network):
    page.goto("/admin/affiliate/alertchannel/add/")
    page.get_by_role("link", name="signed webhook").click()
    page.get_by_label("Name").fill("Duty officer")
    page.get_by_label("Address").fill(f"{fake_network.url}/hook")
    save(page)
    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_text("The test has left. The answer: HTTP 200")).to_be_visible()
    assert "alerts of the hub arrive here" in json.dumps(fake_network.got)
