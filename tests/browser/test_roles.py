"""What a role may do is done on its pages, and what it may not do is not offered there. Analysts: `test_personal_data`."""

import pytest
from playwright.sync_api import expect

from tests.browser.steps import happened, lead_page, reach, save, sidebar, sign_in

pytestmark = pytest.mark.browser

PASSWORD = "PASSWORD-of-a-role-0001"
MAKE = """
from django.contrib.auth.models import Group, User
person = User.objects.create_user({role!r}, password={password!r}, is_staff=True)
person.groups.add(Group.objects.get(name={role!r}))
answer = Network.objects.get(pk=1).credentials["api"]
"""


@pytest.fixture
def sign_in_as(hub, browse):
    """A function: a page of a person with the role, and a secret of the first network."""

    def make(role: str):
        secret = hub.ask(MAKE.format(role=role, password=PASSWORD))
        page = browse(signed_in=False)
        sign_in(page, role, PASSWORD)
        return page, secret

    return make


def test_an_operator_decides_on_leads_and_is_offered_no_change_of_settings(hub, sign_in_as):
    page, _secret = sign_in_as("operator")
    posted = hub.post_lead(offer=1, phone="+40712900901", name="wait", country="RO")
    page.goto(lead_page(reach(hub, posted["oid"], delivery="delivered")))
    page.get_by_text("Set the status", exact=True).click()
    page.locator("[name=status]").select_option("trash")
    page.locator("form").filter(has=page.locator("[name=status]")).get_by_label("Reason").fill("a joke")
    page.get_by_role("button", name="Set", exact=True).click()
    expect(happened(page, "a joke").first).to_contain_text("trash")
    assert reach(hub, posted["oid"], status="trash")

    page.goto("/admin/affiliate/network/1/change/")
    expect(page.get_by_text("Sandbox").first).to_be_visible()
    expect(page.get_by_role("button", name="Save", exact=True)).to_have_count(0)
    assert "/status.json?id=" not in page.content()
    for name in ("People", "Roles", "Changes of settings"):
        expect(sidebar(page).get_by_role("link", name=name)).to_have_count(0)


def test_a_manager_sets_things_up_and_sees_neither_secrets_nor_people(hub, sign_in_as):
    page, secret = sign_in_as("manager")
    page.goto("/admin/affiliate/offer/add/")
    page.locator("[name=title]").fill("Offer of a manager")
    save(page)
    assert hub.rows("SELECT 1 FROM affiliate_offer WHERE title = 'Offer of a manager'")

    page.goto("/admin/affiliate/network/1/change/")
    expect(page.get_by_text("A value is stored")).to_be_visible()
    assert secret not in page.content()
    page.goto("/admin/affiliate/settingchange/")
    expect(page.get_by_role("row").filter(has_text="Offer of a manager").first).to_contain_text("manager")
    for name in ("People", "Roles", "Failed sign-ins"):
        expect(sidebar(page).get_by_role("link", name=name)).to_have_count(0)
