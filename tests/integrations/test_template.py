"""Networks by description: what leaves, how answers are read, how statuses are polled."""

import json
import string
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affiliate.integrations import conversation, registry
from affiliate.integrations.base import Integration
from affiliate.integrations.description import BadDescription, answers, dump, files, load, starter, validate
from affiliate.integrations.fields import Credential, Parameter
from affiliate.integrations.lead import Lead
from affiliate.integrations.messages import Answer
from affiliate.integrations.outcomes import Accepted, Duplicate, Misconfigured, Postponed, Refused, Unclear
from affiliate.integrations.platforms.template import Described, Template
from affiliate.vocabulary import Status
from tests.integrations.described import (
    LEAD,
    POLL,
    PUSH,
    answer,
    asked,
    integrate,
    polling,
    pushing,
    read,
    rendered,
    sent,
    words,
)


class TestNothingIsSentBeforeTheProtocolIsDescribed:
    @pytest.mark.parametrize("description", [None, {}, [], {"notes": "later"}, {"push": None}])
    def test_an_empty_description_asks_for_one(self, description):
        talk = conversation.push(integrate(description), LEAD)
        assert talk.request is None
        assert talk.outcome == Misconfigured(
            "Describe the protocol in the network's settings: its address, fields and the rules of its answers."
        )

    def test_an_unfinished_one_is_told_what_is_missing(self):
        talk = conversation.push(integrate({"push": {"encoding": "form"}}), LEAD)
        assert talk.request is None
        assert talk.outcome == Misconfigured("push.url: Give the address that leads are sent to.")

    def test_one_that_says_it_is_not_confirmed_is_off(self):
        assert conversation.push(pushing(confirmed=False), LEAD).request is None
        assert conversation.push(pushing(confirmed=True), LEAD).request

    def test_a_broken_one_is_named(self):
        talk = conversation.push(pushing(method="FETCH"), LEAD)
        assert talk.request is None
        assert talk.outcome == Misconfigured("push.method: Choose one of: GET, POST, PUT, PATCH.")

    @pytest.mark.parametrize("base_url", ["", "own.example", "https://", "ftp://own.example", "https://[own"])
    def test_an_address_without_a_host_is_named(self, base_url):
        integration = integrate({"push": PUSH | {"url": "{base_url}/lead"}}, base_url=base_url)
        talk = conversation.push(integration, LEAD)
        assert talk.request is None
        assert talk.outcome.reason.startswith("The address has no host")


class TestPlaceholders:
    @pytest.mark.parametrize(
        ("text", "wanted"),
        [
            ("{api}", "TOKEN-xyz-0001"),
            ("Bearer { api }", "Bearer TOKEN-xyz-0001"),
            ("{owner}", ""),
            ("{offer_id}-{flow_id}", "77-f7"),
            ("{base_url}/thanks", "https://own.example/thanks"),
            ("{{{lead.oid}}}", "{01K5PLA1NPLA1NPLA1NPLA1NPL}"),
            ("{lead.phone|digits}", "40712345678"),
            ("{lead.phone|e164}", "+40712345678"),
            ("{lead.phone|national}", "712345678"),
            ("{lead.phone_digits}", "40712345678"),
            ("{lead.name|upper}", "ION POPESCU"),
            ("{lead.name|lower}", "ion popescu"),
            ("{lead.name|last_name|upper}", "POPESCU"),
            ("{lead.first_name}/{lead.name|first_name}", "Ion/Ion"),
            ("{lead.created_at|date:%d.%m.%Y %H:%M:%S}", "01.03.2026 10:00:00"),
            ("{lead.created_at|unix}", "1772359200"),
            ("{lead.created_at}", "2026-03-01T10:00:00+00:00"),
            ("{lead.price}", "159.00"),
            ("{lead.quantity}", "2"),
            ("{lead.country|alpha3}", "ROU"),
            ("{lead.landing_url|url}", "https%3A%2F%2Fshop.example%2Flp%3Fa%3D1%26b%3D2"),
            ("{secret|url}", "SECRET-xyz-0002"),
        ],
    )
    def test_value(self, text, wanted):
        assert rendered(text) == wanted

    def test_what_the_lead_lacks_is_empty(self):
        lead = Lead(phone="12-34", name="")
        assert rendered("{lead.price}{lead.created_at|unix}{lead.name|first_name}", lead=lead) == ""

    @pytest.mark.parametrize(("form", "wanted"), [("e164", "0712 345"), ("national", "0712345")])
    def test_a_number_of_unknown_country_is_never_given_another(self, form, wanted):
        assert rendered(f"{{lead.phone|{form}}}", lead=Lead(phone="0712 345")) == wanted

    @pytest.mark.parametrize(("country", "wanted"), [("de", "DEU"), ("TL", "TLS"), ("KZ", "KAZ"), ("", ""), ("1", "1")])
    def test_a_country_by_three_letters(self, country, wanted):
        assert rendered("{lead.country|alpha3}", lead=Lead(country=country)) == wanted

    def test_now_is_the_moment_of_sending(self):
        moment = datetime.fromtimestamp(int(rendered("{now|unix}")), UTC)
        assert abs((datetime.now(UTC) - moment).total_seconds()) < 60

    def test_half_a_surrogate_pair_does_not_break_the_request(self):
        assert rendered("{lead.name|url}{lead.name}", lead=Lead(name="a\ud800")) == "a%3Fa?"


class TestRequest:
    def test_a_form_is_the_default(self):
        request = sent()
        assert (request.method, request.format, request.body) == ("POST", "form", b"phone=%2B40712345678")
        assert request.commits

    def test_the_encoding_query_is_a_get(self):
        request = sent(url="https://network.example/?a=1", encoding="query")
        assert (request.method, request.query, request.body) == ("GET", (("a", "1"), ("phone", "+40712345678")), None)

    def test_a_multipart_body(self):
        request = sent(encoding="multipart", method="PUT")
        assert (request.method, request.format, request.data) == ("PUT", "multipart", (("phone", "+40712345678"),))
        assert b'name="phone"\r\n\r\n+40712345678\r\n' in request.body

    def test_an_optional_field_is_left_out_when_empty_and_a_required_one_is_sent(self):
        fields = [{"name": "a", "value": "{owner}"}, {"name": "b", "value": "{owner}", "optional": True}]
        assert sent(fields=fields).data == (("a", ""),)

    def test_a_value_cannot_add_to_the_address(self):
        request = sent(Lead(oid="a/../b?x=1&y=2#z"), url="{base_url}/{user}/{lead.oid}?oid={lead.oid}")
        assert request.url == "https://own.example/me%20%26%20co/a%2F..%2Fb%3Fx%3D1%26y%3D2%23z"
        assert request.query == (("oid", "a/../b?x=1&y=2#z"),)

    def test_a_value_that_is_encoded_by_hand_is_not_encoded_twice(self):
        assert sent(url="https://network.example/?to={lead.landing_url|url}").query == (
            ("to", "https://shop.example/lp?a=1&b=2"),
        )

    def test_a_credential_may_name_the_host(self):
        assert sent(url="https://{api}.network.example/x").url == "https://TOKEN-xyz-0001.network.example/x"

    def test_a_value_cannot_start_another_header(self):
        request = sent(Lead(name="Zoë\r\nX-Evil: 1 "), headers={"X-Name": "{lead.name}"})
        assert request.headers["X-Name"] == "Zo%C3%ABX-Evil: 1"

    def test_json_nests_by_dots_and_brackets(self):
        names = ["a.b", "a[c]", "list[0].x", "list[1][x]", "tags[]", "tags[]", "n[0][]"]
        request = sent(encoding="json", fields=[{"name": name, "value": name} for name in names])
        assert json.loads(request.body) == {
            "a": {"b": "a.b", "c": "a[c]"},
            "list": [{"x": "list[0].x"}, {"x": "list[1][x]"}],
            "tags": ["tags[]", "tags[]"],
            "n": [["n[0][]"]],
        }

    def test_json_without_fields_is_an_empty_object(self):
        request = sent(encoding="json", fields=[{"name": "a", "value": "", "optional": True}])
        assert request.body == b"{}"

    @pytest.mark.parametrize(
        ("kind", "text", "wanted"),
        [
            ("number", "{offer_id}", 77),
            ("number", "12.50", 12.5),
            ("number", "{flow_id}", "f7"),
            ("number", "007", "007"),
            ("boolean", "yes", True),
            ("boolean", "{owner}", False),
            ("text", "{offer_id}", "77"),
        ],
    )
    def test_json_type(self, kind, text, wanted):
        request = sent(encoding="json", fields=[{"name": "x", "value": text, "type": kind}])
        assert json.loads(request.body) == {"x": wanted}

    def test_xml_has_elements_and_attributes(self):
        fields = [
            {"name": "@v", "value": "1"},
            {"name": "client.name", "value": "A\x01 & <B>"},
            {"name": "client.@id", "value": "\ufffe7"},
            {"name": "client.phone", "value": "{lead.phone}"},
            {"name": "note", "value": "one"},
            {"name": "note", "value": "two"},
        ]
        lead = Lead(name="A\x01 & <B>", phone="1", oid="\ufffe7")
        fields[1]["value"], fields[2]["value"] = "{lead.name}", "{lead.oid}"
        assert sent(lead, encoding="xml", fields=fields).body.decode() == (
            '<?xml version="1.0" encoding="UTF-8"?><request v="1"><client id="7"><name>A &amp; &lt;B&gt;</name>'
            "<phone>1</phone></client><note>one</note><note>two</note></request>"
        )


class TestSignatures:
    @pytest.mark.parametrize(
        ("recipe", "wanted"),
        [
            ({"hash": "md5", "of": "abc"}, "900150983cd24fb0d6963f7d28e17f72"),
            ({"hash": "sha1", "of": "abc"}, "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (
                {"hash": "sha256", "of": "abc"},
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            ),
            (
                {"hash": "hmac-sha1", "of": "what do ya want for nothing?", "key": "Jefe"},
                "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
            ),
            (
                {"hash": "hmac-sha256", "of": "what do ya want for nothing?", "key": "Jefe"},
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
        ],
    )
    def test_published_vectors(self, recipe, wanted):
        assert rendered("{sign.s}", signatures={"s": recipe}) == wanted

    def test_a_signature_may_be_made_of_another(self):
        signatures = {"a": {"hash": "md5", "of": "abc"}, "b": {"hash": "md5", "of": "{sign.a|upper}"}}
        assert rendered("{sign.b}", signatures=signatures) == "1ceb3e00bfa610e1c55453734a5c6b7e"

    def test_signatures_of_signatures_take_no_longer(self):
        signatures = {f"s{n}": {"hash": "md5", "of": f"{{sign.s{n + 1}}}" * 100} for n in range(30)}
        request = sent(signatures=signatures | {"s30": {"hash": "md5", "of": "x"}}, headers={"X-Sign": "{sign.s0}"})
        assert len(request.headers["X-Sign"]) == 32

    def test_the_body_is_signed_as_it_leaves(self):
        request = sent(
            fields=[{"name": "a", "value": "b c"}],
            signatures={"s": {"hash": "sha1", "of": "{body}"}},
            headers={"X-Sign": "{sign.s}"},
            url="https://network.example/?sign={sign.s|upper}",
        )
        assert request.body == b"a=b+c"
        assert request.headers["X-Sign"] == "6ac584fd2199db9451b4a5fe83adcdd620adbadd"
        assert request.query == (("sign", request.headers["X-Sign"].upper()),)


class TestRules:
    RULES = [
        {"when": {"path": "result", "in": ["OK", 1, True]}, "then": "accepted"},
        {"when": [{"http": 200}, {"text": "already HERE"}], "then": "duplicate"},
        {"when": {"http": "402,410-412", "path": "error", "absent": True}, "then": "postponed"},
        {"when": {"http": 429}, "then": "postponed"},
        {"when": {"http": "401-403"}, "then": "misconfigured"},
        {"when": {"path": "error", "exists": True}, "then": "refused", "status": "trash"},
        {"when": {"http": "400-599"}, "then": "refused"},
    ]

    @pytest.mark.parametrize(
        ("status", "body", "wanted"),
        [
            (200, '{"result":"ok"}', Accepted()),
            (500, '{"result":1}', Accepted()),
            (200, '{"result":true}', Accepted()),
            (200, "<b>Already here</b>", Duplicate()),
            (201, "Already here", Unclear("HTTP 201: Already here")),
            (410, '{"error":0}', Postponed('HTTP 410: {"error":0}')),
            (410, "none", Refused("HTTP 410: none")),
            (403, "", Misconfigured("HTTP 403")),
            (200, '{"error":"phone"}', Refused('HTTP 200: {"error":"phone"}', Status.TRASH)),
            (200, '{"error":[]}', Unclear('HTTP 200: {"error":[]}')),
            (200, "?", Unclear("HTTP 200: ?")),
        ],
    )
    def test_the_first_that_holds_decides(self, status, body, wanted):
        assert read(body, status=status, rules=self.RULES) == wanted

    @pytest.mark.parametrize("status", [408, 425, 503])
    def test_a_range_leaves_out_the_codes_of_trying_later(self, status):
        assert read("", status=status, rules=self.RULES, headers={"Retry-After": "9"}).kind == "postponed"

    def test_postponed_keeps_the_time_that_the_network_named(self):
        assert read("", status=429, rules=self.RULES, headers={"Retry-After": "9"}) == Postponed("HTTP 429", 9)

    @pytest.mark.parametrize("error", ["timeout", "reset", "connect"])
    def test_no_answer_is_read_by_no_rule(self, error):
        talk = conversation.push(pushing(rules=[{"when": {"text": "x"}, "then": "accepted"}]), LEAD)
        talk.answer(Answer(error=error, body=b"x"))
        assert talk.outcome.kind == ("postponed" if error == "connect" else "unclear")

    def test_the_id_and_the_status_come_from_their_paths(self):
        integration = integrate(
            {"push": PUSH | {"eid": "data.0.id", "status": "state"}, "statuses": {"Sold": "approve"}}
        )
        talk = conversation.push(integration, LEAD)
        talk.answer(answer({"ok": "yes", "data": [{"id": 12}], "state": "sold"}))
        assert talk.outcome == Accepted("12", Status.APPROVE, "sold")

    def test_a_status_word_that_is_not_known_is_kept(self):
        talk = conversation.push(integrate({"push": PUSH | {"status": "state"}}), LEAD)
        talk.answer(answer({"ok": "yes", "state": "packed"}))
        assert talk.outcome == Accepted(status=Status.WAIT, word="packed")

    def test_accepted_without_the_id_that_was_to_come_is_unclear(self):
        assert read('{"ok":"yes"}', eid="id") == Unclear('HTTP 200: {"ok":"yes"}')

    @pytest.mark.parametrize(("own", "wanted"), [("", Accepted()), ("key", Accepted("k1"))])
    def test_a_rule_may_have_its_own_place_of_the_id(self, own, wanted):
        assert read('{"ok":"yes","key":"k1"}', eid="id", rules=[{**PUSH["rules"][0], "eid": own}]) == wanted

    def test_a_rule_may_name_the_status(self):
        assert read('{"ok":"yes"}', rules=[{**PUSH["rules"][0], "status": "hold"}]) == Accepted(status=Status.HOLD)

    @pytest.mark.parametrize(
        ("body", "wanted"),
        [
            ({"error": {"message": "bad"}}, "bad"),
            ({"error": {"message": ""}, "errors": {"phone": ["short"]}}, '{"phone":["short"]}'),
            ({"other": 1}, 'HTTP 400: {"other": 1}'),
        ],
    )
    def test_the_reason_is_the_first_path_that_holds_something(self, body, wanted):
        rules = [*PUSH["rules"], {"when": {"http": 400}, "then": "refused"}]
        assert read(json.dumps(body), status=400, rules=rules, reason=["error.message", "errors"]).reason == wanted


class TestXMLAnswers:
    RULES = [
        {"when": {"path": "lead.@id", "exists": True}, "then": "accepted"},
        {"when": {"path": "fault", "absent": True}, "then": "refused"},
    ]

    @pytest.mark.parametrize(
        ("body", "wanted"),
        [
            ('<?xml version="1.0"?><a xmlns="urn:x"><lead id="7">text</lead></a>', Accepted("7")),
            ('<a><lead id="7"/><lead id="8"/><lead id="9"/></a>', Refused("?")),
            ("<a><b>1</b></a>", Refused("?")),
            ("<html><body>Welcome</body></html>", Unclear("?")),
            ('<!DOCTYPE a [<!ENTITY e "ee">]><a><lead id="&e;"/></a>', Unclear("?")),
            ("<a><b></a>", Unclear("?")),
            ("lead", Unclear("?")),
        ],
    )
    def test_paths_lead_below_the_root_of_a_plain_document(self, body, wanted):
        outcome = read(body, rules=self.RULES, eid="lead.@id")
        assert outcome.kind == wanted.kind
        assert getattr(outcome, "eid", "") == getattr(wanted, "eid", "")

    def test_repeated_elements_are_a_list(self):
        found = answers.tree(answer("<a><i>1</i><i><x>2</x></i><i z='3'>4</i></a>"))
        assert found.value == {"i": ["1", {"x": "2"}, {"@z": "3", "#text": "4"}]}

    def test_a_bottomless_document_is_cut(self):
        assert answers.tree(answer("<a>" * 5000 + "</a>" * 5000)).has("a")


class TestPoll:
    def test_is_off_until_a_person_confirms_it(self):
        integration = polling(confirmed=False)
        assert not integration.can_poll()
        talk = asked(integration, ("A", "1"))
        assert talk.request is None
        assert talk.outcome.reason.startswith("The status poll is not described")

    @pytest.mark.parametrize("description", [None, [], {"poll": None}, {"poll": {"confirmed": "yes"}}])
    def test_is_off_where_nothing_is_described(self, description):
        assert not integrate(description).can_poll()

    def test_a_confirmed_one_is_on_though_the_class_has_none(self):
        assert polling().can_poll()
        assert not Template.polls()

    def test_a_broken_one_is_named_and_asks_nothing(self):
        integration = polling(list="a..b")
        talk = asked(integration, ("A", "1"))
        assert talk.request is None
        assert talk.outcome == Misconfigured("poll.list: Write a path as names and numbers with dots: data.0.id.")
        assert integration.batch == 1

    def test_an_address_without_a_host_is_named(self):
        integration = integrate({"poll": POLL | {"url": "{base_url}/x"}}, base_url="")
        assert asked(integration, ("A", "1")).outcome.reason.startswith("The address has no host")

    @pytest.mark.parametrize(
        ("fields", "more", "wanted"),
        [
            ("{eids|join:;}", {}, 50),
            ("{oids}", {"batch": 7}, 7),
            ("{lead.eid}", {}, 1),
        ],
    )
    def test_batch(self, fields, more, wanted):
        assert polling(fields=[{"name": "id", "value": fields}], **more).batch == wanted

    @pytest.mark.parametrize(
        ("fields", "more", "wanted"),
        [
            ("{eids}", {}, False),
            ("{eids}", {"id_is": "oid"}, False),
            ("{oids}", {"id_is": "oid"}, True),
            ("{lead.oid}", {}, True),
            ("{oids}", {}, False),
        ],
    )
    def test_a_lead_is_found_by_our_id_where_only_that_is_sent_and_told(self, fields, more, wanted):
        assert polling(fields=[{"name": "id", "value": fields}], **more).finds_by_oid is wanted

    def test_nothing_is_found_by_a_poll_that_is_not_described(self):
        assert integrate({}).finds_by_oid is False

    def test_a_coded_poll_says_itself_whether_it_finds_by_our_id(self):
        assert registry.get("adcombo")({}, {}).finds_by_oid
        assert not registry.get("marketcall")({}, {}, description={"poll": POLL | {"id_is": "oid"}}).finds_by_oid

    def test_batch_of_a_coded_poll_is_its_own(self):
        assert registry.get("marketcall")({}, {}, description={"poll": POLL}).batch == 50

    def test_ids_are_packed_or_repeated(self):
        talk = asked(polling(), ("A", "1"), ("B", "2"))
        assert talk.request.query == (("ids", "1,2"),)
        assert not talk.request.commits
        talk = asked(polling(fields=[{"name": "oid[]", "value": "{oids}"}]), ("A", "1"), ("B", ""))
        assert talk.request.query == (("oid[]", "A"), ("oid[]", "B"))

    def test_ids_are_a_json_list_of_numbers_where_they_are_numbers(self):
        fields = [{"name": "ids", "value": "{eids}", "type": "number"}]
        talk = asked(polling(encoding="json", fields=fields), ("A", "1"), ("B", "b2"))
        assert talk.request.body == b'{"ids":[1,"b2"]}'

    def test_a_poll_may_be_signed(self):
        signatures = {"all": {"hash": "md5", "of": "{lead.eid}"}}
        integration = polling(fields=[{"name": "sign", "value": "{sign.all}"}], signatures=signatures)
        talk = asked(integration, ("A", "abc"))
        assert talk.request.query == (("sign", "900150983cd24fb0d6963f7d28e17f72"),)
        assert integration.batch == 1

    def test_a_lead_without_the_id_that_is_sent_is_not_asked_for(self):
        assert asked(polling(), ("A", "")).request is None
        assert asked(polling(fields=[{"name": "x", "value": "{oids}"}]), ("", "1")).request is None

    def test_more_leads_than_a_batch_are_asked_for_in_turn(self):
        talk = asked(polling(batch=2), ("A", "1"), ("B", "2"), ("C", "3"))
        talk.answer(answer({"rows": []}))
        assert talk.request.query == (("ids", "3"),)
        talk.answer(answer({"rows": []}))
        assert talk.outcome.kind == "accepted"

    def test_a_network_may_list_all_its_leads_without_being_told_which(self):
        integration = polling(fields=[{"name": "key", "value": "{api}"}])
        talk = asked(integration, ("A", "1"), ("B", "2"))
        talk.answer(answer({"rows": [{"id": 2, "state": "x"}, {"id": 3, "state": "y"}]}))
        assert [(report.oid, report.raw_status) for report in talk.reports] == [("B", "x")]
        assert talk.outcome.kind == "accepted"

    def test_rows_are_found_by_our_id(self):
        talk = asked(polling(id_is="oid", comment="c", payout="p", currency="cur"), ("A", "1"))
        talk.answer(answer({"rows": [{"id": "a", "state": "x", "c": "why", "p": "1,5", "cur": "usd"}]}))
        (report,) = talk.reports
        assert (report.oid, report.eid, report.status, report.raw_status) == ("A", "1", None, "x")
        assert (report.comment, str(report.payout), report.currency) == ("why", "1.5", "USD")

    @pytest.mark.parametrize(
        ("poll", "body"),
        [
            ({"list": ""}, [{"id": 1, "state": "ok"}]),
            ({"list": "rows"}, {"rows": {"x": {"id": "1", "state": "OK"}}}),
            ({"list": "rows", "id": None}, {"rows": {"1": {"state": "ok"}}}),
            ({"list": "", "id": None, "status": ""}, {"1": "ok"}),
            ({"list": "rows.row"}, "<a><rows><row><id>1</id><state>ok</state></row><row/></rows></a>"),
        ],
    )
    def test_shapes_of_lists(self, poll, body):
        part = {key: value for key, value in (POLL | poll).items() if value is not None}
        talk = asked(integrate({"poll": part, "statuses": {"ok": "approve"}}), ("A", "1"))
        talk.answer(answer(body))
        assert [(report.oid, report.status) for report in talk.reports] == [("A", Status.APPROVE)]
        assert talk.outcome.kind == "accepted"

    @pytest.mark.parametrize(
        "body",
        ["", "<html>hello</html>", "[]", '{"rows":"none"}', '{"rows":[{"ID":1,"state":"ok"}]}', '{"rows":[1,2]}'],
    )
    def test_another_shape_is_never_an_empty_success(self, body):
        talk = asked(polling(), ("A", "1"))
        talk.answer(answer(body))
        assert talk.outcome.kind == "postponed"
        assert talk.reports == []

    @pytest.mark.parametrize(
        ("body", "wanted"),
        [({"error": "key"}, "misconfigured"), ({"error": "busy"}, "postponed"), ({"error": "none"}, "accepted")],
    )
    def test_errors_are_read_by_rules(self, body, wanted):
        errors = [
            {"when": {"path": "error", "equals": "key"}, "then": "misconfigured"},
            {"when": {"path": "error", "equals": "busy"}, "then": "postponed"},
            {"when": {"path": "error", "exists": True}, "then": "absent"},
        ]
        talk = asked(polling(errors=errors, reason="error"), ("A", "1"))
        talk.answer(answer(body))
        assert talk.outcome.kind == wanted
        assert talk.reports == []

    @pytest.mark.parametrize(("body", "wanted"), [({"state": "new"}, "accepted"), ({}, "postponed"), ("", "postponed")])
    def test_one_by_one_the_answer_itself_is_the_row(self, body, wanted):
        part = {**POLL, "fields": [{"name": "x", "value": "{lead.eid}"}]}
        del part["list"], part["id"]
        talk = asked(integrate({"poll": part, "statuses": {"new": "wait"}}), ("A", "1"))
        talk.answer(answer(body))
        assert talk.outcome.kind == wanted
        assert [report.status for report in talk.reports] == ([Status.WAIT] if wanted == "accepted" else [])

    def test_an_error_code_with_a_list_is_a_failure(self):
        talk = asked(polling(), ("A", "1"))
        talk.answer(answer({"rows": []}, status=403))
        assert talk.outcome.kind == "misconfigured"

    def test_no_answer_is_read_by_no_rule(self):
        talk = asked(polling(errors=[{"when": {"http": "100-599"}, "then": "misconfigured"}]), ("A", "1"))
        talk.answer(Answer(error="timeout"))
        assert talk.outcome == Postponed("no answer: timeout")

    def test_its_own_words_go_before_those_of_postbacks(self):
        integration = integrate(
            {"statuses": {"paid": "hold", "new": "wait"}, "poll": POLL | {"statuses": {"Paid": "approve"}}}
        )
        talk = asked(integration, ("A", "1"), ("B", "2"))
        talk.answer(answer({"rows": [{"id": 1, "state": "PAID"}, {"id": 2, "state": "New"}]}))
        assert [report.status for report in talk.reports] == [Status.APPROVE, Status.WAIT]
        assert integration.status_of("paid") is Status.HOLD


class Known(Integration):
    """A network with a status poll of which only a part is known."""

    title = "Known"
    api = Credential("token.")
    statuses = {"Approved": Status.APPROVE, "bad": Status.TRASH}
    described_poll = {
        "url": "https://network.example/info",
        "encoding": "query",
        "fields": [{"name": "ids", "value": "{eids|join:,}"}],
    }

    def push(self, lead):
        return Accepted()
        yield


class TestWhatIsKnownOfAProtocol:
    def test_an_unfinished_poll_is_no_problem_until_it_is_confirmed(self):
        assert validate({"poll": {"confirmed": False}}, Known) == []
        assert words(validate({"poll": {"confirmed": True}}, Known)) == (
            "poll.status: Give the path of the status word in a row.\n"
            "poll.list: Give the path of the list of leads; an empty one means the answer itself."
        )

    def test_the_manager_completes_it(self):
        written = {"poll": {"confirmed": True, "list": "data", "id": "n", "status": "s"}}
        assert validate(written, Known) == []
        talk = asked(integrate(written, kind=Known), ("A", "1"))
        assert talk.request.full_url == "https://network.example/info?ids=1"

    def test_the_managers_words_go_before_the_classs(self):
        integration = integrate({"statuses": {"approved": "hold", "odd": "?"}}, kind=Known)
        assert integration.status_of("Approved") is Status.HOLD
        assert integration.status_of("BAD") is Status.TRASH
        assert integration.status_of("odd") is None

    @pytest.mark.parametrize("statuses", [None, [], {"x": ["wait"]}, {"x": "unknown"}])
    def test_words_that_cannot_be_used_change_nothing(self, statuses):
        assert integrate({"statuses": statuses}, kind=Known).statuses == Known.statuses

    def test_the_starting_text_is_what_is_known(self):
        assert starter(Known) == {"poll": {"confirmed": False, **Known.described_poll}}
        assert starter(registry.get("starway")) == {
            "push": {"confirmed": False, "fields": [{"name": "data1", "value": "{lead.oid}"}]}
        }
        assert starter(Template) == {}

    def test_a_push_that_is_built_in_is_not_described(self):
        assert words(validate({"push": {}}, Known)) == (
            "push: How leads go to this network is built in: leave this part out."
        )

    def test_a_poll_that_is_built_in_is_not_described(self):
        assert words(validate({"poll": {}}, registry.get("marketcall"))) == (
            "poll: The status poll of this network is built in: leave this part out."
        )

    def test_a_class_that_declares_nonsense_stops_the_start(self):
        class Wrong(Known):
            slug = "wrong"
            described_poll = {"url": "https://network.example/{lead.age}"}

        with pytest.raises(registry.RegistryError, match=r"what it describes is wrong: poll\.url: Unknown placeholder"):
            registry._check(Wrong, "wrong")

    def test_the_general_integration_asks_for_nothing(self):
        assert registry.get("template") is Template
        assert list(Template.credentials()) == list(Credential.SLOTS)
        assert not any(value.required for value in [*Template.credentials().values(), *Template.parameters().values()])
        assert list(Template.declared(Parameter)) == ["offer_id", "flow_id"]

    @pytest.mark.parametrize(
        "slug",
        ["apileads", "astronaff", "dottpro", "inb_order", "marketcall", "reklpro", "starway", "terextrade"],
    )
    def test_a_network_of_unknown_wire_sends_nothing_by_itself(self, slug):
        integration = registry.get(slug)
        assert issubclass(integration, Described)
        talk = conversation.push(integration({}, {}), LEAD)
        assert talk.request is None
        assert talk.outcome.kind == "misconfigured"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=12,
)
KEYS = st.sampled_from(files._ORDER)
TEXTS = st.sampled_from(
    [
        *(
            "{base_url}/x",
            "https://network.example/{lead.zip}",
            "{lead.phone|digits}",
            "{eids}",
            "{eids|join:,}",
            "{lead.eid}",
        ),
        *(
            "{sign.a}",
            "{sign.b}",
            "{body}",
            "{api}",
            "{",
            "json",
            "xml",
            "form",
            "query",
            "multipart",
            "accepted",
            "absent",
        ),
        *("refused", "trash", "wait", "200-299", "a.b", "a[]", "a", "md5", "hmac-sha1", "number", "oid", "", "POST"),
    ]
)
LIKELY = st.recursive(
    TEXTS | st.booleans() | st.integers(0, 600),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.sampled_from("ab"), inner, max_size=8),
    max_leaves=40,
)
LEADS = st.builds(
    Lead,
    **dict.fromkeys(("oid", "eid", "name", "phone", "zip", "landing_url"), st.text(max_size=12)),
    created_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    price=st.none() | st.decimals(allow_nan=False, allow_infinity=False),
)
BODIES = (
    st.binary(max_size=60)
    | JSON.map(lambda value: json.dumps(value).encode())
    | st.sampled_from(
        [
            b"<a><b c='1'/></a>",
            b"<a/>",
            b"[1]",
            b'{"rows":{"a":[]}}',
            b'{"ok":"yes","id":1}',
            b'{"rows":[{"id":{}}]}',
            b"<!DOCTYPE",
        ]
    )
)
ANSWERS = st.builds(
    Answer,
    status=st.integers(100, 599),
    headers=st.sampled_from([{}, {"Content-Type": "text/html; charset=unicode_escape"}, {"Retry-After": "x"}]),
    body=BODIES,
    error=st.sampled_from(["", "", "", "timeout", "connect"]),
)
# One valid push and poll of every encoding, with every kind of placeholder.
FIELDS = [
    {"name": "a", "value": "{lead.name|last_name|upper}{lead.phone|e164|national}{lead.price}{sign.total}"},
    {"name": "b", "value": "{lead.created_at|date:%Y %j}{lead.created_at|unix}{lead.created_at}", "optional": True},
    {"name": "c", "value": "{lead.landing_url|url}{lead.phone|digits}{lead.zip|lower}"},
]
SIGNED = {
    "total": {"hash": "hmac-sha256", "of": "{lead.name}{api}", "key": "{secret}"},
    "body": {"hash": "md5", "of": "{sign.total}{body}"},
}
RULES = [
    {"when": [{"path": "ok", "in": ["yes", 1]}, {"http": "200-599"}], "then": "accepted"},
    {"when": {"path": "rows", "absent": True, "text": "a"}, "then": "refused", "status": "trash"},
    {"when": {"path": "rows.0.id", "exists": True}, "then": "duplicate"},
    {"when": {"http": "300-499"}, "then": "misconfigured"},
]


def thorough(encoding: str) -> dict:
    signed = (
        {"signatures": {"total": SIGNED["total"]}}
        if encoding == "query"
        else {
            "signatures": SIGNED,
            "headers": {"X-Name": "{lead.name}", "X-Sign": "{sign.body}"},
        }
    )
    shared = {"encoding": encoding, "fields": FIELDS, **signed}
    push = {
        "url": "{base_url}/{lead.zip}?n={lead.name}",
        "rules": RULES,
        "eid": "id",
        "reason": ["rows", "a"],
        **shared,
    }
    poll = {
        **POLL,
        **shared,
        "url": "{base_url}/{eids|join:,}",
        "fields": [{"name": "ids", "value": "{eids}"}, {"name": "sign", "value": "{sign.total}"}],
        "signatures": {"total": {"hash": "sha1", "of": "{oids|join:-}"}},
        "headers": {"X-Ids": "{oids|join:-}"},
        "errors": [{"when": {"path": "error", "exists": True}, "then": "absent"}],
        "batch": 2,
        **dict.fromkeys(("comment", "payout", "currency"), "ok"),
    }
    return {"push": push | {"status": "a"}, "poll": poll}


class TestAnything:
    @given(JSON)
    def test_validation_never_raises(self, description):
        assert isinstance(validate(description, Template), list)

    @settings(max_examples=300)
    @given(LIKELY, LIKELY, LEADS, ANSWERS)
    def test_what_looks_like_a_description_never_raises(self, push, poll, lead, reply):
        description = {"push": push, "poll": poll if isinstance(poll, str) else {"confirmed": True, **dict_of(poll)}}
        assert isinstance(validate(description, Template), list)
        integration = integrate(description)
        assert integration.batch >= 1
        assert_ends(conversation.push(integration, lead), reply)
        assert_ends(conversation.poll(integration, [lead]), reply)

    @pytest.mark.parametrize("encoding", ["query", "form", "json", "multipart", "xml"])
    def test_the_thorough_description_is_valid(self, encoding):
        assert words(validate(thorough(encoding), Template)) == ""

    @settings(max_examples=200)
    @given(
        st.sampled_from(["query", "form", "json", "multipart", "xml"]), st.lists(LEADS, min_size=1, max_size=3), ANSWERS
    )
    def test_no_lead_and_no_answer_breaks_a_valid_description(self, encoding, leads, reply):
        integration = integrate(thorough(encoding))
        talk = conversation.push(integration, leads[0])
        assert talk.request.full_url.startswith("https://own.example/")
        assert_ends(talk, reply)
        assert_ends(conversation.poll(integration, leads), reply)

    @given(JSON)
    def test_the_registry_of_words_takes_anything(self, statuses):
        assert integrate({"statuses": statuses}).status_of("x") in (None, *Status)

    @given(st.text(max_size=200) | st.text(alphabet=string.punctuation + " \nab1", max_size=60))
    def test_any_text_is_read_or_refused(self, text):
        try:
            load(text)
        except BadDescription as error:
            assert str(error)

    @given(LIKELY)
    def test_any_description_survives_sharing(self, description):
        assert load(dump({"push": description})) == {"push": description}


def dict_of(value) -> dict:
    return value if isinstance(value, dict) else {}


def assert_ends(talk, reply):
    for _step in range(30):
        if talk.request is None:
            break
        talk.answer(reply)
    assert talk.outcome is not None
    assert talk.outcome.kind
