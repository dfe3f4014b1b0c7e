"""The main pages in both languages, on a laptop and on a phone, in the light and in the dark."""

import re

import pytest
from playwright.sync_api import Error, expect

from tests.admin.crawler import NOT_FOLLOWED, shape_of
from tests.browser.accessible import NAMELESS, PALE, STILL, UNSEEN_FOCUS
from tests.browser.steps import lead_page, reach

pytestmark = [pytest.mark.browser, pytest.mark.alike]

CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)
PERSON = "Maria Ionescu"
PAGES = {
    "dashboard": "/admin/",
    "leads": "/admin/affiliate/lead/",
    "lead": "",
    "networks": "/admin/affiliate/network/",
    "add a network": "/admin/affiliate/network/add/",
    "network": "/admin/affiliate/network/1/change/",
    "offers": "/admin/affiliate/offer/",
    "offer": "/admin/affiliate/offer/1/change/",
    "offers by country": "/admin/affiliate/offer/by-country/",
    "flows": "/admin/affiliate/flow/",
    "flow": "/admin/affiliate/flow/1/change/",
    "import and export": "/admin/affiliate/flow/table/",
    "a flow's request": "/admin/affiliate/flow/1/request/",
    "a flow's test lead": "/admin/affiliate/flow/1/test/",
    "add a flow": "/admin/affiliate/flow/add/",
    "sources": "/admin/affiliate/source/",
    "source": "/admin/affiliate/source/1/change/",
    "attempts": "/admin/affiliate/attempt/",
    "postbacks": "/admin/affiliate/postback/",
    "status polls": "/admin/affiliate/statuspoll/",
    "periodic tasks": "/admin/django_celery_beat/periodictask/",
    "people": "/admin/auth/user/",
}
# Their words are walked without a browser.
MORE = {
    "add a network of a kind": "/admin/affiliate/network/add/?integration=leadbit",
    "state of networks": "/admin/affiliate/network/state/",
    "status words": "/admin/affiliate/statusword/",
    "incidents": "/admin/affiliate/incident/",
    "add an alert channel": "/admin/affiliate/alertchannel/add/",
}
# Those whose parts stand on no other page.
READ = (
    "dashboard",
    "leads",
    "lead",
    "add a network",
    "add a network of a kind",
    "network",
    "state of networks",
    "offers by country",
    "flow",
    "a flow's request",
    "source",
    "status words",
    "incidents",
    "add an alert channel",
)
SIGN_IN = "/admin/login/"
# The least contrast of small text, by WCAG 2 at level AA.
CONTRAST = 4.5
# Links to rows and to networks are called what people called them.
LABELS = "h1, h2, h3, thead th, label, button, a:not([href*='/change/'], [data-name], [target=_blank])"
# What people and the wire named: the same in every language.
NAMES = {PERSON, "Oid", "API", "E-mail"}
# Marks of clicks are called so in every language.
NAMES |= {f"Sub{number}" for number in range(1, 6)}
NAMES |= {f"Utm_{name}" for name in ("source", "medium", "campaign", "content", "term")}
COUNTRY = re.compile(r"[A-Z]{2}")
# What people called their things, here and in other tests; a flow without a title goes by its offer and network.
TYPED = """
SELECT name FROM affiliate_network UNION SELECT title FROM affiliate_offer UNION SELECT name FROM affiliate_source
UNION SELECT CASE flow.title WHEN '' THEN offer.title || ' → ' || network.name ELSE flow.title END
FROM affiliate_flow AS flow JOIN affiliate_offer AS offer ON offer.id = flow.offer_id
JOIN affiliate_network AS network ON network.id = flow.network_id
"""
# The visible texts of the elements a selector finds, icons apart; each text of a breadcrumb by itself.
TEXTS = """(selector) => {
    const found = [];
    for (const element of document.querySelectorAll(selector)) {
        if (!element.checkVisibility()) continue;
        const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
        while (walker.nextNode()) {
            const icon = walker.currentNode.parentElement.closest("[class*=material-symbols], svg");
            const text = walker.currentNode.textContent.replace(/\\s+/g, " ").trim();
            if (!icon && /\\p{L}/u.test(text)) found.push(text);
        }
    }
    return found;
}"""
# What stands out of the window to the right and cannot be scrolled to inside a table's own box.
CUT_OFF = """() => {
    const width = document.documentElement.clientWidth;
    const scrolls = (element) => element && (
        ["auto", "scroll"].includes(getComputedStyle(element).overflowX) || scrolls(element.parentElement)
    );
    const found = document.documentElement.scrollWidth > width ? ["the page itself"] : [];
    for (const element of document.body.querySelectorAll("*")) {
        const box = element.getBoundingClientRect();
        const seen = box.width && box.height && element.checkVisibility({visibilityProperty: true});
        if (seen && box.right > width + 1 && !scrolls(element.parentElement)) {
            found.push(element.outerHTML.slice(0, 200));
        }
    }
    return found;
}"""


# What its own box hides below, with no way to scroll to it.
CLIPPED = """() => [...document.querySelectorAll("main *, #main *")].filter((element) =>
    getComputedStyle(element).overflowY === "hidden" && element.clientHeight > 1 && element.clientWidth > 1
    && element.innerText?.trim() && element.scrollHeight > element.clientHeight + 4
    && element.checkVisibility({visibilityProperty: true, opacityProperty: true})
    && !element.closest(".select2, [data-simplebar]:not(td *), [class*=material-symbols]")
).map((element) => element.outerHTML.slice(0, 200))"""
# Addresses of pages within the admin.
LINKS = """() => [...document.querySelectorAll("a[href]:not([download])")].map((link) => new URL(link.href))
    .filter((url) => url.origin === location.origin && url.pathname.startsWith("/admin/"))
    .map((url) => url.pathname + url.search)"""
# A row of each kind that has a page, also of those that a hub makes only in trouble.
MODELS = """
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from tests.admin.crawler import pages_of_models
if not Incident.objects.filter(facts__of="phones").exists():
    now = timezone.now()
    channel = AlertChannel.objects.create(name="Phones", via="email", values={"addresses": "a@example.com"}, enabled=False)
    incident = Incident.objects.create(
        event="breaker", network=Network.objects.first(), facts={"of": "phones"}, begun_at=now, ended_at=now
    )
    Alert.objects.create(channel=channel, incident=incident, phase="begun", state="muted")
    ReportAddress.objects.create(
        source=Source.objects.first(), name="Phones", url="https://tracker.example/?id={sub1}", events=["trash"], enabled=False
    )
client = Client()
client.force_login(User.objects.get(username="admin"))
seen = [address for address, (_model, right) in pages_of_models().items() if right == "v"]
answer = [address for address in seen if client.get(address).status_code == 200]
"""


@pytest.fixture(scope="module")
def lead(hub):
    posted = hub.post_lead(offer=1, phone="+40712900801", name=PERSON, country="RO")
    return posted["oid"], reach(hub, posted["oid"], delivery="delivered")


@pytest.fixture
def walk(browse, lead):
    """A function: opens the main pages one after another in a window and yields the name of each with the page."""

    def each(names=PAGES, **window):
        page = browse(**window)
        for name in names:
            page.goto((PAGES | MORE)[name] or lead_page(lead[1]))
            yield name, page

    return each


def test_no_heading_label_or_button_of_a_russian_page_is_english(walk, lead, hub):
    names, left = {*NAMES, lead[0], *(name for (name,) in hub.rows(TYPED))}, {}
    for name, page in walk(language="ru"):
        texts = {*page.evaluate(TEXTS, LABELS), *page.title().split(" | ")} - names
        if english := {text for text in texts if not CYRILLIC.search(text) and not COUNTRY.fullmatch(text)}:
            left[name] = english
    assert left == {}


def test_no_russian_is_left_on_an_english_page(walk):
    left = {}
    for name, page in walk(language="en"):
        if russian := CYRILLIC.findall(page.title() + page.locator("body").inner_text()):
            left[name] = "".join(russian)
    assert left == {}


@pytest.fixture
def crawl(browse, hub, lead):
    """A function: opens every page that links lead to from the pages of the models; yields the address with the page."""

    def each(**window):
        page, seen = browse(**window), set()
        waiting = ["/admin/", lead_page(lead[1]), *hub.ask(MODELS)]
        while waiting:
            address = waiting.pop(0)
            if (shape := shape_of(address)) in seen or address.startswith(NOT_FOLLOWED):
                continue
            seen.add(shape)
            try:
                page.goto(address, wait_until="domcontentloaded")
            except Error as error:
                if "Download is starting" in str(error):
                    continue
                raise
            # Without its font an icon is a long word.
            page.evaluate("() => document.fonts.ready.then(() => null)")
            waiting += page.evaluate(LINKS)
            yield address, page

    return each


def test_on_a_phone_no_page_is_wider_than_its_window_and_nothing_is_cut_off(crawl):
    # Russian words are the longer ones.
    found = {
        address: page.evaluate(CUT_OFF) + page.evaluate(CLIPPED) for address, page in crawl(language="ru", width=390)
    }
    assert len(found) > 70
    assert {address: elements for address, elements in found.items() if elements} == {}


def faults(page) -> dict[str, list[str]]:
    """Of one page at a laptop's width."""
    page.add_style_tag(content=STILL)
    found = {"out of the window": page.evaluate(CUT_OFF), "without a name": page.evaluate(NAMELESS)}
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page.evaluate("theme => document.documentElement.classList.toggle('dark', theme === 'dark')", theme)
        found[f"pale in the {theme}"] = page.evaluate(PALE, CONTRAST)
        found[f"focus not seen in the {theme}"] = page.evaluate(UNSEEN_FOCUS)
    return {fault: elements for fault, elements in found.items() if elements}


def test_pages_can_be_read_and_used_with_the_keyboard_in_the_light_and_in_the_dark(walk, browse):
    wrong = {name: found for name, page in walk(READ) if (found := faults(page))}
    stranger = browse(signed_in=False)
    stranger.goto(SIGN_IN)
    assert wrong | {"sign in": faults(stranger)} == {"sign in": {}}


def test_the_menu_opens_by_the_keyboard_in_a_narrow_window(browse):
    page = browse(width=1100)
    page.goto("/admin/")
    menu = page.get_by_role("button", name="Menu", exact=True)
    expect(menu).to_have_count(1)
    expect(page.get_by_role("link", name="Black list")).to_be_hidden()
    menu.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Black list")).to_be_visible()
