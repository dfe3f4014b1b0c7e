"""The parts of the OpenAPI schema that are not derived from a view's signature: bodies we read ourselves, and problems.

Descriptions are message ids; `translated` turns them into the reader's language.
"""

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from affiliate.intake import normalise, phones, problems

BATCH_LIMIT = 500
_DESCRIPTIONS = {
    "offer": _("The number of an offer, as GET /api/offers lists it."),
    "phone": _(
        "The customer's number: international with a plus, with the country's code, or national when country is sent."
    ),
    "name": _("First and last name."),
    "country": _("Two letters by ISO 3166-1; taken from the phone when absent."),
    "ip": _("The customer's address; the first one of a comma list."),
    "user_agent": _("The customer's browser."),
    "price": _("What the customer was told to pay."),
    "currency": _("Three letters by ISO 4217."),
    "sub1": _("Your label, given back with the lead."),
    "test": _("true: only the sandbox network gets it. Leads named “test” are marked too, and go out like any other."),
}
_EXAMPLE = {
    "offer": 1,
    "phone": "+40712345678",
    "name": "Ion Popescu",
    "country": "RO",
    "ip": "203.0.113.7",
    "sub1": "c1",
}
_TYPES = {
    "offer": {"type": ["integer", "string"], "pattern": "^[0-9]{1,18}$", "minimum": 0},
    "quantity": {
        "type": ["integer", "string", "null"],
        "default": 1,
        "minimum": 1,
        "maximum": normalise.QUANTITY_LIMIT,
    },
    "test": {"enum": [True, False, "true", "false", "yes", "no", "on", "off", "1", "0", 1, 0, "", None]},
    "email": {
        "anyOf": [
            {"type": "string", "format": "email", "maxLength": normalise.limit("email")},
            {"type": "string", "maxLength": 0},
            {"type": "null"},
        ]
    },
}


def _field(name: str) -> dict:
    field = dict(_TYPES.get(name, {"type": ["string", "number", "null"]}))
    if name in normalise.WHOLE:
        field["maxLength"] = normalise.limit(name)
    if name == phones.FIELD:
        most = normalise.limit("phone_typed")
        field |= {"type": ["string", "integer"], "minLength": 1, "maxLength": most}
    if name in _DESCRIPTIONS:
        field["description"] = _DESCRIPTIONS[name]
    return field


LEAD = {
    "type": "object",
    "required": ["offer", "phone"],
    "properties": {name: _field(name) for name in sorted(normalise.KNOWN)},
    "additionalProperties": True,
    "description": _("Fields that are not listed are kept with the lead as text, at most 50 of them."),
    "example": _EXAMPLE,
}
_KEY = {"type": ["string", "null"], "maxLength": normalise.KEY_LIMIT}
_KEYED_LEAD = {**LEAD, "properties": {**LEAD["properties"], "idempotency_key": _KEY}}
BATCH = {
    "type": "object",
    "required": ["leads"],
    "properties": {
        "leads": {
            "type": "array",
            "minItems": 1,
            "maxItems": BATCH_LIMIT,
            "items": {"anyOf": [_KEYED_LEAD, {"description": _("Anything else gets the verdict 422.")}]},
        }
    },
    "example": {"leads": [{**_EXAMPLE, "idempotency_key": "order-1"}]},
}
_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "errors"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "message", "remedy"],
                "properties": {name: {"type": "string"} for name in ("field", "code", "message", "remedy")},
            },
        },
    },
}
_STATUSES = {
    400: _("The body cannot be read."),
    401: _("The key is missing or wrong."),
    403: _("The source is switched off, or the key may not do this, or not from here."),
    404: _("There is no such lead of this source."),
    409: _("The key came with other content before, or the lead repeats another one and such are not taken."),
    413: _("The body is too big."),
    415: _("The body is not JSON in UTF-8."),
    422: _("A field cannot be taken; errors names each one."),
    429: _("Too many calls in this minute; try again after Retry-After seconds."),
    500: _("The hub failed; the same may be sent again."),
    503: _("The database does not answer; try again after Retry-After seconds."),
}
KEY_PARAMETER = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "schema": {"type": "string", "maxLength": normalise.KEY_LIMIT},
    "description": _("Your id of the lead: the same key gives the same lead, however often it is sent."),
}


def operation(*statuses: int, body: dict | None = None, parameters: tuple = ()) -> dict:
    """What an operation answers beside success, and the body it takes."""
    problem = {"content": {problems.MEDIA_TYPE: {"schema": _PROBLEM}}}
    extra = {
        "responses": {
            status: {"description": _STATUSES[status], **problem} for status in (401, 403, *statuses, 429, 500, 503)
        }
    }
    if parameters:
        extra["parameters"] = list(parameters)
    if body:
        extra["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return extra


def translated(node):
    """A copy of a schema with its texts in the active language."""
    if isinstance(node, dict):
        return {
            name: gettext(value)
            if name in ("description", "summary") and isinstance(value, str) and value
            else translated(value)
            for name, value in node.items()
        }
    return [translated(one) for one in node] if isinstance(node, list) else node
