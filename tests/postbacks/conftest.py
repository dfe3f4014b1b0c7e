import pytest
from django.utils import timezone
from model_bakery import baker

from affiliate.models import Lead, Network, Postback
from affiliate.postbacks import drain, keys, limits

KEY = "TOKEN-k-e-y-0001"


@pytest.fixture(autouse=True)
def _fresh_minute(monkeypatch):
    for name in ("_networks", "_strangers"):
        monkeypatch.setattr(limits, name, limits.Minute(name))


@pytest.fixture(autouse=True)
def _fresh_keys():
    keys.forget()


@pytest.fixture
def network(db):
    return make_network("First")


@pytest.fixture
def other_network(db):
    return make_network("Second")


def make_network(name, integration="drcash", keys=(KEY,)):
    return Network.objects.create(name=name, integration=integration, postback_keys=list(keys))


@pytest.fixture
def make_lead(network):
    """A lead that the network has."""

    def make(**values):
        values = {"network": network, "delivery": "delivered", "delivered_at": timezone.now()} | values
        return baker.make(Lead, **values)

    return make


@pytest.fixture
def lead(make_lead):
    return make_lead(eid="E-1")


@pytest.fixture
def call(client, network):
    """Calls as the network would; returns the verdict's word: `ok`, or what stands in `error`."""

    def calling(*, network=network, key=KEY, path="/api/sale/status.json", **fields):
        answer = client.get(path, {"id": f"{network.pk}-{key}", **fields})
        assert answer.status_code == 200
        said = answer.json()
        return said.get("error", said["status"])

    return calling


@pytest.fixture
def applied(call):
    """Calls, applies what is due, and returns the call's row."""

    def calling(**fields):
        call(**fields)
        drain.apply_due()
        return Postback.objects.order_by("-pk").first()

    return calling
