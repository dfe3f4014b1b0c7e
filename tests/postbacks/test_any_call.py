"""Whatever comes in is answered, kept once, and gets a verdict."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from model_bakery import baker

from affiliate.models import Lead, Postback
from affiliate.postbacks import drain
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
