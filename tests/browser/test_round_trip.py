"""A lead posted to the API goes out by a real worker, its status comes back, and its page tells all of it."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.steps import happened, lead_page, reach, row, sidebar
from tests.processes.hub import wait_for

pytestmark = pytest.mark.browser

PHONE = "+40712900101"


@pytest.fixture(scope="module")
def leads(hub):
    """Numbers of two delivered leads: one whose status came back by postback, one whose network waits to be polled."""
    told = hub.post_lead(offer=1, phone=PHONE, name="Ion Popescu", country="RO")
    asked = hub.post_lead(offer=2, phone="+40712900102", name="Ana Ionescu", country="RO")
    by_postback = reach(hub, told["oid"], delivery="delivered", status="approve")
    return by_postback, reach(hub, asked["oid"], delivery="delivered")


@pytest.fixture
def told(leads, page):
    page.goto(lead_page(leads[0]))
    return page


def test_the_lead_is_in_the_list_with_its_status_and_payout(leads, page):
    page.goto("/admin/")
    # Behind the name of its icon, and not "Imports of leads".
    sidebar(page).get_by_role("link", name=re.compile(r"^\w+ Leads$")).click()
    for words in ("Ion Popescu", "Demo offer", "Sandbox", "delivered", "approve", "25 USD"):
        expect(row(page, PHONE)).to_contain_text(words)


def test_the_lead_is_found_by_its_phone_as_people_write_it(leads, page):
    page.goto("/admin/affiliate/lead/")
    page.get_by_role("search").get_by_role("textbox").fill("0712 900 101")
    page.keyboard.press("Enter")
    expect(row(page, "Ana Ionescu")).to_have_count(0)
    row(page, PHONE).get_by_role("link").first.click()
    expect(page.get_by_role("heading", name="Ion Popescu")).to_be_visible()


def test_its_page_tells_why_it_went_there(told):
    expect(happened(told, "Received from")).to_contain_text("Demo landing page")
    expect(happened(told, "Routing")).to_contain_text("Demo offer → Sandbox: takes the lead")


def test_its_page_shows_the_request_and_the_answer_without_secrets(told):
    attempt = happened(told, "Attempt 1")
    attempt.get_by_text("HTTP 201").first.click()
    expect(attempt.get_by_text(PHONE)).to_be_visible()
    expect(attempt.get_by_text("Authorization: Bearer •••")).to_be_visible()
    expect(attempt.get_by_text('"pending"')).to_be_visible()


def test_its_page_shows_the_postback_and_the_status_with_its_source(told):
    expect(happened(told, "status=approved")).to_contain_text("applied")
    status = happened(told, "reported by: postback")
    for words in ("approve", "25 USD", "network's word: approved"):
        expect(status).to_contain_text(words)


def test_a_status_is_asked_for_from_the_page(leads, page, hub):
    page.goto(lead_page(leads[1]))
    page.get_by_text("Ask for the status now").click()
    page.get_by_role("button", name="Ask now").click()
    expect(page.get_by_text("1 lead's status is asked for.")).to_be_visible()
    wait_for(
        lambda: hub.rows(f"SELECT 1 FROM affiliate_lead WHERE id = {leads[1]} AND status = 'approve'"), "the status"
    )
    page.reload()
    expect(happened(page, "reported by: status poll")).to_contain_text("approve")
