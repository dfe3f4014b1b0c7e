"""A network is connected: found by name, asked for exactly what it needs, its postback URL copied and called."""

import re
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pytest
import requests
from playwright.sync_api import expect

from affiliate.integrations import registry
from affiliate.integrations.fields import Credential
from tests.browser.steps import row, save
from tests.integrations import cases
from tests.serving import serving

pytestmark = [pytest.mark.browser, pytest.mark.alike]

ADD = "/admin/affiliate/network/add/"


def first(rule, *, described=False):
    """Networks are chosen by their shape: no test knows one by name."""
    every = registry.networks().values()
    return next(one for one in every if (one.described_push is not None) == described and rule(one))


def told_by_postback(integration) -> bool:
    return any("oid=" in (tail.tail or "") and "status=" in (tail.tail or "") for tail in integration.tails)


KINDS = {
    "no credential": first(lambda one: not one.credentials()),
    "told by postback": first(lambda one: list(one.credentials()) == ["key", "secret"] and one.tails),
    "polled": first(lambda one: one.polls() and list(one.credentials()) == ["user", "api"]),
    "an address of its own": first(lambda one: one.needs_base_url and not one.base_url),
    "described": first(lambda one: list(one.credentials()) == ["api"], described=True),
}
ANY = KINDS["polled"]
CHECKED = first(lambda one: one.has_check() and list(one.credentials()) == ["api"])


@pytest.fixture
def form(page, request):
    """The empty form of the test's network, reached as a person reaches it."""
    integration = getattr(request, "param", ANY)
    page.goto(ADD)
    page.get_by_label("Search by name").press_sequentially(integration.title)
    card = page.get_by_role("link").filter(has=page.get_by_text(integration.title, exact=True))
    if page.locator("[data-name]:visible").count() == 1:
        page.keyboard.press("Enter")
    else:
        card.click()
    page.integration = integration
    page.locator("[name=name]").fill(f"{integration.title} {request.node.name}")
    return page


def credential(page, name: str):
    return page.locator(f"[name=credentials_{name}]")


def fill(page) -> dict[str, str]:
    """Type made-up credentials of the right form."""
    case = cases.load(page.integration.slug)
    typed = case.get("credentials", {})
    for name, text in typed.items():
        credential(page, name).fill(text)
    if page.integration.needs_base_url:
        page.locator("[name=base_url]").fill(case["base_url"])
    return typed


def steps(page):
    """The titles of what is left to do."""
    return page.locator("#steps a > :nth-child(2)")


def steps_of(integration) -> list[str]:
    found = {
        "Describe the protocol": integration.described_push is not None,
        "Check the connection": integration.has_check(),
        "Set up postbacks": integration.tails or integration.postback_fields,
        "Add a flow": True,
        "Send a test lead": True,
    }
    return [title for title, there in found.items() if there]


def test_the_list_holds_every_network_and_narrows_by_name(page):
    page.goto(ADD)
    cards = page.locator("[data-name]:visible")
    expect(cards).to_have_count(len(registry.integrations()))
    page.get_by_label("Search by name").fill(ANY.title.upper())
    expect(cards.filter(has_text=ANY.title)).not_to_have_count(0)
    assert cards.count() < 5
    page.get_by_label("Search by name").fill("no such network")
    expect(cards).to_have_count(0)
    expect(page.get_by_text("No integration has this name.")).to_be_visible()


@pytest.mark.parametrize("form", KINDS.values(), ids=KINDS, indirect=True)
def test_the_form_asks_for_exactly_the_networks_credentials_and_saves_them(form):
    labels = {text.strip().rstrip("*") for text in form.locator("form label:visible").all_inner_texts()}
    every = {str(label) for label, _secret in Credential.SLOTS.values()}
    assert labels & every == {str(one.label) for one in form.integration.credentials().values()}

    fill(form)
    save(form)
    expect(form.get_by_text("was added successfully")).to_be_visible()
    expect(form.get_by_role("heading", name="Postback URLs")).to_be_visible()
    expect(steps(form)).to_have_text(steps_of(form.integration))


def test_a_missing_credential_is_named_at_its_field(form):
    credential(form, "user").fill("USER-0001")
    save(form)
    expect(credential(form, "api")).to_have_accessible_description(re.compile("This value is required"))
    expect(credential(form, "user")).not_to_have_accessible_description(re.compile("This value is required"))
    expect(credential(form, "user")).to_have_value("USER-0001")


def test_a_stored_secret_is_not_shown_again(form):
    typed = fill(form)
    save(form)
    expect(form.get_by_text("was added successfully")).to_be_visible()
    expect(credential(form, "user")).to_have_value(typed["user"])
    expect(credential(form, "api")).to_have_value("")
    expect(form.get_by_text("A value is stored")).to_be_visible()
    assert typed["api"] not in form.content()


@pytest.mark.parametrize("form", [first(told_by_postback)], ids=["told by postback"], indirect=True)
def test_its_postback_url_is_copied_and_works_at_once(form):
    fill(form)
    save(form)
    form.locator("#postbacks").get_by_role("button", name="Copy").first.click()
    expect(form.locator("#postbacks").get_by_role("button", name="Copied")).to_be_visible()
    url = form.evaluate("navigator.clipboard.readText()")

    answer = requests.get(filled(url, oid="01M0NEXTSTEPMADEUPBYATEST1", status="PROBE-word"), timeout=30)
    assert answer.status_code == 200

    form.goto("/admin/affiliate/postback/")
    expect(row(form, "PROBE-word")).to_contain_text(form.integration.title)


def filled(url: str, **values: str) -> str:
    """The URL as the network calls it: these values in place of its macros."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query=urlencode(dict(parse_qsl(parts.query)) | values)))


@pytest.fixture
def keyed_server():
    """The address of the network, which tells a good key from a bad one as its wire cases say."""
    case = cases.load(CHECKED.slug)
    answers = {one["verdict"]: one["answers"][0] for one in reversed(case["check"])}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            known = case["credentials"]["api"] in self.path + str(self.headers)
            answer = answers["works" if known else "refused"]
            self.send_response(answer["status"])
            self.end_headers()
            self.wfile.write(answer["body"].encode())

        def log_message(self, *args):
            """Quiet."""

    with serving(Handler) as url:
        yield url


@pytest.mark.parametrize("form", [CHECKED], ids=["checked"], indirect=True)
def test_a_bad_key_is_found_by_the_check_and_a_good_one_ends_the_pause(form, hub, keyed_server):
    credential(form, "api").fill("A-WRONG-KEY-0001")
    form.locator("[name=base_url]").fill(keyed_server)
    save(form)
    steps(form).filter(has_text="Check the connection").click()
    connection = form.locator("#connection")
    connection.get_by_role("button", name="Check the connection").click()
    expect(connection.get_by_text("the network refuses the settings")).to_be_visible()

    number = re.search(r"/(\d+)/change/", form.url)[1]
    hub.ask(
        "from django.utils import timezone\n"
        f"NetworkState.objects.update_or_create(network_id={number}, defaults={{'paused_at': timezone.now(), "
        "'paused_reason': 'no such key'}); answer = None"
    )
    form.reload()
    expect(form.get_by_role("heading", name="The network is paused: its settings are refused")).to_be_visible()
    credential(form, "api").fill(cases.load(CHECKED.slug)["credentials"]["api"])
    save(form, "Save and continue editing")
    expect(form.get_by_text("no such key")).to_be_visible()

    form.goto("/admin/affiliate/network/state/")
    state = row(form, "no such key")
    expect(state).to_contain_text("paused: misconfigured")
    state.get_by_role("button", name="Check the connection").click()
    expect(form.get_by_text("on their way again")).to_be_visible()
    expect(form.get_by_text("no such key")).to_have_count(0)

    form.goto(f"/admin/affiliate/network/{number}/change/")
    expect(form.locator("#connection").get_by_text("the connection works")).to_be_visible()
    expect(form.get_by_role("listitem").filter(has_text="Check the connection")).to_contain_text("done")


def test_a_protocol_is_described_with_its_faults_and_its_request_told_while_it_is_typed(page):
    page.goto(ADD)
    page.get_by_label("Search by name").fill("no such network")
    page.get_by_role("link", name="Connect it by a description of its protocol").click()
    page.locator("[name=name]").fill("Described while typing")
    page.locator("[name=base_url]").fill("https://network.example")
    expect(page.get_by_text("Nothing is described yet.")).to_be_visible()
    page.get_by_role("button", name="Start from the example").click()
    expect(page.get_by_text("the description is right")).to_be_visible()
    expect(page.get_by_text("POST https://network.example/api/lead").first).to_be_visible()

    text = page.locator("[name=description]")
    good = text.input_value()
    text.fill(good.replace("encoding: json", "encoding: morse"))
    page.get_by_role("button", name="line 4").click()
    assert text.evaluate("one => one.value.slice(one.selectionStart, one.selectionEnd)") == "  encoding: morse"
    text.fill(good)
    page.locator("[data-answer]").fill('{"error": "duplicate"}')
    expect(page.get_by_text("The lead would be: duplicate")).to_be_visible()

    save(page)
    expect(page.get_by_text("was added successfully")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="Describe the protocol")).to_contain_text("done")
