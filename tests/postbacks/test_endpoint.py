"""What a network sees: addresses, keys, answers, and what is kept of a call."""

import json
from io import BytesIO

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from affiliate.models import Postback
from affiliate.models.encryption import CannotDecrypt, decrypt
from affiliate.postbacks import calls, drain, journal, keys
from tests.postbacks.conftest import KEY, make_network

URL = "/api/sale/status.json"
OID = "01K5PLA1NPLA1NPLA1NPLA1NPL"


@pytest.fixture
def identity(network):
    return f"{network.pk}-{KEY}"


def test_a_key_with_hyphens_is_split_at_the_first(client, identity, lead):
    answer = client.get(URL, {"id": identity, "oid": lead.oid, "status": "approve"})
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert Postback.objects.get().network == lead.network


@pytest.mark.parametrize("path", ["/api/sale/", "/api/comp/", "/sale/", "/comp/"])
def test_all_addresses(client, identity, lead, path):
    answer = client.get(f"{path}status.json", {"id": identity, "oid": lead.oid, "status": "approve"})
    assert answer.json() == {"status": "ok"}


@pytest.mark.parametrize(
    "path",
    [
        "/api/sale/status.json/",
        "/api/sale/status.JSON",
        "/API/Sale/Status.json",
        "//api/sale/status.json",
        "/api//comp/status.json",
        "/api/sale/status",
        "/sale/status/",
    ],
)
def test_an_address_as_people_mistype_it_is_answered(client, identity, lead, path):
    # A client's path that begins with two slashes would name a host.
    call = {"QUERY_STRING": f"id={identity}&oid={lead.oid}&status=approve", "PATH_INFO": path}
    answer = client.get("/", **call)
    assert answer.json() == {"status": "ok"}
    assert Postback.objects.get().network == lead.network


def test_an_address_copied_out_of_a_web_page_is_read(client, identity, lead):
    client.get(f"{URL}?id={identity}&amp;oid={lead.oid}&amp;status=approve")
    assert Postback.objects.get().fields == {"oid": lead.oid, "status": "approve"}


@pytest.mark.parametrize(
    ("extension", "ok", "key"),
    [
        ("json", '{"status":"ok"}', '{"status":"error","error":"key"}'),
        (
            "xml",
            '<?xml version="1.0" encoding="utf-8"?><result><status>ok</status></result>',
            '<?xml version="1.0" encoding="utf-8"?><result><status>error</status><error>key</error></result>',
        ),
        ("text", "status=ok", "status=error&error=key"),
    ],
)
def test_formats_by_extension(client, identity, lead, extension, ok, key):
    url = f"/api/sale/status.{extension}"
    assert client.get(url, {"id": identity, "oid": lead.oid, "status": "approve"}).content.decode() == ok
    assert client.get(url, {"id": "1-x"}).content.decode() == key


def test_an_unknown_extension_is_not_found(client):
    assert client.get("/api/sale/status.php").status_code == 404


def test_post_form(client, identity, lead):
    answer = client.post(
        URL, f"id={identity}&oid={lead.oid}&status=trash", content_type="application/x-www-form-urlencoded"
    )
    assert answer.json() == {"status": "ok"}
    assert Postback.objects.get().fields == {"oid": lead.oid, "status": "trash"}


def test_post_multipart(client, identity, lead):
    """What PHP's curl sends when it is given an array."""
    answer = client.post(f"{URL}?id={identity}", {"oid": lead.oid, "status": "trash", "comment": "да"})
    assert answer.json() == {"status": "ok"}
    assert Postback.objects.get().fields == {"oid": lead.oid, "status": "trash", "comment": "да"}


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/x-www-form-urlencoded"])
def test_post_json_whatever_it_is_labelled(client, identity, lead, kind):
    body = json.dumps({"OID": lead.oid, "status": 11, "pay": 1.5, "deep": {"status": "x"}, "list": [1]})
    assert client.post(f"{URL}?id={identity}", body, content_type=kind).json() == {"status": "ok"}
    assert Postback.objects.get().fields == {"oid": lead.oid, "status": "11", "pay": "1.5"}


@pytest.mark.parametrize("kind", ["application/json", "text/plain"])
def test_post_json_after_a_byte_order_mark(client, identity, lead, kind):
    body = b"\xef\xbb\xbf" + json.dumps({"oid": lead.oid, "status": "trash"}).encode()
    assert client.post(f"{URL}?id={identity}", body, content_type=kind).json() == {"status": "ok"}
    assert Postback.objects.get().fields == {"oid": lead.oid, "status": "trash"}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("status=%EF%EE%E4%F2%E2%E5%F0%E6%E4%B8%ED", "подтверждён"),
        ("status=%25D0%25BE%25D1%2582%25D0%25BA%25D0%25B0%25D0%25B7", "отказ"),
        ("status=%25EE%25F2%25EA%25E0%25E7", "отказ"),
        ("status=in+process", "in process"),
        ("status=in%2Bprocess%2520now", "in process now"),
        ("status=%257Bstatus%257D", "{status}"),
        ("status=50%25", "50%"),
    ],
)
def test_a_status_in_older_encodings_or_encoded_twice_is_read(client, identity, lead, query, status):
    client.get(f"{URL}?id={identity}&oid={lead.oid}&{query}")
    assert Postback.objects.get().fields["status"] == status


def test_an_eid_with_a_percent_sign_stays_as_the_network_wrote_it(client, identity):
    client.get(f"{URL}?id={identity}&eid=a%252Fb&status=approve")
    assert Postback.objects.get().fields["eid"] == "a%2Fb"


def test_the_body_beats_the_query_but_for_the_id(client, identity, lead):
    client.post(
        f"{URL}?id={identity}&status=approve&oid={lead.oid}",
        "id=777&status=cancel&oid=",
        content_type="application/x-www-form-urlencoded",
    )
    assert Postback.objects.get().fields == {"oid": lead.oid, "status": "cancel"}


def test_the_last_of_repeated_names_counts(client, identity, lead):
    client.get(f"{URL}?id={identity}&oid={lead.oid}&status=approve&STATUS=cancel")
    assert Postback.objects.get().fields["status"] == "cancel"


def test_head_is_answered_and_kept(client, identity, lead):
    answer = client.head(URL, {"id": identity, "oid": lead.oid, "status": "approve"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert Postback.objects.get().method == "HEAD"


def test_no_csrf_token_and_no_cookie_are_asked_for(identity, lead):
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(f"{URL}?id={identity}", {"oid": lead.oid, "status": "approve"})
    assert answer.json() == {"status": "ok"}
    assert not answer.cookies


@pytest.mark.parametrize("method", ["put", "delete", "patch", "options"])
def test_other_methods_are_refused(client, method):
    assert getattr(client, method)(URL).status_code == 405


@pytest.mark.parametrize(
    "wrong",
    [
        "{pk}-WRONG",
        "{pk}-" + KEY[:-1],
        "{pk}-" + KEY + "x",
        "{pk}-",
        "{pk}",
        "999999-" + KEY,
        "99999999999999999999999-" + KEY,
        "²-" + KEY,
        "-" + KEY,
        "{{id}}",
        "",
    ],
)
def test_wrong_key_and_unknown_network_answer_alike(client, network, lead, wrong):
    answer = client.get(URL, {"id": wrong.format(pk=network.pk), "oid": lead.oid, "status": "approve"})
    assert (answer.status_code, answer.json()) == (200, {"status": "error", "error": "key"})
    row = Postback.objects.get()
    assert (row.verdict, row.network, row.lead, row.due_at) == ("bad-key", None, None, None)


def test_wrong_key_and_unknown_network_cost_the_same(client, network, monkeypatch):
    opened = []
    monkeypatch.setattr(keys, "decrypt", lambda token: opened.append(token) or decrypt(token))
    costs = set()
    for identity in (f"{network.pk}-WRONG", f"{network.pk + 1}-{KEY}"):
        opened.clear()
        with CaptureQueriesContext(connection) as queries:
            client.get(URL, {"id": identity, "oid": OID, "status": "approve"})
        costs.add((len(queries), len(opened)))
    assert costs == {(2, 1)}


def test_every_key_of_a_network_is_good(client, db, make_lead):
    network = make_network("Rotated", keys=["TOKEN-new-0001", "TOKEN-old-0001"])
    lead = make_lead(network=network)
    for key in network.postback_keys:
        assert client.get(URL, {"id": f"{network.pk}-{key}", "oid": lead.oid}).json() == {"status": "ok"}


def test_a_call_without_ids_proves_the_key(client, identity):
    assert client.get(URL, {"id": identity}).json() == {"status": "error", "error": "orderid"}
    assert Postback.objects.get().verdict == "no-id"


def test_an_oid_that_is_not_there_has_no_access(call):
    assert call(oid=OID, status="approve") == "access"


def test_a_lead_of_another_network_answers_as_if_it_were_not_there(call, other_network, make_lead):
    foreign = make_lead(network=other_network)
    assert call(oid=foreign.oid, status="approve") == call(oid=OID, status="approve") == "access"


def test_an_eid_that_is_not_there_yet_is_ok(call):
    assert call(eid="E-404", status="approve") == "ok"


@pytest.mark.parametrize("macro", ["{status}", "[status]", "%7Bstatus%7D", "##status##", "{{status}}", "$status$", ""])
def test_unreplaced_macros_are_ok_so_that_the_network_goes_on(call, lead, macro):
    assert call(oid=lead.oid, status=macro) == "ok"
    assert call(oid="{sub1}", status="approve") == "ok"


def test_a_call_costs_one_statement_and_who_calls_is_read_once_in_a_few_seconds(client, identity, lead, settings):
    settings.REMEMBER_SECONDS = 60
    with CaptureQueriesContext(connection) as queries:
        for _time in range(3):
            client.get(URL, {"id": identity, "oid": lead.oid, "status": "approve"})
    statements = [query["sql"].split()[0] for query in queries]
    assert statements == ["SELECT", "INSERT", "INSERT", "INSERT"]


def test_a_call_wakes_the_drain_once_it_is_kept(client, identity, lead, monkeypatch):
    woken = []
    monkeypatch.setattr(journal.wake, "soon", lambda task: woken.append((task, Postback.objects.count())))
    client.get(URL, {"id": identity, "oid": lead.oid, "status": "approve"})
    client.get(URL, {"id": "1-wrong"})
    assert woken == [(drain.TASK, 1)]


@pytest.mark.parametrize("error", [OperationalError("gone"), CannotDecrypt("no key opens it")])
def test_503_only_when_the_call_could_not_be_kept(client, identity, monkeypatch, error):
    def fail(*args, **kwargs):
        raise error

    monkeypatch.setattr(journal, "keep", fail)
    answer = client.get(URL, {"id": identity, "oid": OID, "status": "approve"})
    assert (answer.status_code, answer.json()) == (503, {"status": "error", "error": "db"})
    assert answer.headers["Retry-After"] == "10"


def test_the_journal_tells_when_where_from_and_what(client, identity, lead):
    client.post(
        f"{URL}?id={identity}&oid={lead.oid}",
        "status=approve&extra=1",
        content_type="application/x-www-form-urlencoded",
        REMOTE_ADDR="203.0.113.9",
    )
    row = Postback.objects.get()
    assert (row.ip, row.method, row.body) == ("203.0.113.9", "POST", "status=approve&extra=1")
    assert row.query == f"id={lead.network_id}-•••&oid={lead.oid}"
    assert row.received_at


class TestKeyIsNeverStored:
    KEY = "0123456789abcdef0123456789abcdef"

    @pytest.fixture
    def network(self, db):
        return make_network("Ordinary key", keys=[self.KEY])

    @pytest.mark.parametrize(
        ("query", "body", "kind"),
        [
            ("id={id}&oid=1", "", "text/plain"),
            ("ID={id}&oid=1&ref={id}", "", "text/plain"),
            ("%69d={number}%2D{key}", "", "text/plain"),
            ("id={number}-%30{rest}&oid=1", "", "text/plain"),
            ("token={id}", "", "text/plain"),
            ("key={key}&oid=1", "", "text/plain"),
            ("id={id}?id={id}&oid=1", "", "text/plain"),
            ("oid=1?id={id}&status=approve", "", "text/plain"),
            ("id={id}&comment=https://hub.example/?id={id}", "", "text/plain"),
            ("", "id={id}&oid=1", "application/x-www-form-urlencoded"),
            ("", '{{"id": "{id}", "oid": "1"}}', "application/json"),
            ("", '{{"id": "{number}-\\u0030{rest}", "oid": "1"}}', "application/json"),
            ("", '{{"id": "{id}", "oid": ', "application/json"),
            ("id={id}", "look: {key}", "text/plain"),
            (
                "",
                '--x\r\nContent-Disposition: form-data; name="id"\r\n\r\n{id}\r\n--x--',
                "multipart/form-data; boundary=x",
            ),
            ("", '--x\r\nContent-Disposition: form-data; name="id"\r\n\r\n{id}\r\n--x--', "multipart/form-data"),
        ],
    )
    def test_whatever_its_place(self, client, network, query, body, kind):
        words = {"id": f"{network.pk}-{self.KEY}", "number": network.pk, "key": self.KEY, "rest": self.KEY[1:]}
        client.post(f"{URL}?{query.format(**words)}", body.format(**words), content_type=kind)
        row = Postback.objects.get()
        kept = f"{row.query} {row.body} {row.fields} {row.detail}"
        assert self.KEY not in kept
        assert self.KEY[1:] not in kept
        assert "•••" in kept

    def test_nor_logged(self, client, network, caplog):
        caplog.set_level("DEBUG")
        client.get(URL, {"id": f"{network.pk}-{self.KEY}", "oid": "1"})
        assert self.KEY not in caplog.text

    def test_an_order_number_named_id_stays_readable(self, client, network):
        client.post(f"{URL}?id={network.pk}-{self.KEY}", '{"id": 4711, "oid": "1"}', content_type="application/json")
        assert Postback.objects.get().body == '{"id": "4711", "oid": "1"}'


class TestBounds:
    def test_long_queries_and_bodies_are_cut_with_a_mark(self, client, identity):
        filler = "x" * 20_000
        client.post(f"{URL}?id={identity}&eid=1&a={filler}", f"b={filler}", content_type="text/plain")
        row = Postback.objects.get()
        assert row.query.startswith("id=")
        assert "… (2" in row.query[-10:]
        assert len(row.query) < calls.KEPT + 20
        assert row.body.endswith("… (20002)")

    def test_bodies_beyond_what_is_read_are_no_error(self, client, identity):
        assert client.post(f"{URL}?id={identity}&eid=1", "b=" + "x" * 3_000_000, content_type="text/plain").json() == {
            "status": "ok"
        }
        assert len(Postback.objects.get().body) < calls.KEPT + 20

    def test_long_values_are_cut(self, client, identity):
        client.get(URL, {"id": identity, "eid": "e" * 300, "status": "s" * 300, "comment": "c" * 3000})
        assert {name: len(value) for name, value in Postback.objects.get().fields.items()} == {
            "eid": 100,
            "status": 100,
            "comment": 500,
        }


class TestStrangeBytes:
    def test_a_body_sent_in_chunks(self, client, identity):
        """It has no Content-Length; the server marks its end."""
        extra = {"wsgi.input": BytesIO(b"eid=1&status=trash"), "wsgi.input_terminated": True}
        client.post(f"{URL}?id={identity}", content_type="application/x-www-form-urlencoded", **extra)
        assert Postback.objects.get().fields == {"eid": "1", "status": "trash"}

    def test_a_caller_that_hangs_up_has_sent_its_query(self, client, identity):
        class HungUp(BytesIO):
            def read(self, size=-1):
                raise ConnectionResetError

        extra = {"wsgi.input": HungUp(), "CONTENT_LENGTH": "9"}
        answer = client.post(f"{URL}?id={identity}&eid=1&status=trash", **extra)
        assert answer.json() == {"status": "ok"}
        assert Postback.objects.get().fields == {"eid": "1", "status": "trash"}

    def test_nul_becomes_a_replacement_mark(self, client, identity):
        client.get(f"{URL}?id={identity}&eid=1&status=a%00b&x=%00")
        assert Postback.objects.get().fields["status"] == "a\ufffdb"

    def test_half_a_surrogate_pair_in_json(self, client, identity):
        client.post(
            f"{URL}?id={identity}", '{"eid": "1", "status": "a\\ud800b\\u0000"}', content_type="application/json"
        )
        assert Postback.objects.get().fields["status"] == "a?b\ufffd"

    def test_cp1251_of_older_panels(self, client, identity):
        client.get(f"{URL}?id={identity}&eid=1&status=%EE%F2%EA%E0%E7")
        assert Postback.objects.get().fields["status"] == "отказ"

    def test_raw_utf8_without_percent_signs(self, client, identity):
        raw = f"id={identity}&eid=1&status=отказ".encode().decode("latin-1")
        client.generic("GET", URL, QUERY_STRING=raw)
        assert Postback.objects.get().fields["status"] == "отказ"

    @pytest.mark.parametrize(
        "body", ["[1]", "null", '"text"', "{", "{}", "[" * 100_000, '{"a":' * 50_000, "1" * 5000, "NaN"]
    )
    def test_json_that_is_no_object(self, client, identity, body):
        answer = client.post(f"{URL}?id={identity}&eid=1", body, content_type="application/json")
        assert answer.json() == {"status": "ok"}

    @pytest.mark.parametrize(
        "kind", ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\x00"]
    )
    def test_broken_multipart(self, client, identity, kind):
        answer = client.post(f"{URL}?id={identity}&eid=1", "--x\r\nrubbish", content_type=kind)
        assert answer.json() == {"status": "ok"}


class TestAddress:
    @pytest.mark.parametrize(
        ("remote", "forwarded", "seen"),
        [
            ("203.0.113.9", "", "203.0.113.9"),
            ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
            ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
            ("127.0.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.7", "198.51.100.1"),
            ("127.0.0.1", "rubbish", "127.0.0.1"),
            ("127.0.0.1", "", "127.0.0.1"),
            ("::ffff:203.0.113.9", "", "203.0.113.9"),
            ("2001:db8::1", "", "2001:db8::1"),
            ("", "", None),
        ],
    )
    def test_only_trusted_proxies_are_believed(self, client, identity, settings, remote, forwarded, seen):
        settings.TRUSTED_PROXIES = ["127.0.0.1", "10.0.0.0/8"]
        extra = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
        client.get(URL, {"id": identity, "eid": "1"}, REMOTE_ADDR=remote, **extra)
        assert Postback.objects.get().ip == seen
