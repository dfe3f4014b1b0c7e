"""The form that landing pages copy, on a site of its own, in a real browser."""

from http.server import BaseHTTPRequestHandler

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import visit
from tests.browser.steps import reach
from tests.serving import serving

pytestmark = [pytest.mark.browser, pytest.mark.alike]

MAKE = """
source = Source.objects.create(name='Form', sites={site!r})
source.form_key()
answer = source.pk
"""


def test_an_order_from_a_page_of_the_sources_site_becomes_a_lead(hub, page, chromium):
    pages = {}

    class Site(BaseHTTPRequestHandler):
        def do_GET(self):
            raw = pages.get(self.path.partition("?")[0], "").encode()
            self.send_response(200 if raw else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *args):
            """Quiet."""

    with serving(Site) as site:
        page.goto(f"/admin/affiliate/source/{hub.ask(MAKE.format(site=site))}/code/?offer=1&country=RO")
        sample = page.locator("section").filter(has_text="Form without a server").locator("code").text_content()
        pages |= {"/": f"<!doctype html><title>Watch</title>{sample}", "/thanks.html": "<h1>Thank you</h1>"}
        context = visit(chromium, url=site)
        page = context.new_page()
        page.goto("/?sub1=click7&utm_source=fb")
        page.locator("[name=name]").fill("Ion Popescu")
        page.locator("[name=phone]").fill("12")
        page.get_by_role("button").click()
        expect(page.get_by_role("alert")).to_contain_text("check your phone number")
        page.locator("[name=phone]").fill("0712345677")
        page.get_by_role("button").click()
        expect(page.get_by_role("heading")).to_have_text("Thank you")
        page.goto("/")
        assert page.evaluate("localStorage.getItem('hub-order')") is None, "what was taken waits no longer"
        away = {"left": True}
        page.route("**/api/leads", lambda route: route.abort() if away["left"] else route.continue_())
        page.locator("[name=name]").fill("Ana Popescu")
        page.locator("[name=phone]").fill("0712345676")
        page.get_by_role("button").click()
        expect(page.get_by_role("alert")).to_contain_text("still sending")
        away["left"] = False
        page.goto("/?later=1")
        page.wait_for_function("localStorage.getItem('hub-order') === null")
        context.close()
    [(oid, phone, sub1)] = hub.rows("SELECT oid, phone, sub1 FROM affiliate_lead WHERE utm_source = 'fb'")
    assert (phone, sub1) == ("+40712345677", "click7")
    assert len(hub.rows("SELECT oid FROM affiliate_lead WHERE phone = '+40712345676'")) == 1
    reach(hub, oid, delivery="delivered")
