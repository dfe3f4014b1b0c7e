"""The door: who is who, and in which language."""

import pytest
from playwright.sync_api import expect

from tests.browser.steps import admin_password, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.alike]


def test_the_first_admin_signs_in_with_the_password_that_the_start_printed(hub, browse):
    page = browse(signed_in=False)
    sign_in(page, "admin", admin_password(hub))
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()


def test_a_wrong_password_is_told(browse):
    page = browse(signed_in=False)
    sign_in(page, "admin", "WRONG-password-0001")
    expect(page.get_by_text("Please enter the correct username and password")).to_be_visible()
    expect(page.locator("[name=password]")).to_be_visible()


def test_the_language_is_chosen_in_the_persons_menu(page):
    page.goto("/admin/affiliate/lead/")
    page.get_by_text("unfold_more").click()
    page.get_by_role("button", name="Русский").click()
    expect(page.get_by_role("link", name="Чёрный список")).to_be_visible()
    expect(page).to_have_url("/admin/affiliate/lead/")
