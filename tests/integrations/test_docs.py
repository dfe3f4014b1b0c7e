"""The documentation pages say what the declarations say, and the committed ones are fresh."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from affiliate.integrations import docs, registry
from affiliate.integrations.base import Dedupes, Integration
from affiliate.integrations.fields import Credential, Parameter, Tail
from affiliate.integrations.messages import Request
from affiliate.vocabulary import Evidence, Status

of_each_integration = pytest.mark.parametrize("slug", sorted(registry.integrations()))


class Acme(Integration):
    slug, title, site = "acme", "Acme", "https://acme.example"
    evidence = Evidence.CLIENT_CODE
    base_url = "https://api.acme.example"
    requests_per_second = 1.6
    dedupes = Dedupes("phone", within=timedelta(hours=4))

    api = Credential("token from your account.")
    acme = Parameter("offer ID.", example="17")
    landing = Parameter("landing page.", default="7")
    kind = Parameter("kind of the offer.", required=False, choices=[("one", "One"), ("two", "Two")])
    instructions = "Create a flow <first>."
    tails = [Tail("Sale", "&oid={sub1}&status=approve"), Tail("Visit", None)]
    notes = ["Ask for a personal manager."]
    statuses = {"paid": Status.APPROVE}

    def push(self, lead):
        person = {"phone": lead.phone, "tags": [lead.sub1]}
        yield Request.json(self.url(f"/orders/{self.api}"), {"offer": self.acme, "client": person})


class Polled(Acme):
    tails, statuses, base_url, needs_base_url, dedupes = [], {}, "", True, None
    poll_batch = 50

    def poll(self, leads):
        yield


class Silent(Acme):
    tails, instructions, dedupes = [], "", Dedupes("oid")


class Guessed(Silent):
    described_push = {"fields": [{"name": "click", "value": "{lead.oid}"}]}
    described_poll = {"url": "{base_url}/statuses", "batch": 10}


class ByField(Silent):
    postback_fields = [("Domain", "{domain}"), ("id", "static: {id}")]


@pytest.fixture
def english():
    with translation.override("en"):
        yield


def row(*cells) -> str:
    return f"| {' | '.join(cells)} |"


def test_the_committed_pages_are_fresh():
    call_command("network_docs", "--check")


@of_each_integration
@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_integration_has_a_page_with_all_its_declarations(slug, language):
    integration = registry.get(slug)
    with translation.override(language):
        page = docs.page(integration)
        assert page.count("\n# ") == 1
        for value in [*integration.credentials().values(), *integration.parameters().values()]:
            assert f"`{value.name}` |" in page
            assert docs._plain(value.help)[1:] in page
        for tail in integration.tails:
            assert docs._plain(tail.event) in page
            assert (tail.tail or "").lstrip("&") in page
        for text in [integration.instructions, *integration.notes]:
            assert docs._plain(text) in page
        for word in integration.statuses:
            assert f"| `{word}` |" in page
        assert f"({slug}.md)" in docs.index()


def test_pages_are_in_the_active_language():
    with translation.override("ru"):
        page = docs.page(registry.get("drcash"))
    assert "## Что и где указать" in page
    assert "Bearer токен из личного кабинета." in page


@pytest.mark.usefixtures("english")
class TestPage:
    def test_what_to_ask_the_network_for(self):
        page = docs.page(Acme)
        assert "- API: token from your account.\n- For each offer: offer ID.\n" in page

    def test_an_address_of_ones_own_is_asked_for(self):
        assert "- The address of its API" in docs.page(Polled)
        assert "- The address of its API" not in docs.page(Acme)

    def test_the_document_of_an_unknown_protocol_is_asked_for(self):
        assert "- The document of its API" in docs.page(Guessed)
        assert "- The document of its API" not in docs.page(Acme)

    def test_a_way_for_statuses_is_asked_for_where_none_is_known(self):
        assert "- How statuses come back" in docs.page(Silent)
        assert "- How statuses come back" not in docs.page(Acme)
        assert "- How statuses come back" not in docs.page(Polled)

    def test_values_with_help_example_choices_and_whether_they_are_required(self):
        page = docs.page(Acme)
        assert row("API `api`", "Token from your account. Kept encrypted, never shown again.", "yes") in page
        assert row("`acme`", "Offer ID. For example: `17`", "yes") in page
        assert row("`landing`", "Landing page. When empty: `7`.", "no") in page
        assert row("`kind`", "Kind of the offer. One of: `one`, `two`.", "no") in page

    def test_the_default_address_or_that_one_has_to_be_typed(self):
        assert row("Network's address", "Leave empty for `https://api.acme.example`", "no") in docs.page(Acme)
        own = "The address from the network: each partner has one of its own."
        assert row("Network's address", own, "yes") in docs.page(Polled)

    def test_ready_postback_urls_and_slots_that_stay_empty(self):
        page = docs.page(Acme)
        start = "https://<your hub>/api/sale/status.json?id=<network>-<key>"
        assert row("Sale", f"`{start}&oid={{sub1}}&status=approve`") in page
        assert row("Visit", "leave this slot empty") in page

    def test_an_address_for_postbacks_that_nobody_has_described(self):
        assert "`https://<your hub>/api/sale/status.json?id=<network>-<key>&oid=…&status=…`" in docs.page(Silent)
        assert "&oid=…" not in docs.page(Polled)

    def test_postbacks_field_by_field(self):
        page = docs.page(ByField)
        assert row("Domain", "&lt;your hub>") in page
        assert row("id", "static: &lt;network>-&lt;key>") in page
        assert "By postback" in page

    def test_instructions_and_notes_with_markup_taken_as_text(self):
        page = docs.page(Acme)
        assert "Create a flow &lt;first>." in page
        assert "- Ask for a personal manager." in page

    def test_statuses_by_poll_with_the_size_of_a_request(self):
        assert "up to 50 leads a request" in docs.page(Polled)

    def test_statuses_by_a_poll_that_nobody_has_confirmed(self):
        page = docs.page(Guessed)
        assert "nobody has confirmed it" in page
        assert "```yaml\npoll:\n  url: '{base_url}/statuses'\n  batch: 10\n```" in page

    def test_no_way_of_statuses_is_told(self):
        assert "No method that returns statuses is known." in docs.page(Silent)

    def test_status_words(self):
        assert row("`paid`", "approve") in docs.page(Acme)
        assert "The network's own status words are not known." in docs.page(Polled)

    def test_how_well_the_protocol_is_known_and_from_where(self):
        page = docs.page(Acme)
        assert "**Client code.** It was read from the code of clients" in page
        assert f"> {__doc__}" in page

    def test_the_request_shows_fields_and_no_values(self):
        page = docs.page(Acme)
        assert "`POST https://api.acme.example/orders/{api}` (JSON)" in page
        assert "`offer`, `client.phone`, `client.tags[]`" in page

    def test_a_described_protocol_begins_with_what_is_known_of_it(self):
        assert "```yaml\npush:\n  fields:\n  - name: click\n    value: '{lead.oid}'\n```" in docs.page(Guessed)

    @pytest.mark.parametrize(
        ("integration", "said"),
        [
            (Acme, "The network drops a second lead with the same phone within 4 hours. So the hub sends"),
            (Silent, "The network drops a second lead with the same id of ours. So the hub sends"),
            (Polled, "It is not known whether the network drops a second copy of a lead."),
            (Acme, "Requests a second that the network takes: 1.6."),
        ],
    )
    def test_limits_and_repeated_leads(self, integration, said):
        assert said in docs.page(integration)

    @pytest.mark.parametrize(
        ("integration", "ways"),
        [(Acme, ["postback"]), (ByField, ["postback"]), (Polled, ["status poll"]), (Silent, ["protocol description"])],
    )
    def test_the_ways_of_statuses(self, integration, ways):
        assert docs.ways(integration) == ways


class TestCommand:
    @pytest.fixture
    def pages(self, tmp_path, settings):
        """The folder of the English pages, freshly written."""
        settings.BASE_DIR = tmp_path
        call_command("network_docs")
        return tmp_path / "docs" / "networks" / "en"

    def test_it_writes_a_page_an_integration_and_an_index(self, pages):
        assert {path.stem for path in pages.iterdir()} == {*registry.integrations(), "README"}

    def test_fresh_pages_pass(self, pages, capsys):
        call_command("network_docs", "--check")
        assert capsys.readouterr().out.endswith("Every page is fresh.\n")

    @pytest.mark.parametrize(
        ("name", "spoil"),
        [
            ("drcash.md", lambda path: path.write_text("old")),
            ("drcash.md", lambda path: path.unlink()),
            ("gone.md", lambda path: path.write_text("of a network that is no more")),
        ],
        ids=["changed", "missing", "needless"],
    )
    def test_a_stale_page_is_named_and_mended(self, pages, name, spoil):
        spoil(pages / name)
        with pytest.raises(CommandError) as error:
            call_command("network_docs", "--check")
        assert str(error.value).splitlines()[1:] == [f"docs/networks/en/{name}"]
        assert error.value.returncode == 1
        call_command("network_docs")
        call_command("network_docs", "--check")
