"""Calls of networks are seen in the journal, whatever they say."""

import pytest
import requests
from playwright.sync_api import expect

from tests.browser.steps import happened, lead_page, reach, row, save
from tests.processes.hub import wait_for

pytestmark = pytest.mark.browser

STATE = "SELECT verdict FROM affiliate_postback WHERE query LIKE '%{}%'"


@pytest.fixture
def call(hub, page):
    """A function: the sandbox network reports a status word of a new lead, by the URL copied from its page; its oid and number."""

    def report(word: str, phone: str) -> tuple[str, int]:
        oid = hub.post_lead(offer=1, phone=phone, name="wait", country="RO")["oid"]
        number = reach(hub, oid, delivery="delivered")
        page.goto("/admin/affiliate/network/1/change/")
        page.locator("#postbacks").get_by_role("button", name="Copy").first.click()
        url = page.evaluate("navigator.clipboard.readText()")
        url = (
            url.replace("{sub1}", oid).replace("{status}", word).replace("{payout}", "7.5").replace("{currency}", "EUR")
        )
        assert requests.get(url, timeout=30).status_code == 200
        wait_for(lambda: [one for one in hub.rows(STATE.format(oid)) if one != ("pending",)], "a verdict")
        return oid, number

    return report


def test_a_report_is_applied_and_both_pages_show_it(call, page):
    oid, number = call("approved", "+40712900501")
    page.goto(lead_page(number))
    expect(happened(page, "reported by: postback")).to_contain_text("7.5 EUR")
    page.goto("/admin/affiliate/postback/")
    for words in ("Sandbox", "applied", "approved"):
        expect(row(page, oid)).to_contain_text(words)


def test_an_unknown_status_word_is_before_a_person_with_a_link(call, page):
    call("MYSTERY-word", "+40712900502")
    page.goto("/admin/")
    page.goto("/admin/affiliate/postback/?verdict__exact=unknown")
    expect(row(page, "MYSTERY-word")).to_contain_text("unknown status")


def test_a_word_that_a_person_explains_reaches_the_leads_it_came_with(hub, call, page):
    oid, number = call("Packed-word", "+40712900503")
    page.goto("/admin/affiliate/statusword/?means=unknown")
    row(page, "Packed-word").get_by_role("link", name="Packed-word").click()
    page.locator("[name=status]").select_option("approve")
    save(page, "See what would change")
    expect(page.get_by_text("1 lead would change.")).to_be_visible()
    save(page, "Save and change these leads")
    expect(page.get_by_text("“Packed-word” means")).to_be_visible()
    assert reach(hub, oid, status="approve") == number
    page.goto(lead_page(number))
    expect(happened(page, "network's word: Packed-word").filter(has_text="approve")).to_contain_text("7.5 EUR")
    page.goto("/admin/affiliate/statusword/?means=unknown")
    expect(row(page, "Packed-word")).to_have_count(0)
