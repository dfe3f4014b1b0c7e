"""Pictures of the main pages in both languages: `script/screenshots` writes them to docs/screenshots/."""

import shutil
import sys
import tempfile
from pathlib import Path

import requests
from playwright.sync_api import Page

from tests.browser.chromium import launched, visit
from tests.browser.steps import admin_password, lead_page, reach, sign_in
from tests.processes.hub import ROOT, Hub, wait_for, whole
from tests.tracker import tracking

FOLDER = ROOT / "docs" / "screenshots"
# Bytes; a repository keeps every version of a picture.
MOST = 150_000
PHONE = {"width": 390, "height": 800}
ON_A_PHONE = ("dashboard", "lead")
# Offer, person, country. The last digits of a phone choose what the sandbox network does with the lead.
LEADS = [
    ("by_poll", "Георги Иванов", "+359888000003", "BG"),
    ("by_postback", "Giulia Rossi", "+393470000005", "IT"),
    ("by_poll", "Мария Петрова", "+359887341902", "BG"),
    ("by_postback", "Mihai Radu", "+40733000002", "RO"),
    ("by_postback", "Иван Димитров", "+359889000004", "BG"),
    ("lonely", "Cristina Pop", "+40761555019", "RO"),
    ("waiting", "Ana Lupu", "+40761555020", "RO"),
]
# A phone too short, and the person of a lead that has come by itself.
FILE = """phone,name,country,sub1
+40755123401,Dana Marin,RO,teaser-11
+4075,Sorin Ilie,RO,teaser-12
+40712345678,Ion Popescu,RO,teaser-17
+359887112233,Петър Колев,BG,teaser-12
"""
CLICK = {"ip": "203.0.113.7", "sub1": "teaser-17", "utm_source": "facebook"}
POLL = (
    "from affiliate.delivery import actions; answer = actions.poll_now(Lead.objects.filter(delivery='delivered')).done"
)
START = """
from affiliate.integrations.postback_urls import prefix
network = Network.objects.order_by("pk").first()
answer = prefix("", network.pk, network.postback_key)
"""


def fill(hub: Hub, tracker: str) -> dict[str, str]:
    """Demo data by the hub's own doors; the address of each page by the name of its picture."""
    made = hub.ask("from tests.browser import demo; answer = demo.make()")
    hub.ask(
        f"from tests.browser import demo; demo.pause({made['network']}); demo.make_reports('{tracker}'); answer = demo.make_days()"
    )
    leads = [
        hub.post_lead(offer=made[offer], name=name, phone=phone, country=country)["oid"]
        for offer, name, phone, country in LEADS
    ]
    shown = hub.post_lead(offer=made["by_postback"], name="Ion Popescu", phone="+40712345678", country="RO", **CLICK)[
        "oid"
    ]
    waiting = leads[LEADS.index(next(lead for lead in LEADS if lead[2].endswith("000004")))]
    number = reach(hub, shown, delivery="delivered", status="approve")
    assert hub.ask(POLL)
    reach(hub, leads[2], status="approve")
    # A word that nobody has mapped is one of the things that need a person.
    requests.get(f"{hub.url}{hub.ask(START)}&oid={waiting}&status=in_callcenter", timeout=30)
    wait_for(lambda: hub.rows("SELECT 1 FROM affiliate_postback WHERE verdict = 'unknown'"), "the unknown word")
    file = hub.folder / "leads-of-monday.csv"
    file.write_text(FILE)
    hub.manage("import_leads", str(file), "--source", "Demo landing page", "--offer", "Slim tea")
    assert hub.ask("from tests.browser import demo; answer = demo.make_history()")
    return {
        "dashboard": "/admin/",
        "leads": "/admin/affiliate/lead/",
        "lead": lead_page(number),
        "add-network": "/admin/affiliate/network/add/",
        "network": f"/admin/affiliate/network/{made['network']}/change/",
        "flow": f"/admin/affiliate/flow/{made['flow']}/change/",
        "offers-by-country": "/admin/affiliate/offer/by-country/",
        "status-words": "/admin/affiliate/statusword/",
    }


def take(hub: Hub, pages: dict[str, str]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    with launched(shutil.which("chromium")) as browser:
        for language in ("en", "ru"):
            page = visit(browser, url=hub.url, language=language).new_page()
            sign_in(page, "admin", admin_password(hub))
            page.wait_for_url("**/admin/")
            for name, address in pages.items():
                picture(page, address, f"{language}-{name}")
            page.set_viewport_size(PHONE)
            for name in ON_A_PHONE:
                picture(page, pages[name], f"{language}-phone-{name}")


def picture(page: Page, address: str, name: str) -> None:
    """A page that does not open stops everything: a picture of an error would be taken for the page."""
    answer = page.goto(address)
    if answer is None or answer.status != 200:
        sys.exit(f"{name}: {address} answers {answer and answer.status}.")
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    size = page.viewport_size
    # A crowded page shows less of itself, so that every picture stays small.
    for height in range(size["height"], 400, -80):
        taken = page.screenshot(animations="disabled", clip={"x": 0, "y": 0, "width": size["width"], "height": height})
        if len(taken) <= MOST:
            (FOLDER / f"{name}.png").write_bytes(taken)
            return
    sys.exit(f"{name}.png cannot be made smaller than {MOST} bytes.")


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        tracking() as tracker,
        whole(Path(folder), TELEGRAM_URL=tracker.url) as hub,
    ):
        take(hub, fill(hub, tracker.url))


if __name__ == "__main__":
    main()
