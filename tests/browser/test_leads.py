"""What people do with leads that did not simply go through."""

import pytest
from playwright.sync_api import expect

from tests.browser.steps import happened, lead_page, reach, row
from tests.integrations import cases
from tests.processes.recorder import recording, single_step_network

pytestmark = pytest.mark.browser

# A network that neither drops second copies nor answers: whether its leads arrived only a person can say.
MAKE = """
network = Network.objects.create(name="Unsure", integration={slug!r}, base_url={url!r}, credentials={credentials!r})
offer = Offer.objects.create(title="Offer of an unsure network")
values = {{name: "1" for name in network.integration_class.parameters()}}
Flow.objects.create(offer=offer, network=network, parameters=values)
answer = offer.pk
"""


@pytest.fixture(scope="module")
def recorder():
    with recording(single_step_network()) as recorder:
        yield recorder


@pytest.fixture(scope="module")
def offer(hub, recorder):
    slug = single_step_network()
    return hub.ask(MAKE.format(slug=slug, url=recorder.url, credentials=cases.load(slug).get("credentials", {})))


@pytest.fixture
def unclear(hub, offer, recorder, page):
    """A function: the page of a lead of this phone that the network answered with HTTP 500; from then on it accepts."""
    takes = recorder.answer

    def make(phone: str) -> str:
        recorder.answer = {"status": 500, "body": "<h1>Internal Server Error</h1>"}
        oid = hub.post_lead(offer=offer, phone=phone, name="Ion Popescu", country="RO")["oid"]
        number = reach(hub, oid, delivery="unclear")
        recorder.answer = takes
        page.goto(lead_page(number))
        return oid

    yield make
    recorder.answer = takes


def test_an_unclear_lead_is_resolved_by_saying_that_it_arrived(hub, page, unclear):
    oid = unclear("+40712900601")
    expect(page.get_by_role("heading", name="It is unclear whether the lead arrived")).to_be_visible()
    page.get_by_text("It arrived", exact=True).click()
    page.get_by_label("The network's id of the lead").fill("EID-900601")
    page.get_by_role("button", name="Mark as delivered").click()
    expect(page.get_by_text("The lead is delivered")).to_be_visible()
    expect(page.get_by_role("complementary").get_by_text("EID-900601")).to_be_visible()
    expect(page.get_by_role("heading", name="It is unclear whether the lead arrived")).to_have_count(0)
    assert reach(hub, oid, delivery="delivered", eid="EID-900601")


def test_failed_leads_are_sent_again_after_a_confirmation_with_their_count(hub, page, unclear, recorder):
    oid = unclear("+40712900602")
    page.get_by_text("Give up", exact=True).first.click()
    page.get_by_role("button", name="Give up").click()
    expect(page.get_by_text("The lead is marked failed")).to_be_visible()
    sent = recorder.per_lead[oid]

    page.goto("/admin/affiliate/lead/")
    expect(row(page, "+40712900602")).to_contain_text("failed")
    row(page, "+40712900602").get_by_role("checkbox").check()
    page.get_by_label("Select action to run").select_option("Send again")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_text("1 row is chosen.")).to_be_visible()
    assert recorder.per_lead[oid] == sent, "nothing goes out before the person confirms"
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_text("1 lead is queued.")).to_be_visible()

    page.goto(lead_page(reach(hub, oid, delivery="delivered")))
    expect(happened(page, "Attempt 2")).to_contain_text("accepted")


def test_a_period_leads_to_its_leads_and_they_to_a_file(hub, page, offer):
    oid = hub.post_lead(offer=offer, phone="+40712900603", name="Ana Pop", country="RO")["oid"]
    page.goto("/admin/")
    page.get_by_role("link", name="7 days").click()
    expect(page.get_by_text("against the 7 days before")).to_be_visible()
    expect(page.locator("canvas.chart")).to_be_visible()
    page.get_by_role("link", name="Unsure").first.click()
    expect(row(page, "+40712900603")).to_be_visible()

    with page.expect_download() as download:
        page.get_by_role("link", name="Export to CSV").click()
    expect(page.get_by_role("status").filter(has_text="rows:")).to_be_visible()
    text = download.value.path().read_text("utf-8-sig")
    assert oid in text and "+40712900603" in text
