"""One conversation from JSON to JSON, with given answers instead of a network: for debugging, previews and test cases."""

import json

from affiliate.integrations import conversation, registry
from affiliate.integrations.base import Integration
from affiliate.integrations.fields import Credential, Parameter
from affiliate.integrations.lead import Lead
from affiliate.integrations.messages import Answer, Request, compact_json
from affiliate.integrations.outcomes import Outcome, StatusReport

ERRORS = ("timeout", "connect", "reset")
_KEYS = {
    "push": {"network", "credentials", "parameters", "base_url", "lead", "answers"},
    "poll": {"network", "credentials", "parameters", "base_url", "leads", "answers"},
}


class BadCase(ValueError):
    """The case cannot be run; the text names the field and the remedy."""


def run(kind: str, case: dict) -> dict:
    """Run a `push` or `poll` case.

    In: `network`, `credentials`, `parameters`, optional `base_url`, `lead` or `leads`, `answers`
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
        talk = conversation.push(integration, _lead("lead", case.get("lead", {})))
    else:
        leads = [_lead(f"leads.{number}", raw) for number, raw in enumerate(_list("leads", case.get("leads", [])))]
        if not leads:
            raise BadCase("leads: give at least one lead with its oid and eid")
        talk = conversation.poll(integration, leads)
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
    if kind == "poll" and not integration.polls():
        raise BadCase(f"network: {slug} has no status poll; its statuses come by postback")
    credentials = _values("credentials", case.get("credentials", {}), integration.declared(Credential))
    asked = integration.declared(Parameter)
    parameters = _values("parameters", case.get("parameters", {}), asked, required=kind == "push")
    return integration(credentials, parameters, base_url=_text("base_url", case.get("base_url", "")))


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
    shown = {name: getattr(outcome, name, None) or None for name in ("kind", "eid", "status", "reason", "after")}
    return {name: str(value) if name != "after" and value is not None else value for name, value in shown.items()}


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
    return str(value)


def _lead(name, raw) -> Lead:
    try:
        return Lead.from_mapping(_object(name, raw))
    except ValueError as error:
        raise BadCase(f"{name}: {error}" if not str(error).startswith("lead") else str(error)) from None


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
            raise BadCase(f"{name}.{key}: {error}") from None
    return cleaned


def read_answer(number: int, raw) -> Answer:
    raw = _object(f"answers.{number}", raw)
    if "error" in raw:
        if raw["error"] not in ERRORS:
            raise BadCase(f"answers.{number}.error: expected one of {', '.join(ERRORS)}")
        return Answer(error=raw["error"])
    headers = {
        str(key): str(value) for key, value in _object(f"answers.{number}.headers", raw.get("headers", {})).items()
    }
    try:
        status = int(raw.get("status", 200))
    except (TypeError, ValueError):
        raise BadCase(f"answers.{number}.status: expected an HTTP code") from None
    body = raw.get("body", "")
    text = body if isinstance(body, str) else compact_json(body)
    return Answer(status=status, headers=headers, body=text.encode("utf-8", "surrogatepass"))
