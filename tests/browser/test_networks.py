"""A network is connected: found by name, asked for exactly what it needs, its postback URL copied and called."""

import re
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pytest
import requests
from playwright.sync_api import expect

from affiliate.integrations import registry
from affiliate.integrations.fields import Credential
from tests.browser.steps import row, save
from tests.integrations import cases

pytestmark = pytest.mark.browser

ADD = "/admin/affiliate/network/add/"


def first(rule):
    """Networks are chosen by their shape: no test knows one by name."""
    return next(one for one in registry.of_specification().values() if one.described_push is None and rule(one))


def told_by_postback(integration) -> bool:
    return any("oid=" in (tail.tail or "") and "status=" in (tail.tail or "") for tail in integration.tails)


KINDS = {
    "no credential": first(lambda one: not one.credentials()),
    "a secret": first(lambda one: list(one.credentials()) == ["api"]),
    "a user and a secret": first(lambda one: list(one.credentials()) == ["user", "api"]),
    "a key and a secret": first(lambda one: list(one.credentials()) == ["key", "secret"]),
    "three credentials": first(lambda one: len(one.credentials()) == 3),
}
ANY = KINDS["a user and a secret"]


@pytest.fixture
def form(page, request):
    """The empty form of the test's network, reached as a person reaches it."""
    integration = getattr(request, "param", ANY)
    page.goto(ADD)
    page.get_by_label("Search by name").fill(integration.title)
    page.get_by_role("link").filter(has=page.get_by_text(integration.title, exact=True)).click()
    page.integration = integration
    page.locator("[name=name]").fill(f"{integration.title} {request.node.name}")
    return page


def credential(page, name: str):
    return page.locator(f"[name=credentials_{name}]")


def fill(page) -> dict[str, str]:
    """Type made-up credentials of the right form."""
    typed = cases.load(page.integration.slug).get("credentials", {})
    for name, text in typed.items():
        credential(page, name).fill(text)
    return typed


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
