import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from affiliate.delivery import statistics
from affiliate.models import (
    Attempt,
    Geo,
    NetworkState,
    Postback,
    SandboxAccount,
    SandboxOrder,
    StatusChange,
    StatusPoll,
    StatusWord,
)
from affiliate.models.postback import Verdict

PHONE = "+40712345678"


@pytest.fixture
def admin_user(db):
    """Without a password: making one's hash takes longer than a test."""
    return User.objects.create_superuser("admin", "admin@example.com")


@pytest.fixture
def client_with(db):
    """A function: a client of a staff user with exactly these rights, `lead.view`, `postback.change`…"""

    def make(*rights: str) -> Client:
        user = User.objects.create_user(f"staff{User.objects.count()}", is_staff=True)
        for right in rights:
            model, _dot, kind = right.partition(".")
            code = f"{kind}_{model}" if kind in ("add", "change", "delete", "view") else kind
            user.user_permissions.add(Permission.objects.get(codename=code, content_type__app_label="affiliate"))
        client = Client()
        client.force_login(user)
        return client

    return make


def leave(lead, **columns):
    """Columns only the engine writes, put there without it."""
    type(lead).objects.filter(pk=lead.pk).update(**columns)
    lead.refresh_from_db()
    statistics.mark([lead.created_at])
    return lead


def exchange(lead, *, answer='{"verdict":"ok","id":"N1"}'):
    body = f'{{"phone":"{lead.phone}","name":"{lead.name}","sub":"{lead.oid}"}}'
    return {
        "request": {
            "method": "POST",
            "url": "https://network.example/add",
            "headers": {"Content-Type": "application/json", "Authorization": "Bearer •••"},
            "body": body,
        },
        "answer": {"status": 200, "error": "", "headers": {}, "body": answer, "seconds": 0.1},
    }


def attempt_of(lead, **values):
    now = timezone.now()
    values = {"outcome": "accepted", "finished_at": now + timedelta(seconds=1)} | values
    return Attempt.objects.create(
        lead=lead,
        network=lead.network,
        flow=lead.flow,
        lease=uuid.uuid4(),
        commits=True,
        started_at=now,
        exchanges=[exchange(lead)],
        **values,
    )


@pytest.fixture
def history(flow, make_lead):
    """A lead that was received, routed, sent, told of by postback, and approved."""
    lead = make_lead(phone=PHONE, phone_typed="0712345678", email="ion@example.com")
    leave(
        lead,
        delivery="delivered",
        next_attempt_at=None,
        eid="N1",
        status="approve",
        payout=Decimal("12.5"),
        payout_currency="USD",
        delivered_at=timezone.now(),
    )
    attempt_of(lead, eid="N1")
    StatusChange.objects.create(
        lead=lead,
        old="wait",
        new="approve",
        source="postback",
        raw_status="sold",
        payout=Decimal("12.5"),
        payout_currency="USD",
    )
    Postback.objects.create(
        network=lead.network,
        lead=lead,
        method="GET",
        query=f"oid={lead.oid}&status=sold&phone=40712345678",
        fields={"status": "sold"},
        verdict=Verdict.APPLIED,
    )
    return lead


@pytest.fixture
def everything(history, flow, source, make_lead):
    """One row of each kind, and a network in trouble."""
    Geo.objects.create(flow=flow, country="BG", parameters={"place": "P2"})
    NetworkState.objects.update_or_create(
        network=flow.network, defaults={"paused_at": timezone.now(), "paused_reason": "bad key"}
    )
    StatusPoll.objects.create(
        network=flow.network,
        leads_asked=1,
        leads_reported=1,
        started_at=timezone.now(),
        finished_at=timezone.now(),
        outcome="accepted",
        exchanges=[exchange(history)],
    )
    Postback.objects.create(network=flow.network, method="GET", query="status=odd", verdict=Verdict.UNKNOWN_WORD)
    now = timezone.now()
    StatusWord.objects.create(network=flow.network, word="odd", why="unknown", count=1, first_seen=now, last_seen=now)
    leave(make_lead(name="Ana"), delivery="unclear", next_attempt_at=None)
    leave(make_lead(name="Radu"), delivery="failed", next_attempt_at=None)
    account = SandboxAccount.objects.create(name="Demo", token_hash="0" * 64)
    SandboxOrder.objects.create(account=account, phone=PHONE, name="Ion", decision="pending", report_at=timezone.now())
    source.issue_key()
    return history
