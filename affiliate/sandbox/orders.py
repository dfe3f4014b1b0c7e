"""The sandbox network's side of the API: what it takes and what it answers."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.conf import settings
from django.core.cache import cache
from django.db.models import Q

from affiliate.delivery import clock
from affiliate.models import SandboxAccount, SandboxOrder
from affiliate.models.source import hash_key
from affiliate.sandbox.behaviours import CURRENCY, DECIDES_AFTER, Behaviour, Decides, Says, behaviour_of

SLOW = 3.0
RETRY_AFTER = 5
MOST_ASKED = 100
_LENGTHS = {"offer": 100, "name": 255, "phone": 64, "sub1": 100}


@dataclass(frozen=True)
class Reply:
    """An HTTP answer; `body` is an object for JSON, text for anything else."""

    status: int
    body: dict | str
    headers: Mapping[str, str] = field(default_factory=dict)


def account_of(authorization: str) -> SandboxAccount | None:
    scheme, _space, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        return None
    return SandboxAccount.objects.filter(token_hash=hash_key(token.strip())).first()


def take(account: SandboxAccount, data: Mapping) -> Reply:
    """Answer an order. A second copy of the same `sub1` is dropped, as Dedupes of the integration promises."""
    order = SandboxOrder(account=account, **{name: _text(data.get(name))[:most] for name, most in _LENGTHS.items()})
    for name in ("phone", "offer"):
        if not getattr(order, name):
            return _error(422, name, f"{name} is required")
    if order.sub1 and (earlier := account.orders.filter(sub1=order.sub1).first()):
        return _error(409, "duplicate", "this order is here already", id=earlier.number)
    behaviour = behaviour_of(name=order.name, phone=order.phone)
    return _without_taking(order, behaviour) or _taking(order, behaviour)


def _without_taking(order: SandboxOrder, behaviour: Behaviour) -> Reply | None:
    if behaviour.says is Says.REFUSED:
        return _error(422, "phone", "wrong phone number")
    if behaviour.says is Says.DUPLICATE:
        return _error(409, "duplicate", "this person is here already")
    if behaviour.says is Says.BROKEN:
        return Reply(500, "<html><body><h1>500 Internal Server Error</h1></body></html>")
    if behaviour.says is Says.TAKEN_ON_SECOND_TRY and _first_try(order):
        return Reply(
            429, {"error": "limit", "message": "too many orders, come back later"}, {"Retry-After": str(RETRY_AFTER)}
        )
    if behaviour.says is Says.TAKEN_ONCE:
        earlier = order.account.orders.filter(phone=order.phone).order_by("pk").first()
        return _error(409, "duplicate", "this person is here already", id=earlier.number) if earlier else None
    return None


def _taking(order: SandboxOrder, behaviour: Behaviour) -> Reply:
    order.decision, order.report_at = behaviour.decides.value, clock.now() + DECIDES_AFTER
    order.save()
    if behaviour.says is Says.GARBAGE:
        return Reply(200, f'<br />\n<b>Warning</b>: Undefined index in order.php\n{{"id":"{order.number}","stat')
    if behaviour.says is Says.TAKEN_LATE:
        time.sleep(SLOW)
    if behaviour.says is Says.NOTHING:
        # Longer than the hub waits.
        time.sleep(settings.READ_TIMEOUT + 2)
    return Reply(201, {"id": order.number, "status": Decides.PENDING.value})


def _first_try(order: SandboxOrder) -> bool:
    return cache.add(f"sandbox-limit:{order.account_id}:{hash_key(order.sub1 or order.phone)}", 1, 3600)


def find(account: SandboxAccount, *, numbers: Iterable[str], subs: Iterable[str]) -> Reply:
    """Orders by their numbers or by the partner's own ids; those that are not there are left out."""
    numbers, subs = list(filter(None, numbers)), list(filter(None, subs))
    if not numbers and not subs:
        return _error(400, "ids", "give ids or sub1, with commas")
    if len(numbers) + len(subs) > MOST_ASKED:
        return _error(400, "ids", f"ask for at most {MOST_ASKED} orders at once")
    now = clock.now()
    orders = account.orders.filter(Q(number__in=map(_text, numbers)) | Q(sub1__in=map(_text, subs))).order_by("pk")
    return Reply(200, {"orders": [_shown(order, now) for order in orders]})


def _shown(order: SandboxOrder, now) -> dict:
    """The decision stands since a fixed time after receipt, whether it was reported or not."""
    decided = now >= order.created_at + DECIDES_AFTER
    status = Decides(order.decision) if decided else Decides.PENDING
    return {
        "id": order.number,
        "sub1": order.sub1,
        "status": status.value,
        "payout": status.payout,
        "currency": CURRENCY,
    }


def _error(status: int, code: str, message: str, **more) -> Reply:
    return Reply(status, {"error": code, "message": message, **more})


def _text(value) -> str:
    """Text or a number as text that any database stores; "" for anything else."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    return "".join(char if char.isprintable() else " " for char in str(value)).strip()
