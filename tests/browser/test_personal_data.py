"""Who may not see personal data sees masks."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.steps import lead_page, reach, row, sidebar, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.alike]

PHONE, PASSWORD = "+40712900701", "PASSWORD-analyst-0001"
MAKE_ANALYST = f"""
from django.contrib.auth.models import Group, User
person = User.objects.create_user("analyst", password={PASSWORD!r}, is_staff=True)
person.groups.add(Group.objects.get(name="analyst"))
answer = True
"""


def test_an_analyst_reads_leads_without_the_persons_behind_them(hub, browse):
    assert hub.ask(MAKE_ANALYST)
    posted = hub.post_lead(offer=1, phone=PHONE, name="Vasile", email="vasile@example.com", country="RO")
    number = reach(hub, posted["oid"], delivery="delivered")
    page = browse(signed_in=False)
    sign_in(page, "analyst", PASSWORD)

    sidebar(page).get_by_role("link", name=re.compile(r"^\w+ Leads$")).click()
    expect(row(page, posted["oid"][-6:])).to_contain_text("+407•••01")
    hidden = page.content()
    page.goto(lead_page(number))
    expect(page.get_by_text("+407•••01")).to_be_visible()
    hidden += page.content()
    for personal in (PHONE, PHONE[1:], "Vasile", "vasile@example.com"):
        assert personal not in hidden
    expect(page.get_by_role("button", name="Send again")).to_have_count(0)
    expect(sidebar(page).get_by_role("link", name="People")).to_have_count(0)
    expect(sidebar(page).get_by_role("link", name="Changes of settings")).to_have_count(0)

    page.goto("/admin/affiliate/network/")
    expect(page.get_by_role("link", name="Add network")).to_have_count(0)
    page.goto("/admin/affiliate/network/1/change/")
    expect(page.get_by_text("Statuses come by").first).to_be_visible()
    assert "/status.json?id=" not in page.content()
