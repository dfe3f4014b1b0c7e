"""Whatever comes in is answered, kept once, and gets a verdict."""

import json
import os
import random
from collections import Counter

import pytest
from django.test import RequestFactory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from model_bakery import baker

from affiliate.models import Lead, Postback
from affiliate.postbacks import drain, views
from tests.postbacks.conftest import KEY, make_network

NAMES = st.sampled_from(
    ["id", "oid", "eid", "status", "sta", "stc", "stt", "stw", "sth", "reason", "comment", "pay", "cc", "ID", "", "x[]"]
)
SNIPPETS = st.sampled_from(
    ["approve", "{status}", "hold", "1,50", "$", "7", "не", "%00", "%ff", "OID", "EID", "&", "="]
)
VALUES = st.one_of(st.text(max_size=40), SNIPPETS, st.integers().map(str))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(max_size=5), inner, max_size=5),
    max_leaves=8,
)
BODIES = st.one_of(
    st.binary(max_size=200),
    JSON.map(lambda data: json.dumps(data).encode()),
    st.lists(st.tuples(NAMES, VALUES), max_size=6).map(
        lambda pairs: "&".join(f"{name}={value}" for name, value in pairs).encode("utf-8", "surrogatepass")
    ),
    st.lists(st.tuples(NAMES, VALUES), max_size=4).map(
        lambda pairs: (
            b"".join(
                f'--B\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode(
                    "utf-8", "surrogatepass"
                )
                for name, value in pairs
            )
            + b"--B--\r\n"
        )
    ),
)
KINDS = st.sampled_from(
    [
        "application/x-www-form-urlencoded",
        "application/json",
        "multipart/form-data; boundary=B",
        "text/plain",
        "",
        "\u00ff/;=",
    ]
)
QUERIES = st.one_of(
    st.lists(st.tuples(NAMES, VALUES), max_size=8).map(
        lambda pairs: "&".join(f"{name}={value}" for name, value in pairs).encode("utf-8", "surrogatepass")
    ),
    st.binary(max_size=200),
)


@pytest.fixture(autouse=True)
def _no_limits(settings):
    settings.POSTBACKS_PER_MINUTE = settings.WRONG_KEYS_PER_MINUTE = 0


class AnyCall(TestCase):
    def setUp(self):
        self.network = make_network("Any")
        self.lead = baker.make(Lead, network=self.network, eid="EID", delivery="delivered")

    @settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
    @given(known=st.booleans(), method=st.sampled_from(["GET", "POST", "HEAD"]), query=QUERIES, body=BODIES, kind=KINDS)
    def test_is_answered_kept_once_and_judged(self, known, method, query, body, kind):
        identity = f"id={self.network.pk}-{KEY}&".encode() if known else b""
        query = identity + query.replace(b"OID", self.lead.oid.encode())
        answer = self.client.generic(
            method, "/api/sale/status.json", body, content_type=kind, QUERY_STRING=query.decode("latin-1")
        )
        assert answer.status_code == 200
        row = Postback.objects.get()
        assert (row.network is not None) == known
        assert KEY not in f"{row.query}{row.body}{row.fields}"
        drain.apply_due()
        row.refresh_from_db()
        assert row.verdict != "pending"
        assert (row.due_at is not None) == (row.verdict == "parked")


class Noise:
    """Queries and bodies as nobody would write them, from a seed."""

    names = [b"id", b"oid", b"eid", b"status", b"sta", b"stw", b"reason", b"comment", b"pay", b"cc", b"ID", b"", b"x[]"]
    words = [
        *(b"approve", b"hold", b"pending", b"14", b"1,50", b"$", b"-5", b"9999999999.99999", b"1e400", b"NaN", b"7"),
        *(
            b"{status}",
            b"%7Bstatus%7D",
            b"%00",
            b"%ff",
            b"%",
            b"\xff\xfe",
            b"\xed\xa0\x80",
            b"&",
            b"=",
            b"+",
            b"x" * 9000,
        ),
        *("\u043e\u0442\u043a\u0430\u0437".encode("cp1251"), "\u0445\u043e\u043b\u0434".encode(), b"E1", b"e1"),
    ]
    kinds = ["application/x-www-form-urlencoded", "application/json", "multipart/form-data; boundary=B", "text/xml", ""]

    def __init__(self, dice: random.Random, identity: bytes, oids: list[bytes]):
        self.dice, self.identity, self.words = dice, identity, [*self.words, *oids]

    def request(self):
        query, body, kind = self.pairs(), self.body(), self.dice.choice(self.kinds)
        if self.dice.random() < 0.8:
            query = b"id=" + self.identity + b"&" + query
        method = self.dice.choice(["GET", "POST", "POST", "HEAD"])
        return RequestFactory().generic(
            method, "/api/sale/status.json", body, content_type=kind, QUERY_STRING=query.decode("latin-1")
        )

    def pairs(self) -> bytes:
        return b"&".join(
            self.dice.choice(self.names) + b"=" + self.word() for _number in range(self.dice.randint(0, 6))
        )

    def word(self) -> bytes:
        return (
            self.dice.choice(self.words) if self.dice.random() < 0.8 else self.dice.randbytes(self.dice.randint(0, 20))
        )

    def body(self) -> bytes:
        make = self.dice.choice([bytes, self.pairs, self.json, lambda: self.dice.randbytes(self.dice.randint(0, 200))])
        return make()

    def json(self) -> bytes:
        values = [
            None,
            True,
            12,
            1.5,
            "approve",
            "{x}",
            "\ud800",
            "\x00",
            [1],
            {"a": {}},
            *(word.decode("latin-1") for word in self.words),
        ]
        fields = {name.decode(): self.dice.choice(values) for name in self.dice.sample(self.names, 4)}
        return json.dumps(fields).encode()[: None if self.dice.random() < 0.9 else self.dice.randint(0, 50)]


def test_twenty_thousand_arbitrary_calls_are_kept_once_each_with_a_verdict(make_lead, network, record_property):
    seed = int(os.environ.get("CALLS_SEED") or random.SystemRandom().randrange(10**6))
    record_property("CALLS_SEED", seed)
    leads = [make_lead(eid=f"E{number}") for number in range(20)]
    noise = Noise(random.Random(seed), f"{network.pk}-{KEY}".encode(), [lead.oid.encode() for lead in leads])
    codes = Counter(views.status(noise.request(), "json").status_code for _number in range(20_000))
    assert codes == {200: 20_000}
    assert Postback.objects.count() == 20_000
    while drain.apply_due():
        pass
    verdicts = Counter(Postback.objects.values_list("verdict", flat=True))
    assert verdicts["pending"] == 0
    assert len(verdicts) >= 8
    assert not Postback.objects.filter(query__contains=KEY).exists()
    assert not Postback.objects.filter(body__contains=KEY).exists()
