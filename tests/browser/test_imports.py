"""A file of leads with a mistake in it: told with row, column and reason, mended, uploaded again, taken in."""

import pytest
from playwright.sync_api import expect

from tests.browser.steps import row

pytestmark = pytest.mark.browser

BAD = "Phone;Name\n+40712345601;Ionel Marin\n12;Ana Rusu\n"
MENDED = BAD.replace("\n12;", "\n+40712345602;")


def upload(page, text: str) -> None:
    page.goto("/admin/affiliate/leadimport/add/")
    page.get_by_label("Source").select_option(index=1)
    page.get_by_label("Offer").select_option(index=1)
    page.get_by_label("Country").select_option("RO · Romania")
    file = {"name": "leads.csv", "mimeType": "text/csv", "buffer": text.encode()}
    page.locator("input[type=file]").set_input_files(file)
    page.locator("form").filter(has=page.get_by_label("Country")).locator("[type=submit]").click()
    page.get_by_role("button", name="Check every row").click()


def test_a_bad_row_is_told_the_mended_file_is_taken_in_and_its_leads_are_there(page, hub):
    upload(page, BAD)
    expect(page.get_by_role("row", name="3 Phone The phone is too short")).to_be_visible()
    page.get_by_role("group").filter(has_text="Delete the file").locator("summary").click()
    expect(page.get_by_text("No lead of it is taken in.")).to_be_visible()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("cancelled")).to_be_visible()
    assert not hub.rows("SELECT 1 FROM affiliate_lead WHERE name = 'Ionel Marin'")

    upload(page, MENDED)
    page.get_by_role("button", name="Take in 2 leads").click()
    page.get_by_role("link", name="Leads of the source").click()
    expect(row(page, "Ana Rusu")).to_be_visible()
    expect(row(page, "Ionel Marin")).to_be_visible()
