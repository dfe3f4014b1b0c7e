"""Offers and flows leave as a table, come back with a wrong row, which is mended, and are stored."""

import pytest
from playwright.sync_api import expect

from tests.browser.steps import row

pytestmark = pytest.mark.browser


def test_a_table_with_a_wrong_row_is_mended_and_imported(page, hub, tmp_path):
    page.goto("/admin/affiliate/flow/")
    page.get_by_role("link", name="Import and export").first.click()
    with page.expect_download() as started:
        page.get_by_role("link", name="Download CSV").click()
    exported = started.value.path().read_text(encoding="utf-8-sig")
    header = exported.splitlines()[0]
    assert header.startswith("Offer,Network,") and "Sandbox: Offer code" in header

    def upload(network: str) -> None:
        file = tmp_path / "flows.csv"
        lines = ["Offer,Network,Countries,Geo,sandbox.sandbox"]
        lines += [f'Imported tea,{network},"BG,RO",,tea', f"Imported tea,{network},,BG,tea-bg"]
        file.write_text("\n".join(lines))
        page.locator("[name=file]").set_input_files(file)
        page.get_by_role("button", name="Show what it would do").click()

    upload("Sandbocks")
    expect(row(page, "There is no network “Sandbocks”.").first).to_contain_text("Add it first under Networks")
    expect(page.get_by_role("button", name="Store all of it")).to_have_count(0)
    page.get_by_role("link", name="Another file").click()

    upload("Sandbox")
    expect(row(page, "Imported tea → Sandbox: BG")).to_contain_text("tea-bg")
    assert hub.rows("SELECT 1 FROM affiliate_offer WHERE title = 'Imported tea'") == []
    page.get_by_role("button", name="Store all of it").click()
    expect(page.get_by_role("heading", name="The file is imported")).to_be_visible()
    [(flow, countries)] = hub.rows(
        "SELECT f.id, f.countries FROM affiliate_flow f JOIN affiliate_offer o ON o.id = f.offer_id"
        " WHERE o.title = 'Imported tea'"
    )
    assert countries == "BG, RO"
    page.goto(f"/admin/affiliate/flow/{flow}/change/")
    expect(row(page, "BG · Bulgaria")).to_contain_text("tea-bg from: geo")

    page.goto("/admin/affiliate/flow/table/")
    upload("Sandbox")
    expect(page.get_by_role("heading", name="Nothing to do")).to_be_visible()
