"""What is wrong with a description is named with its place and remedy; a description is shared as one file."""

import json
from copy import deepcopy
from textwrap import dedent

import pytest

from affiliate.integrations import description, registry
from affiliate.integrations.description import BadDescription, dump, files, load, starter, validate
from affiliate.integrations.description.checks import LONGEST
from affiliate.integrations.platforms.template import Template
from tests.integrations.described import POLL, PUSH, integrate, sent, words


def changed(description: dict, path: str, value) -> dict:
    """The description with one place set, or taken out by `...`."""
    description = deepcopy(description)
    node, *steps = description, *path.split(".")
    for step in steps[:-1]:
        node = node[int(step)] if isinstance(node, list) else node.setdefault(step, {})
    last = int(steps[-1]) if isinstance(node, list) else steps[-1]
    if value is ...:
        del node[last]
    else:
        node[last] = value
    return description


BOTH = {"push": PUSH, "poll": POLL, "statuses": {"new": "wait"}, "notes": "from the manager"}
RULE = PUSH["rules"][0]
WRONG = [
    ("", [], "Expected names with values."),
    ("extra", 1, "extra: Unknown name; known here: notes, statuses, push, poll."),
    ("notes", 5, "notes: Expected text: put it in quotes."),
    ("notes", "", "notes: Expected text, not nothing."),
    ("notes", "a" * (LONGEST + 1), "notes: The text is too long: at most 2000 characters."),
    ("notes", "a\x00", "notes: Remove invisible characters."),
    ("notes", "a\ud800", "notes: Remove invisible characters."),
    ("statuses", [], "statuses: Expected names with values."),
    ("statuses", {str(number): "wait" for number in range(101)}, "statuses: Too many: at most 100."),
    ("statuses.new", "pending", "statuses.new: Choose one of: wait, hold, approve, cancel, trash."),
    ("statuses", {"": "wait"}, "Expected text, not nothing."),
    ("push", "x", "push: Expected names with values."),
    ("push.body", "x", "push.body: Unknown name; known here: url, method"),
    ("push.url", ..., "push.url: Give the address that leads are sent to."),
    ("push.url", 5, "push.url: Expected text: put it in quotes."),
    ("push.url", "network.example/{api}", "push.url: Begin the address with https:// or {base_url}."),
    ("push.url", "ftp://network.example", "push.url: Begin the address with https:// or {base_url}."),
    ("push.url", "https://[network", "push.url: Begin the address with https:// or {base_url}."),
    ("push.url", "https://x.example/{base_url}", "push.url: {base_url} can only begin the address."),
    (
        "push.url",
        "https://x{lead.zip}.example",
        "push.url: Only the network's address and credentials can name the host.",
    ),
    ("push.url", "{base_url}{lead.zip}/", "push.url: Only the network's address and credentials can name the host."),
    ("push.url", "{flow_id}/{lead.zip}", "push.url: Only the network's address and credentials can name the host."),
    ("push.confirmed", "yes", "push.confirmed: Expected true or false, without quotes."),
    ("push.method", "DELETE", "push.method: Choose one of: GET, POST, PUT, PATCH."),
    ("push.encoding", ["json"], "push.encoding: Choose one of: query, form, json, multipart, xml."),
    ("push.root", "a b", "push.root: An element's name takes latin letters, digits and hyphens."),
    ("push.root", 1, "push.root: Expected text: put it in quotes."),
    ("push.headers", [], "push.headers: Expected names with values."),
    ("push.headers", {"X Y": "z"}, "push.headers.X Y: A header's name takes latin letters, digits and hyphens."),
    ("push.headers", {"Host": "z"}, "push.headers.Host: The hub makes this header itself: leave it out."),
    ("push.headers", {"A": None}, "push.headers.A: Expected text: put it in quotes."),
    ("push.fields", ..., "push.fields: List the fields that are sent."),
    ("push.fields", [], "push.fields: Expected a list with something in it."),
    ("push.fields", {"a": "b"}, "push.fields: Expected a list with something in it."),
    ("push.fields", PUSH["fields"] * 101, "push.fields: Too many: at most 100."),
    ("push.fields.0", "phone", "push.fields.0: Expected names with values."),
    ("push.fields.0.name", ..., "push.fields.0.name: Give the field's name."),
    ("push.fields.0.name", "", "push.fields.0.name: Expected text, not nothing."),
    ("push.fields.0.value", ..., "push.fields.0.value: Give the field's value: a text with placeholders."),
    ("push.fields.0.value", 1, "push.fields.0.value: Expected text: put it in quotes."),
    ("push.fields.0.type", "date", "push.fields.0.type: Choose one of: text, number, boolean."),
    ("push.fields.0.type", "text", "push.fields.0.type: Only JSON has types: leave it out."),
    ("push.fields.0.optional", "yes", "push.fields.0.optional: Expected true or false, without quotes."),
    (
        "push.fields.0.value",
        "{",
        "push.fields.0.value: A brace stands alone: write {{ and }} for braces that are sent.",
    ),
    ("push.fields.0.value", "{token}", "Unknown placeholder {token}; known: base_url, now, api, user"),
    ("push.fields.0.value", "{lead.age}", "Unknown placeholder {lead.age}; known: lead.oid, lead.name"),
    ("push.fields.0.value", "{lead.eid}", "Unknown placeholder {lead.eid}; known: lead.oid"),
    ("push.fields.0.value", "{eids|join:,}", "Unknown placeholder {eids}"),
    ("push.fields.0.value", "{body}", "Unknown placeholder {body}"),
    ("push.fields.0.value", "{sign.a}", "{sign.a}: describe this signature under “signatures”."),
    ("push.fields.0.value", "{lead.phone|hex}", "Unknown format “hex”; known: digits, e164, national"),
    ("push.fields.0.value", "{lead.phone|unix}", "The format “unix” does not suit {lead.phone}."),
    ("push.fields.0.value", "{lead.created_at|digits}", "The format “digits” does not suit {lead.created_at}."),
    ("push.fields.0.value", "{lead.created_at|date}", "Write this format as in “date:%Y-%m-%d”."),
    ("push.fields.0.value", "{lead.created_at|date:%9999d}", "Write this format as in “date:%Y-%m-%d”."),
    ("push.fields.0.value", "{lead.phone|digits:5}", "The format “digits” takes nothing after a colon."),
    (
        "push.fields.0.value",
        "{api|upper}",
        "A secret is sent as it is: a changed one could not be hidden in the journal.",
    ),
    ("push.signatures", [], "push.signatures: Expected names with values."),
    ("push.signatures", {"a b": {"hash": "md5", "of": "x"}}, "Name a signature with latin letters and digits."),
    ("push.signatures", {"a": "md5"}, "push.signatures.a: Expected names with values."),
    ("push.signatures", {"a": {"of": "x"}}, "push.signatures.a.hash: Give the kind of hash."),
    ("push.signatures", {"a": {"hash": "md5"}}, "push.signatures.a.of: Give the text that is signed."),
    (
        "push.signatures",
        {"a": {"hash": "crc32", "of": "x"}},
        "push.signatures.a.hash: Choose one of: md5, sha1, sha256",
    ),
    ("push.signatures", {"a": {"hash": "hmac-sha1", "of": "x"}}, "a.key: An hmac needs a key, for example {secret}."),
    ("push.signatures", {"a": {"hash": "md5", "of": "x", "key": "y"}}, "a.key: Only an hmac has a key"),
    ("push.signatures", {"a": {"hash": "md5", "of": "{sign.a}"}}, "a.of: The signature is made of itself."),
    ("push.signatures", {"a": {"hash": "md5", "of": "{"}}, "a.of: A brace stands alone"),
    ("push.signatures", {"a": {"hash": "md5", "of": "{sign.b}"}, "b": 5}, "signatures.b: Expected names with values."),
    ("push.signatures", {"a": {"hash": "md5", "of": 5}}, "signatures.a.of: Expected text"),
    ("push.eid", "data..id", "push.eid: Write a path as names and numbers with dots: data.0.id."),
    ("push.eid", "data[0].id", "push.eid: Write a path as names and numbers with dots: data.0.id."),
    ("push.status", "", "push.status: Expected text, not nothing."),
    ("push.reason", ["a", "b c"], "push.reason.1: Write a path as names and numbers with dots: data.0.id."),
    ("push.reason", [], "push.reason: Expected a list with something in it."),
    ("push.rules", ..., "push.rules: List the rules by which the answer is read."),
    ("push.rules", [], "push.rules: Expected a list with something in it."),
    ("push.rules.0", 1, "push.rules.0: Expected names with values."),
    ("push.rules.0.then", "refused", "push.rules: Add a rule that says which answer means that the lead is accepted."),
    (
        "push.rules.0.then",
        "ok",
        "push.rules.0.then: Choose one of: accepted, duplicate, refused, misconfigured, postponed.",
    ),
    ("push.rules.0.then", ["ok"], "push.rules.0.then: Choose one of"),
    ("push.rules.0.then", ..., "push.rules.0.then: Say what it means: accepted, duplicate"),
    ("push.rules.0.when", ..., "push.rules.0.when: Say when the rule holds: http, path or text."),
    ("push.rules.0.when", {}, "push.rules.0.when: Say when the rule holds: http, path or text."),
    ("push.rules.0.when", [], "push.rules.0.when: Expected a list with something in it."),
    ("push.rules.0.when", [5], "push.rules.0.when.0: Expected names with values."),
    ("push.rules.0.when", {"http": "2xx"}, "push.rules.0.when.http: Write codes as 200, “200-299” or “400,422”."),
    ("push.rules.0.when", {"http": True}, "push.rules.0.when.http: Write codes as"),
    ("push.rules.0.when", {"http": None}, "push.rules.0.when.http: Write codes as"),
    ("push.rules.0.when", {"text": ""}, "push.rules.0.when.text: Expected text, not nothing."),
    ("push.rules.0.when", {"path": "a"}, "push.rules.0.when: A path goes with one of: equals, in, exists, absent."),
    ("push.rules.0.when", {"equals": "a"}, "push.rules.0.when: A path goes with one of: equals, in, exists, absent."),
    ("push.rules.0.when", {"path": "a", "equals": 1, "in": [1]}, "push.rules.0.when: A path goes with one of"),
    ("push.rules.0.when", {"path": 5, "equals": 1}, "push.rules.0.when.path: Expected text: put it in quotes."),
    ("push.rules.0.when", {"path": "a", "equals": None}, "push.rules.0.when.equals: Expected text: put it in quotes."),
    ("push.rules.0.when", {"path": "a", "in": "b"}, "push.rules.0.when.in: Expected a list with something in it."),
    ("push.rules.0.when", {"path": "a", "in": [[]]}, "push.rules.0.when.in.0: Expected text: put it in quotes."),
    (
        "push.rules.0.when",
        {"path": "a", "exists": False},
        "exists: Only true can stand here: choose “exists” or “absent”.",
    ),
    ("push.rules.0.status", "paid", "push.rules.0.status: Choose one of: wait, hold, approve, cancel, trash."),
    ("push.rules.0.eid", 5, "push.rules.0.eid: Expected text: put it in quotes."),
    ("push.rules", [RULE, {**RULE, "then": "refused", "status": "hold"}], "1.status: Choose one of: cancel, trash."),
    (
        "push.rules",
        [RULE, {**RULE, "then": "postponed", "status": "wait"}],
        "1.status: Only accepted, duplicate and refused",
    ),
    ("poll", None, "poll: Expected names with values."),
    ("poll.url", ..., "poll.url: Give the address that statuses are asked from."),
    ("poll.status", ..., "poll.status: Give the path of the status word in a row."),
    ("poll.list", ..., "poll.list: Give the path of the list of leads; an empty one means the answer itself."),
    ("poll.fields.0.value", "{eids},{lead.eid}", "poll: Ask either for packed ids, {eids}, or one by one, {lead.eid}"),
    ("poll.fields.0.value", "ids={eids}", "poll.fields.0.value: Join the ids, as in {eids|join:,}."),
    ("poll.fields.0.value", "{offer_id}", "Unknown placeholder {offer_id}"),
    ("poll.url", "https://x.example/{eids}", "poll.url: Join the ids, as in {eids|join:,}."),
    ("poll.batch", 0, "poll.batch: Expected a whole number from 1 to 1000."),
    ("poll.batch", True, "poll.batch: Expected a whole number from 1 to 1000."),
    ("poll.batch", "50", "poll.batch: Expected a whole number from 1 to 1000."),
    ("poll.confirmed", 1, "poll.confirmed: Expected true or false, without quotes."),
    ("poll.id_is", "phone", "poll.id_is: Choose one of: eid, oid."),
    ("poll.id", "", "poll.id: Expected text, not nothing."),
    (
        "poll.errors",
        [{"when": {"http": 400}, "then": "refused"}],
        "then: Choose one of: misconfigured, postponed, absent.",
    ),
    ("poll.statuses.x", "y", "poll.statuses.x: Choose one of: wait, hold, approve, cancel, trash."),
]


class TestValidation:
    @pytest.mark.parametrize("description", [{}, BOTH, {"poll": {}}])
    def test_a_right_description_has_no_problem(self, description):
        assert validate(description, Template) == []
        assert validate(description, integrate(description)) == []

    @pytest.mark.parametrize(("path", "value", "wanted"), WRONG)
    def test_each_fault_is_named_with_its_place_and_remedy(self, path, value, wanted):
        description = changed(BOTH, path, value) if path else value
        assert wanted in words(validate(description, Template))

    def test_the_example_of_the_documentation_is_right(self):
        example = description.__doc__.partition("\n\n")[2].partition("\n\nConditions:")[0]
        assert validate(load(dedent(example)), Template) == []

    @pytest.mark.parametrize("slug", sorted(registry.integrations()))
    def test_what_a_manager_starts_from_can_be_saved(self, slug):
        integration = registry.get(slug)
        assert validate(load(dump(starter(integration))), integration) == []

    def test_one_by_one_has_no_batch(self):
        poll = changed({"poll": POLL | {"batch": 5}}, "poll.fields.0.value", "{lead.eid}")
        assert words(validate(poll, Template)) == "poll.batch: Leads are asked for one by one here: leave this out."

    @pytest.mark.parametrize("name", ["a..b", "a[b", "[]", ".a", "a]b["])
    def test_a_badly_nested_json_name_is_named(self, name):
        push = PUSH | {"encoding": "json", "fields": [{"name": name, "value": "x"}]}
        assert "client.phone, client[phone], items[0].id or tags[]" in words(validate({"push": push}, Template))

    @pytest.mark.parametrize("names", [("a", "a.b"), ("a.b", "a"), ("a", "a"), ("a[0]", "a[0]")])
    def test_a_json_name_that_is_both_value_and_group_is_named(self, names):
        push = PUSH | {"encoding": "json", "fields": [{"name": name, "value": "x"} for name in names]}
        assert words(validate({"push": push}, Template)) == (
            f"push.fields: “{names[1]}” is both a value and a group, or stands twice."
        )

    @pytest.mark.parametrize("name", ["a b", "1a", "a.@b.c", "@", "имя", "a[]"])
    def test_a_name_that_xml_cannot_have_is_named(self, name):
        push = PUSH | {"encoding": "xml", "fields": [{"name": name, "value": "x"}]}
        assert "push.fields.0.name: Write an element as order.phone" in words(validate({"push": push}, Template))

    def test_a_multipart_body_has_its_own_content_type(self):
        push = PUSH | {"encoding": "multipart", "headers": {"content-type": "x"}}
        assert "The hub makes this header itself" in words(validate({"push": push}, Template))

    def test_another_content_type_can_be_given_elsewhere(self):
        assert sent(headers={"Content-Type": "text/plain"}).headers == {"Content-Type": "text/plain"}

    def test_a_signature_over_the_body_cannot_stand_in_it(self):
        signatures = {"a": {"hash": "md5", "of": "{sign.b}"}, "b": {"hash": "md5", "of": "{body}"}}
        push = PUSH | {"signatures": signatures, "fields": [{"name": "s", "value": "{sign.a}"}]}
        assert words(validate({"push": push}, Template)) == (
            "push.fields.0.value: {sign.a} is made over the body, so it cannot stand in it."
        )

    def test_a_query_has_no_body_to_sign(self):
        push = PUSH | {"encoding": "query", "signatures": {"a": {"hash": "md5", "of": "{body}"}}}
        assert "push.signatures.a.of: The encoding query has no body to sign." in words(
            validate({"push": push}, Template)
        )

    def test_a_secret_may_be_changed_inside_a_signature(self):
        assert validate({"push": PUSH | {"signatures": {"a": {"hash": "md5", "of": "{api|upper}"}}}}, Template) == []

    def test_a_network_has_no_slots_but_its_own(self):
        push = changed({"push": PUSH}, "push.fields.0.value", "{secret}{offer_id}{starway}")
        assert words(validate(push, registry.get("starway"))) == (
            "push.fields.0.value: Unknown placeholder {secret}; known: base_url, now, api, starway, starflow.\n"
            "push.fields.0.value: Unknown placeholder {offer_id}; known: base_url, now, api, starway, starflow."
        )


class TestFiles:
    def test_what_is_written_is_read_back(self):
        assert load(dump(BOTH)) == BOTH
        assert load(json.dumps(BOTH)) == BOTH
        assert load("\ufeff" + json.dumps(BOTH, indent="\t")) == BOTH

    def test_a_file_has_the_order_of_reading(self):
        scrambled = {"poll": {"status": "s", "url": "u"}, "zeta": 1, "push": {}, "notes": "n"}
        assert dump(scrambled) == "notes: n\npush: {}\npoll:\n  url: u\n  status: s\nzeta: 1\n"

    def test_a_value_that_stands_twice_is_written_out(self):
        field = {"name": "a", "value": "b"}
        assert "&" not in dump({"push": {"fields": [field, field]}})

    @pytest.mark.parametrize(
        ("text", "wanted"),
        [
            ("", {}),
            ("[yes, 2026-01-01, 1.50, 0712, 1:30, 0x1F]", ["yes", "2026-01-01", "1.50", "0712", "1:30", "0x1F"]),
            (
                "statuses: {10: wait, no: cancel, null: trash}",
                {"statuses": {"10": "wait", "no": "cancel", "null": "trash"}},
            ),
            ("[1, -5, 0, true, false, ~]", [1, -5, 0, True, False, None]),
            ("- null\n- 12345678901234567890", [None, "12345678901234567890"]),
            ('{"a": 1.50, "b": NaN}', {"a": "1.50", "b": "NaN"}),
            ("- a", ["a"]),
            ("<<: {a: b}", {"<<": {"a": "b"}}),
        ],
    )
    def test_only_plain_words_numbers_and_truth_are_read(self, text, wanted):
        assert load(text) == wanted

    @pytest.mark.parametrize(
        ("text", "wanted"),
        [
            ("x" * (files.LARGEST + 1), "The file is too large: a description takes at most 64 KB."),
            ("a: [b", "Line 1, column 6: this is neither JSON nor YAML."),
            ("a: b\n c: d", "Line 2, column 3: this is neither JSON nor YAML."),
            ("a: b\n---\nc: d", "Line 2, column 1: this is neither JSON nor YAML."),
            ("a: \x00", "The file holds characters that no text has: save it as UTF-8."),
            ("a: &x 1\nb: *x", "Write values out: the signs &, * and ! of YAML are not read here."),
            ("a: !!python/object/apply:os.system [ls]", "Write values out: the signs"),
            ("a: !!float x", "Write values out: the signs"),
            ("a: 1\na: 2", "“a” stands twice in one place."),
            ('{"a": 1, "a": 2}', "“a” stands twice in one place."),
            ("? [a]\n: b", "A name has to be text."),
            ("[" * 20 + "]" * 20, "The values are nested too deeply."),
            ("[" * 30000 + "]" * 30000, "The values are nested too deeply."),
            ("a: " + "[" * 20 + "b" + "]" * 20, "The values are nested too deeply."),
        ],
    )
    def test_a_file_that_cannot_be_read_is_told_why(self, text, wanted):
        with pytest.raises(BadDescription) as error:
            load(text)
        assert str(error.value).startswith(wanted)
