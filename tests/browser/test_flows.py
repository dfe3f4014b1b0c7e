"""An offer finds its way to a network: the network's parameters by name, another value for a country, gaps told at once."""

import pytest
from playwright.sync_api import expect

from affiliate.integrations import registry
from tests.browser.steps import happened, lead_page, reach, row, save

pytestmark = [pytest.mark.browser, pytest.mark.alike]

SEVERAL = next(one for one in registry.networks().values() if len(one.parameters()) > 2)
VALUE = "Offer code, any text"
STAYS = "Save and continue editing"


@pytest.fixture
def form(page, request):
    """A new offer's form of a new flow to the sandbox network."""
    page.goto("/admin/affiliate/offer/add/")
    page.locator("[name=title]").fill(f"Offer of {request.node.name}")
    save(page)
    expect(page.get_by_label("Offer").locator("option:checked")).to_have_text(f"Offer of {request.node.name}")
    page.get_by_label("Network").select_option("Sandbox")
    page.get_by_role("button", name="Next").click()
    return page


def choose(form, typed: str, country: str) -> None:
    """By the keyboard alone."""
    group = form.get_by_role("group").filter(has=form.get_by_role("heading", name="Which leads it takes")).first
    group.get_by_role("searchbox").press_sequentially(typed)
    expect(form.get_by_role("option", name=country)).to_have_attribute("aria-selected", "false")
    form.keyboard.press("Enter")
    expect(group.get_by_role("listitem").filter(has_text=country)).to_be_visible()


def test_every_parameter_of_a_network_is_a_field_with_its_name(hub, page):
    made = f"Network.objects.create(name='Many parameters', integration={SEVERAL.slug!r})"
    network = hub.ask(f"answer = {made}.pk")
    page.goto(f"/admin/affiliate/flow/add/?offer=1&network={network}")
    group = page.get_by_role("group").filter(has=page.get_by_role("heading", name="Parameters")).first
    labels = [text.strip().rstrip("*") for text in group.locator("label:visible").all_inner_texts()]
    assert labels == [one.short_label for one in SEVERAL.parameters().values()]


def test_a_new_offer_leads_on_to_its_flow_with_the_networks_parameters_by_name(form):
    form.get_by_role("textbox", name=VALUE).fill("watch")
    save(form)
    expect(form.get_by_text("was added successfully")).to_be_visible()
    expect(row(form, "every country")).to_contain_text("watch from: flow")


def test_a_missing_parameter_is_told_on_save(form):
    save(form)
    expect(form.get_by_text(f"No value for {VALUE}. Until it is typed, this flow takes no leads.")).to_be_visible()
    expect(row(form, VALUE)).to_contain_text("missing")


def test_a_country_gets_a_value_of_its_own(form, hub):
    form.get_by_role("textbox", name=VALUE).fill("watch")
    form.get_by_role("link", name="Add another Geo").click()
    geos = form.get_by_role("group", name="Geos")
    geos.get_by_role("combobox", name="Country").select_option("BG · Bulgaria")
    geos.get_by_role("textbox", name=VALUE).fill("watch-bg")
    save(form, STAYS)
    expect(row(form, "every other country")).to_contain_text("watch from: flow")
    expect(row(form, "BG · Bulgaria")).to_contain_text("watch-bg from: geo")

    [(offer,)] = hub.rows("SELECT max(id) FROM affiliate_offer")
    posted = hub.post_lead(offer=offer, phone="+359881234567", name="Ivan Petrov", country="BG")
    form.goto(lead_page(reach(hub, posted["oid"], delivery="delivered")))
    attempt = happened(form, "Attempt 1")
    attempt.get_by_text("HTTP 201").first.click()
    expect(attempt.get_by_text('"watch-bg"')).to_be_visible()


def test_a_request_is_looked_at_and_a_test_lead_followed_to_its_outcome(form):
    form.get_by_role("textbox", name=VALUE).fill("watch")
    form.get_by_role("link", name="Add another Geo").click()
    geos = form.get_by_role("group", name="Geos")
    geos.get_by_role("combobox", name="Country").select_option("BG · Bulgaria")
    geos.get_by_role("textbox", name=VALUE).fill("watch-bg")
    save(form, STAYS)

    form.get_by_role("link", name="Show the request").click()
    expect(form.get_by_text('"offer": "watch",')).to_be_visible()
    form.get_by_label("Country").select_option("BG · Bulgaria")
    form.get_by_role("button", name="Show the request").click()
    expect(form.get_by_text('"offer": "watch-bg",')).to_be_visible()
    form.get_by_role("button", name="Copy").click()
    expect(form.get_by_role("button", name="Copied")).to_be_visible()
    command = form.evaluate("navigator.clipboard.readText()")
    assert command.startswith("curl ") and '"$API"' in command

    form.get_by_role("link", name="Back", exact=True).click()
    form.get_by_role("link", name="Send a test lead").click()
    expect(form.get_by_role("heading", name="Sandbox is a sandbox")).to_be_visible()
    form.get_by_label("Country").select_option("BG · Bulgaria")
    form.get_by_label("Phone").fill("+359888123456")
    form.get_by_label("Name").fill("Ivan refuse")
    form.get_by_role("button", name="Send a test lead").click()
    expect(form.get_by_role("heading", name="The outcome")).to_be_visible()
    expect(form.get_by_text("Sandbox does not take this lead.")).to_be_visible()

    form.get_by_role("link", name="Send another one").click()
    form.get_by_role("button", name="Send a test lead").click()
    expect(form.get_by_text("Sandbox has the lead under the id")).to_be_visible()
    expect(form.get_by_text("HTTP 201")).not_to_have_count(0)
    form.get_by_role("link", name="The lead's page").click()
    expect(happened(form, "Attempt 1")).to_be_visible()


def test_a_flow_is_copied_changed_and_only_then_takes_leads(form, hub):
    form.get_by_role("textbox", name=VALUE).fill("watch")
    save(form)
    expect(form.get_by_text("was added successfully")).to_be_visible()
    form.get_by_role("button", name="Copy this flow").click()
    expect(form.get_by_text("It takes no leads until you save it here.")).to_be_visible()
    newest = "SELECT enabled, countries FROM affiliate_flow ORDER BY id DESC LIMIT 1"
    assert not hub.rows(newest)[0][0]
    choose(form, "bulg", "BG · Bulgaria")
    form.evaluate("navigator.clipboard.writeText('ro; IT')")
    form.keyboard.press("Control+V")
    expect(form.get_by_role("listitem").filter(has_text="IT · Italy")).to_be_visible()
    save(form)
    expect(form.get_by_text("was changed successfully")).to_be_visible()
    [(enabled, countries)] = hub.rows(newest)
    assert enabled and countries == "BG, IT, RO"


def test_offers_by_country_show_who_takes_the_leads_and_lead_to_the_flow(form, request):
    title = f"Offer of {request.node.name}"
    form.get_by_role("textbox", name=VALUE).fill("watch")
    choose(form, "bg", "BG · Bulgaria")
    save(form)
    expect(form.get_by_text("was added successfully")).to_be_visible()
    form.goto("/admin/affiliate/offer/")
    form.get_by_role("link", name="Offers by country").first.click()
    form.locator("[name=country]").select_option("BG")
    form.get_by_role("button", name="Show", exact=True).click()
    expect(row(form, title)).to_contain_text("Sandbox")
    form.locator("[name=country]").select_option("IT")
    form.get_by_role("button", name="Show", exact=True).click()
    expect(row(form, title)).to_contain_text("—")
    form.locator("[name=country]").select_option("")
    form.get_by_role("button", name="Show", exact=True).click()
    row(form, title).get_by_role("link", name="Sandbox").click()
    expect(form.locator("[name=countries]")).to_have_values(["BG"])
