"""One conversation from JSON to JSON, with given answers instead of a network: for debugging, previews and test cases."""

import json
from urllib.parse import urlsplit

from affiliate.integrations import conversation, registry
from affiliate.integrations.base import Integration
from affiliate.integrations.fields import Credential, Parameter
from affiliate.integrations.lead import Lead
from affiliate.integrations.messages import Answer, Request, compact_json
from affiliate.integrations.outcomes import Outcome, StatusReport

ERRORS = ("timeout", "connect", "reset")
_KEYS = {
    "push": {"network", "credentials", "parameters", "base_url", "description", "lead", "answers"},
    "poll": {"network", "credentials", "parameters", "base_url", "description", "leads", "answers"},
}


class BadCase(ValueError):
    """The case cannot be run; the text names the field and the remedy."""


def run(kind: str, case: dict) -> dict:
    """Run a `push` or `poll` case.

    In: `network`, `credentials`, `parameters`, optional `base_url` and `description`, `lead` or `leads`, `answers`
    (each `{"status", "headers", "body"}` or `{"error": "timeout"|"connect"|"reset"}`).
    Out: `requests`, `outcome` (None while an answer is awaited) and, for a poll, `reports`. Raises BadCase.
    """
    _object("the case", case)
    for key in case:
        if key not in _KEYS[kind]:
            raise BadCase(f"{key}: unknown key; known keys: {', '.join(sorted(_KEYS[kind]))}")
    integration = build(case, kind)
    answers = [read_answer(number, raw) for number, raw in enumerate(_list("answers", case.get("answers", [])))]
    if kind == "push":
        talk = conversation.push(integration, _new_lead(case.get("lead", {})))
    else:
        talk = conversation.poll(integration, _sent_leads(case.get("leads", [])))
    requests = []
    for answer in [*answers, None]:
        if talk.request is None:
            break
        requests.append(show_request(talk.request))
        if answer is not None:
            talk.answer(answer)
    result = {"requests": requests, "outcome": show_outcome(talk.outcome)}
    if kind == "poll":
        result["reports"] = [show_report(report) for report in talk.reports]
    return result


def build(case: dict, kind: str) -> Integration:
    """The integration of a case with its values checked."""
    slug = case.get("network")
    if not isinstance(slug, str) or not slug:
        raise BadCase("network: give the slug of a network; `manage.py networks` lists them")
    try:
        integration = registry.get(slug)
    except registry.UnknownIntegration:
        raise BadCase(f"network: no network has the slug {slug!r}; `manage.py networks` lists them") from None
    credentials = _values("credentials", case.get("credentials", {}), integration.declared(Credential))
    asked = integration.declared(Parameter)
    address = _address(case.get("base_url", ""))
    if integration.needs_base_url and not (address or integration.base_url):
        raise BadCase(f"base_url: {slug} has no address of its own; give the one from the network's manager")
    parameters = _values("parameters", case.get("parameters", {}), asked, required=kind == "push")
    built = integration(
        credentials,
        parameters,
        base_url=address,
        description=_object("description", case.get("description", {})),
    )
    if kind == "poll" and not built.can_poll():
        raise BadCase(f"network: {slug} has no status poll; its statuses come by postback")
    return built


def show_request(request: Request) -> dict:
    """A request as JSON: pairs of the query and of forms as lists of two, `raw` the exact body as text."""
    shown = {
        "method": request.method,
        "url": request.url,
        "query": [list(pair) for pair in request.query],
        "headers": dict(request.headers),
        "format": request.format,
        "body": None,
        "raw": None,
    }
    if request.body is not None:
        shown["raw"] = request.body.decode("utf-8", "replace")
        pairs = request.format in ("form", "multipart")
        shown["body"] = [list(pair) for pair in request.data] if pairs else _parsed(request.data)
    return shown


def show_outcome(outcome: Outcome | None) -> dict | None:
    if outcome is None:
        return None
    shown = {name: getattr(outcome, name, "") for name in ("kind", "eid", "status", "reason")}
    return {**{name: str(text) or None for name, text in shown.items()}, "after": getattr(outcome, "after", None)}


def show_report(report: StatusReport) -> dict:
    return {
        "oid": report.oid or None,
        "eid": report.eid or None,
        "status": report.status and str(report.status),
        "raw_status": report.raw_status,
        "comment": report.comment,
        "payout": None if report.payout is None else str(report.payout),
        "currency": report.currency,
    }


def _parsed(data):
    return json.loads(compact_json(data))


def _object(name, value) -> dict:
    if not isinstance(value, dict):
        raise BadCase(f"{name}: expected an object")
    return value


def _list(name, value) -> list:
    if not isinstance(value, list):
        raise BadCase(f"{name}: expected a list")
    return value


def _text(name, value) -> str:
    if isinstance(value, (bool, dict, list)) or value is None:
        raise BadCase(f"{name}: expected text")
    try:
        str(value).encode()
    except UnicodeEncodeError:
        raise BadCase(f"{name}: holds half of a character; write the whole one") from None
    return str(value)


def _address(raw) -> str:
    address = _text("base_url", raw)
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = None
    if address and not (parts and parts.scheme in ("http", "https") and parts.hostname):
        raise BadCase("base_url: expected an address such as https://api.example.com")
    return address


def _lead(name, raw, unknown=()) -> Lead:
    for key, value in _object(name, raw).items():
        if key in unknown:
            raise BadCase(f"{name}.{key}: not known before the lead was sent; leave it out")
        if value is not None:
            _text(f"{name}.{key}", value)
    try:
        return Lead.from_mapping(raw)
    except ValueError as error:
        raise BadCase(str(error).replace("lead.", f"{name}.", 1)) from None


def _new_lead(raw) -> Lead:
    lead = _lead("lead", raw, unknown=("eid", "sent_at"))
    if not lead.phone.strip():
        raise BadCase("lead.phone: missing; a lead needs a phone, best as +40712345678")
    return lead


def _sent_leads(raw) -> list[Lead]:
    leads = [_lead(f"leads.{number}", one) for number, one in enumerate(_list("leads", raw))]
    if not leads:
        raise BadCase("leads: give at least one lead with its oid and eid")
    for number, lead in enumerate(leads):
        if not (lead.oid or lead.eid):
            raise BadCase(f"leads.{number}: give its oid, its eid or both")
    return leads


def _values(name, raw, declared, *, required=True) -> dict:
    values = _object(name, raw)
    for key in values:
        if key not in declared:
            raise BadCase(f"{name}.{key}: not declared by this network; declared: {', '.join(declared) or 'none'}")
    cleaned = {}
    for key, value in declared.items():
        given = values.get(key)
        if given in (None, "") and not required:
            continue
        try:
            cleaned[key] = value.clean(None if given is None else _text(f"{name}.{key}", given))
        except BadCase:
            raise
        except ValueError as error:
            raise BadCase(f"{name}.{key}: {error} ({str(value.help or value.label).rstrip('.')})") from None
    return cleaned


def read_answer(number: int, raw) -> Answer:
    name = f"answers.{number}"
    raw = _object(name, raw)
    for key in raw:
        if key not in ("status", "headers", "body", "error"):
            raise BadCase(f"{name}.{key}: unknown key; known keys: status, headers, body, or error alone")
    if "error" in raw:
        if raw["error"] not in ERRORS or len(raw) > 1:
            raise BadCase(f"{name}.error: expected one of {', '.join(ERRORS)}, and no other key beside it")
        return Answer(error=raw["error"])
    if not raw:
        raise BadCase(
            f'{name}: empty; give {{"status": 200, "headers": {{}}, "body": "text"}} or {{"error": "timeout"}}'
        )
    status = raw.get("status", 200)
    if isinstance(status, bool) or not isinstance(status, int) or not 100 <= status <= 599:
        raise BadCase(f"{name}.status: expected an HTTP code, a number from 100 to 599")
    headers = _object(f"{name}.headers", raw.get("headers", {}))
    body = raw.get("body", "")
    if isinstance(body, (dict, list)):
        body = compact_json(body)
    if not isinstance(body, str):
        raise BadCase(f"{name}.body: expected text")
    return Answer(
        status=status,
        headers={key: _text(f"{name}.headers.{key}", value) for key, value in headers.items()},
        body=body.encode("utf-8", "surrogatepass"),
    )
