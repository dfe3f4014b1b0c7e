"""What people do on many pages, and what a test waits for behind them."""

import re

from playwright.sync_api import Locator, Page

from tests.processes.hub import Hub, wait_for


def admin_password(hub: Hub) -> str:
    return re.search(r"password (\S+)", hub.first_run)[1]


def sign_in(page: Page, name: str, password: str) -> None:
    page.goto("/admin/")
    page.locator("[name=username]").fill(name)
    page.locator("[name=password]").fill(password)
    page.locator("[type=submit]").click()


def save(page: Page, button: str = "Save") -> None:
    page.get_by_role("button", name=button, exact=True).click()


def sidebar(page: Page) -> Locator:
    return page.get_by_role("navigation").first


def row(page: Page, text: str) -> Locator:
    """The line of a list that holds the text."""
    return page.get_by_role("row").filter(has_text=text)


def happened(page: Page, text: str) -> Locator:
    """A line of a lead's history."""
    return page.get_by_role("listitem").filter(has_text=text)


def reach(hub: Hub, oid: str, **wanted: str) -> int:
    """Wait until the lead's columns have these values; its number."""

    def reached():
        [(number, *found)] = hub.rows(f"SELECT id, {', '.join(wanted)} FROM affiliate_lead WHERE oid = '{oid}'")
        return number if found == list(wanted.values()) else None

    return wait_for(reached, f"{wanted} of the lead")


def lead_page(number: int) -> str:
    return f"/admin/affiliate/lead/{number}/change/"
