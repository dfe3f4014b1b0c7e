"""Applies stored calls to leads, in batches."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from affiliate.delivery import addresses, bulk, clock, statuses, wake
from affiliate.integrations import registry
from affiliate.integrations.money import parse_amount, parse_currency
from affiliate.models import Network, Postback
from affiliate.models.network import Upsell
from affiliate.models.postback import Verdict
from affiliate.postbacks import claims
from affiliate.postbacks.details import note
from affiliate.postbacks.matching import Ids, Leads, ids_of
from affiliate.postbacks.reasons import comment_of
from affiliate.postbacks.recognition import LISTS, Recognised, Why, macro, recognise
from affiliate.vocabulary import ChangeSource, Status

TASK = "affiliate.apply_postbacks"
# A call whose lead is not known yet is tried again, ever more seldom, until this has passed since it came.
PATIENCE = timedelta(days=1)
SHORTEST, LONGEST = timedelta(seconds=2), timedelta(minutes=30)
Apply = Callable[[list[statuses.Report]], list[statuses.Result]]


@dataclass(slots=True)
class Call:
    """A journal row as it is read, and what is made of it. A row that found its lead before is read again."""

    pk: int
    network_id: int
    received_at: datetime
    ip: str | None
    fields: dict[str, str]
    lead_id: int | None = None
    verdict: Verdict = Verdict.PENDING
    detail: list[dict] = field(default_factory=list)
    due_at: datetime | None = None
    applied_at: datetime | None = None


def apply_due(limit: int = 1000) -> int:
    """Apply the calls that are due; returns how many. Calls that another worker holds are left to it."""
    with transaction.atomic():
        now = clock.now()
        due = Postback.objects.filter(due_at__lte=now, network__isnull=False).order_by("due_at", "pk")
        calls = _read(bulk.skip_locked(due)[:limit])
        if calls:
            _judge(calls, now, lambda reports: statuses.apply(reports, source=ChangeSource.POSTBACK))
            bulk.update(Postback, calls, ["verdict", "detail", "lead", "due_at", "applied_at"])
    return len(calls)


def replay(rows: QuerySet[Postback]) -> int:
    """Have rows applied once more, after a mapping or a key was mended; returns how many.

    Calls with a wrong key stay as they are, but for those of `claims.of`.
    """
    again = {"verdict": Verdict.PENDING, "detail": [], "due_at": Now(), "applied_at": None}
    with transaction.atomic():
        # Looked up first: they have a network afterwards.
        claimed = claims.of(rows)
        count = rows.exclude(network=None).update(**again)
        for network_id in set(claimed.values()):
            keys = [pk for pk, claimant in claimed.items() if claimant == network_id]
            count += Postback.objects.filter(pk__among=keys).update(network=network_id, **again)
        wake.wake(TASK)
    return count


def preview(rows: QuerySet[Postback], *, limit: int) -> list[Call]:
    """What a replay would make of the oldest of rows now. Nothing is written."""
    claimed = claims.of(rows, limit=limit)
    calls = _read(rows.filter(Q(network__isnull=False) | Q(pk__among=list(claimed))).order_by("pk")[:limit])
    for call in calls:
        call.network_id = call.network_id or claimed[call.pk]
    _judge(calls, clock.now(), statuses.preview)
    return calls


def _read(rows: QuerySet[Postback]) -> list[Call]:
    return [Call(*row) for row in rows.values_list("pk", "network_id", "received_at", "ip", "fields", "lead_id")]


@dataclass(frozen=True, slots=True)
class _Account:
    """What of a network's settings a call is read with; `own` is its reading of a word."""

    own: Callable[[str], Status | None]
    ips: str
    adds: bool


@dataclass(frozen=True, slots=True)
class _Said:
    """What a call says but for whose lead it is about."""

    word: Recognised
    raw: str
    comment: str
    payout: Decimal | None
    currency: str
    doubts: list[dict]
    adds: bool


def _judge(calls: Sequence[Call], now: datetime, apply: Apply) -> None:
    accounts = _accounts({call.network_id for call in calls})
    read = _Reader(accounts)
    readings = [(call, ids_of(call.fields), read(call)) for call in calls]
    leads = Leads([(call.network_id, ids) for call, ids, _said in readings])
    reported, reports = [], []
    for call, ids, said in readings:
        again = call.lead_id is not None
        call.lead_id = leads.find(call.network_id, ids)
        ips = accounts[call.network_id].ips
        if unusable := _unusable(call, ids, said.word, ips, leads, now):
            call.verdict, detail = unusable
            call.detail = [detail] if detail else []
        else:
            reported.append((call, said))
            reports.append(
                statuses.Report(
                    call.lead_id,
                    said.word.status,
                    said.raw,
                    said.comment,
                    said.payout,
                    said.currency,
                    "",
                    said.adds,
                    said.word.why.value,
                    again=again,
                )
            )
    verdict_of = _Verdicts()
    for (call, said), result in zip(reported, apply(reports), strict=True):
        call.verdict, call.detail = verdict_of(said, result)
    for call in calls:
        if call.verdict is Verdict.PARKED:
            call.due_at = now + min(max(now - call.received_at, SHORTEST), LONGEST)
        else:
            call.applied_at = now


def _accounts(network_ids: Iterable[int]) -> dict[int, _Account]:
    networks = Network.objects.only("integration", "base_url", "description", "postback_ips", "upsell")
    return {
        pk: _Account(_own(network), network.postback_ips, network.upsell == Upsell.ADD)
        for pk, network in networks.in_bulk(network_ids).items()
    }


def _own(network: Network) -> Callable[[str], Status | None]:
    """An integration that this version lacks has no words: lists and the general vocabulary are left."""
    try:
        integration = network.integration_class
    except registry.UnknownIntegration:
        return lambda word: None
    return integration(base_url=network.base_url, description=network.description).status_of


# What of a call's fields says whose lead it is about.
_IDS = frozenset({"oid", "eid"})


class _Reader:
    """Reads what the calls of a batch say, each thing once: they are few."""

    def __init__(self, accounts: dict[int, _Account]):
        self._accounts, self._known = accounts, {}

    def __call__(self, call: Call) -> _Said:
        fields = {name: value for name, value in call.fields.items() if name not in _IDS}
        key = (call.network_id, *fields.items())
        if (said := self._known.get(key)) is None:
            said = self._known[key] = _read_fields(fields, self._accounts[call.network_id])
        return said


def _read_fields(fields: dict[str, str], account: _Account) -> _Said:
    raw = fields.get("status", "")
    lists = {name: fields[name] for name in LISTS if name in fields}
    payout, currency, doubts = _money(fields)
    word = recognise(raw, lists=lists, own=account.own)
    return _Said(word, raw, comment_of(fields), payout, currency, doubts, account.adds)


def _unusable(
    call: Call, ids: Ids, word: Recognised, ips: str, leads: Leads, now: datetime
) -> tuple[Verdict, dict | None] | None:
    """Verdict and note of a call that says nothing of a known lead; None when it does."""
    if ips and not addresses.allowed(call.ip, ips):
        return Verdict.ADDRESS, note("address", ip=call.ip or "?")
    if call.lead_id and word.why in _SAYS_SOMETHING:
        return None
    if not ids.given:
        if ids.macro:
            return Verdict.MACRO, _not_replaced("oid" if macro(call.fields.get("oid", "")) else "eid", ids.macro)
        return Verdict.NO_ID, None
    if word.why is Why.EMPTY:
        return Verdict.MACRO, note("empty")
    if word.why is Why.MACRO:
        return Verdict.MACRO, _not_replaced("status", macro(call.fields["status"]))
    if not ids.oid:
        verdict = Verdict.PARKED if now - call.received_at < PATIENCE else Verdict.NO_LEAD
        return verdict, note("no-eid", eid=ids.eid)
    if leads.moved_on(call.network_id, ids):
        return Verdict.NO_LEAD, note("moved-on")
    return Verdict.NO_LEAD, note("no-oid", oid=ids.oid)


_SAYS_SOMETHING = frozenset(Why) - {Why.EMPTY, Why.MACRO}


def _money(fields: dict[str, str]) -> tuple[Decimal | None, str, list[dict]]:
    """Payout and currency, and what could not be used of them: the status counts all the same."""
    given, doubts = {}, []
    for name in ("pay", "cc"):
        given[name] = fields.get(name, "")
        if found := macro(given[name]):
            given[name] = ""
            doubts.append(_not_replaced(name, found))
    pay, cc = given["pay"], given["cc"]
    payout, currency = parse_amount(pay), parse_currency(cc)
    if pay and payout is None:
        doubts.append(note("not-understood", name="pay", value=pay))
    if cc and not currency:
        doubts.append(note("not-understood", name="cc", value=cc))
    return payout, currency or parse_currency(pay), doubts


class _Verdicts:
    """Verdicts and details by what was said and what came of it, each made once: they are few."""

    def __init__(self):
        self._known = {}

    def __call__(self, said: _Said, result: statuses.Result) -> tuple[Verdict, list[dict]]:
        key = (id(said), result.changed, result.old, result.new, result.ignored, result.payout, result.currency)
        if (known := self._known.get(key)) is None:
            verdict, detail = _with_result(said, result)
            known = self._known[key] = verdict, [*([detail] if detail else []), *said.doubts]
        return known


def _with_result(said: _Said, result: statuses.Result) -> tuple[Verdict, dict | None]:
    if said.word.status is None:
        return Verdict.UNKNOWN_WORD, note("unknown", word=said.raw)
    if result.ignored:
        return Verdict.IGNORED, note("ignored", reason=result.ignored)
    if not result.changed:
        return Verdict.SAME, None
    if result.old == result.new:
        return Verdict.APPLIED, note("payout", payout=f"{result.payout.normalize():f} {result.currency}".strip())
    return Verdict.APPLIED, note("changed", old=result.old.value, new=result.new.value)


def _not_replaced(name: str, found: str) -> dict:
    return note("macro", name=name, macro=found)
