"""The reference system's lead API, for landing pages and partners that switch by changing host and key.

HTTP 200 always, the verdict is in the body. `id=<source id>-<key>` and every other parameter come in the query or the
body (a form or JSON); the body wins. `id` of an answer is a number, as old clients expect.
"""

import functools
import logging
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core.exceptions import BadRequest, SuspiciousOperation, TooManyFieldsSent
from django.db.models import Q, QuerySet
from django.http import HttpRequest, JsonResponse, QueryDict
from django.http.multipartparser import MultiPartParserError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from affiliate.intake import access, bodies, failures, not_taken, reference, text
from affiliate.intake.errors import FieldError, Invalid
from affiliate.intake.leads import take
from affiliate.models import Lead, Source, SourceKey

log = logging.getLogger(__name__)
AUTO = "auto"
# What Django puts in the place of bytes that are no UTF-8.
_UNREADABLE = "\ufffd"
_NUMBER = re.compile("[0-9]{1,18}")
# The source in the query of a call whose body cannot be read.
_NAMED = re.compile("(?:^|&)id=([0-9]+-)")
IDS_LIMIT = 1000
ROWS_LIMIT = 10_000


class Refusal(Exception):
    """An error answer: a word of the reference and, for people, why."""

    def __init__(self, word: str, info: str):
        super().__init__(word)
        self.word = word
        self.info = info


@dataclass(frozen=True)
class Call:
    """Who calls and with what; `browser` is what a form's call tells of the customer by itself."""

    source: Source
    query: dict
    body: dict
    browser: dict

    @property
    def fields(self) -> dict:
        return {**self.query, **self.body}


def _function(right: str):
    """A view of a Call that turns every failure into an answer of the reference."""

    def decorate(view):
        @csrf_exempt
        @functools.wraps(view)
        def answer(request: HttpRequest, **more) -> JsonResponse:
            if request.method not in ("GET", "POST"):
                # What only asks, as HEAD and OPTIONS do, must not make a lead.
                return _json(reference.error("func", _("Send a POST.")))
            return _json(_answer(view, right, request, more))

        return answer

    return decorate


def _answer(view, right: str, request: HttpRequest, more: dict):
    try:
        query, body = _read(request)
        key = _key(request, {**body, **query}.get("id"), right)
        return view(Call(key.source, query, body, access.browser(request, key)), **more)
    except Refusal as refusal:
        if right == access.SEND and refusal.word == "data":
            named = _NAMED.search(request.META["QUERY_STRING"])
            not_taken.denied(request, named[1] if named else "", "malformed", refusal.info)
        return reference.error(refusal.word, refusal.info)
    except Invalid as error:
        if right == access.SEND:
            not_taken.note(key.source_id, error.errors[:1])
        return reference.error_of(error.errors, {**query, **body})
    except Exception:
        # The reference's word for "internal, send it again": the sender keeps the lead.
        log.exception("%s failed", request.path)
        return reference.error("db", _("The hub failed; send the same again."))


@_function(access.SEND)
def push(call: Call) -> dict:
    """wm/push and comp/add."""
    taken = take(source=call.source, data=reference.to_ours(call.fields), caller=call.browser)
    return {"status": "ok", "id": taken.lead.pk}


@_function(access.SEND)
def add(call: Call) -> dict:
    """ext/add: beside the authority in the query the body has an `id` of its own, the sender's id of the lead or `auto`."""
    uid = text.read("id", call.body.get("id")) if "id" in call.query else ""
    key = uid if uid.lower() != AUTO else ""
    data = reference.to_ours(call.fields)
    taken = take(source=call.source, data=data, key=key, key_field="id", caller=call.browser)
    return {"status": "ok", "id": taken.lead.pk, "uid": key or taken.lead.oid}


@_function(access.READ)
def list_by_agency(call: Call, *, by_id: bool = False):
    """ext/list: by `ids` (the sender's or ours, with commas), or by the days `from` to `to` on which leads came.

    The reference's two systems answer in two shapes: a list, or `by_id` an object with our number as the name.
    """
    states = [_state(lead) for lead in _listed(call)]
    return {state["id"]: state for state in states} if by_id else states


def _listed(call: Call) -> list[Lead]:
    leads = Lead.objects.filter(source=call.source)
    if ids := _ids(call.fields):
        if len(ids) > IDS_LIMIT:
            raise Refusal("data", _("Send at most %(limit)s at once.") % {"limit": IDS_LIMIT})
        return _by_ids(leads, ids)
    start, end = _day(call.fields, "from"), _day(call.fields, "to")
    if not start:
        raise Refusal("data", _("Send ids, or the days from and to."))
    return _came(leads, start, end or _today())


def _ids(fields: dict) -> list[str]:
    """A comma list, or a list as `ids[]` in a form and in JSON."""
    given = fields.get("ids[]") or fields.get("ids")
    parts = given if isinstance(given, list) else [given]
    return [one.strip() for part in parts for one in text.read("ids", part).split(",") if one.strip()]


def _by_ids(leads: QuerySet, ids: list[str]) -> list[Lead]:
    """A number that the sender gave a lead itself is that lead's, whichever lead has it with us."""
    found = list(leads.filter(Q(oid__in=ids) | Q(idempotency_key__in=ids)))
    left = set(ids).difference(*({lead.oid, lead.idempotency_key} for lead in found))
    numbers = [int(one) for one in left if _NUMBER.fullmatch(one)]
    if numbers:
        found += leads.filter(pk__in=numbers).exclude(pk__in=[lead.pk for lead in found])
    return sorted(found, key=lambda lead: lead.pk)


@_function(access.READ)
def list_by_webmaster(call: Call) -> list[dict]:
    """wm/lead: leads of a `day` (today when absent), all or of one `offer`, `flow` or `site`, of one `status` (w, a, c)."""
    fields = call.fields
    day = _day(fields, "day") or _today()
    leads = Lead.objects.filter(source=call.source)
    if offer := text.read("offer", fields.get("offer")):
        leads = leads.filter(offer__in=[int(offer)] if _NUMBER.fullmatch(offer) else [])
    for name in ("flow", "site"):
        if asked := text.read(name, fields.get(name)):
            leads = leads.filter(**{f"extra__{name}": asked})
    if stages := text.read("status", fields.get("status")):
        if stages not in reference.STAGES:
            raise Refusal("data", _("The status is w, a or c."))
        leads = leads.filter(status__in=reference.STAGES[stages])
    return [_state(lead) | _labels(lead) for lead in _came(leads, day, day)]


@csrf_exempt
def unknown(request: HttpRequest, app: str, function: str) -> JsonResponse:
    """What the hub does not serve."""
    known = app in ("wm", "ext", "comp", "sale")
    return _json(
        reference.error("func" if known else "app", _("There is no %(name)s.") % {"name": f"{app}/{function}"})
    )


def _json(answer) -> JsonResponse:
    return JsonResponse(answer, safe=False)


_DENIED = {"key": "key", "disabled": "security", "limit": "db"}


def _key(request: HttpRequest, key, right: str) -> SourceKey:
    said = key if isinstance(key, str) else ""
    try:
        return access.admit(request, said, right)
    except access.Denied as error:
        if right == access.SEND:
            not_taken.denied(request, said, error.code)
        if error.code == "key":
            raise Refusal("key", _("Send id=<source id>-<key> as the source's page shows it.")) from None
        problem = failures.of_denied(error)
        raise Refusal(_DENIED.get(error.code, "access"), f"{problem.detail} {problem.errors[0].remedy}") from None


def _read(request: HttpRequest) -> tuple[dict, dict]:
    """The fields of the query and of the body, apart."""
    try:
        query = _form(request.META["QUERY_STRING"].encode("latin-1", "replace"))
        raw = bodies.read(request)
        if request.content_type == "application/json" or bodies.looks_like_json(raw):
            body = bodies.read_json(request)
        else:
            body = _flat(request.POST) if request.content_type == "multipart/form-data" else _form(raw)
    except bodies.Unreadable as error:
        problem = failures.of_unreadable(error)
        raise Refusal("data", f"{problem.detail} {problem.errors[0].remedy}") from None
    except TooManyFieldsSent:
        limit = {"limit": settings.DATA_UPLOAD_MAX_NUMBER_FIELDS}
        raise Refusal("data", _("Send at most %(limit)s fields.") % limit) from None
    except (BadRequest, SuspiciousOperation, MultiPartParserError) as error:
        raise Refusal("data", _("The form cannot be read: %(reason)s") % {"reason": error}) from None
    if not isinstance(body, dict):
        raise Refusal("data", _("The body is no object."))
    return query, body


def _form(raw: bytes) -> dict:
    """Whatever it is declared as. What is no UTF-8 is read as windows-1251, in which older landing pages are written."""
    try:
        typed = raw.decode()
    except UnicodeDecodeError:
        typed = raw.decode("windows-1251", "replace")
    fields = QueryDict(typed)
    if any(_UNREADABLE in value for _name, values in fields.lists() for value in values):
        fields = QueryDict(typed, encoding="windows-1251")
    return _flat(fields)


def _flat(fields: QueryDict) -> dict:
    """The last value of a name, as PHP reads it; a name with [] has them all."""
    return {name: values if name.endswith("[]") else values[-1] for name, values in fields.lists() if values}


def _day(fields: dict, name: str) -> datetime | None:
    """The start of a day in the hub's zone, from 2026-03-01 or unix seconds."""
    typed = text.read(name, fields.get(name))
    if not typed:
        return None
    try:
        moment = datetime.fromtimestamp(int(typed), UTC) if typed.isdigit() else datetime.fromisoformat(typed)
        if not 2000 <= moment.year < 3000:
            raise ValueError("no day of a lead")
        return _midnight(moment)
    except (ValueError, OverflowError, OSError):
        remedy = _("Send a day such as 2026-03-01.")
        raise Invalid(FieldError(name, "malformed", _("%(field)s is no day.") % {"field": name}, remedy)) from None


def _today() -> datetime:
    return _midnight(timezone.now())


def _midnight(moment: datetime) -> datetime:
    local = timezone.localtime(moment) if moment.tzinfo else moment
    return timezone.make_aware(datetime(local.year, local.month, local.day))


def _came(leads, first: datetime, last: datetime) -> list[Lead]:
    """Leads that came from one day to another, both whole. More than one answer may hold is refused, not cut."""
    rows = list(
        leads.filter(created_at__gte=first, created_at__lt=last + timedelta(days=1)).order_by("pk")[: ROWS_LIMIT + 1]
    )
    if len(rows) > ROWS_LIMIT:
        raise Refusal("data", _("There are more than %(limit)s leads: ask for fewer days.") % {"limit": ROWS_LIMIT})
    return rows


def _state(lead: Lead) -> dict:
    return {
        "id": lead.pk,
        "uid": lead.idempotency_key or lead.oid,
        "stage": lead.status,
        "status": reference.number_of(lead.status, lead.delivery),
        "status_text": lead.get_status_display(),
        "reason": 0,
        "reason_text": lead.status_reason,
    }


def _labels(lead: Lead) -> dict:
    names = (
        "utm_source",
        "utm_campaign",
        "utm_content",
        "utm_term",
        "utm_medium",
        "sub1",
        "sub2",
        "sub3",
        "sub4",
        "sub5",
    )
    return {"offer": lead.offer_id, "flow": lead.extra.get("flow", "")} | {name: getattr(lead, name) for name in names}
