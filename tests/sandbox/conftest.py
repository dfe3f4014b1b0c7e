import pytest

from affiliate.models import SandboxAccount
from affiliate.models.source import hash_key

TOKEN = "TOKEN-sandbox-0001"
POSTBACK_URL = "https://hub.example/api/sale/status.json?id=7-TOKEN-k-0001&oid={sub1}&status={status}&pay={payout}&cc={currency}&eid={id}"


@pytest.fixture
def account(db):
    return SandboxAccount.objects.create(name="Hub", token_hash=hash_key(TOKEN), postback_url=POSTBACK_URL)


@pytest.fixture
def polled(db):
    """An account without a postback URL."""
    return SandboxAccount.objects.create(name="Polled", token_hash=hash_key("TOKEN-polled-0001"))


@pytest.fixture
def ask(client):
    """GET of orders; returns the answer."""

    def asking(token=TOKEN, **query):
        return client.get("/sandbox/api/orders", query, headers={"Authorization": f"Bearer {token}"})

    return asking


@pytest.fixture
def order(client):
    """POST of an order; returns the answer."""

    def ordering(token=TOKEN, **data):
        data = {"offer": "watch", "name": "Ion", "phone": "+40712345678"} | data
        headers = {"Authorization": f"Bearer {token}"}
        return client.post("/sandbox/api/orders", data, content_type="application/json", headers=headers)

    return ordering
