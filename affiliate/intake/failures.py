"""What the JSON API answers when something is wrong, on either side."""

import logging
from http import HTTPStatus

from django.db import Error as DatabaseFailure
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, ValidationError

from affiliate.delivery.per_minute import seconds_left
from affiliate.intake import not_taken
from affiliate.intake.access import Denied
from affiliate.intake.bodies import Unreadable
from affiliate.intake.duplicates import CODE, Repeats
from affiliate.intake.errors import FieldError, Invalid
from affiliate.intake.problems import Problem

log = logging.getLogger(__name__)
RETRY_AFTER = 5


def install(api: NinjaAPI) -> None:
    """Every exception of a view becomes a problem document; none becomes a traceback."""
    problems = {
        Problem: lambda problem: problem,
        Invalid: of_invalid,
        Unreadable: of_unreadable,
        AuthenticationError: lambda error: _no_key(),
        Denied: of_denied,
        ValidationError: _of_parameters,
        DatabaseFailure: _of_database,
        Exception: _of_bug,
    }
    for kind, problem_of in problems.items():
        api.add_exception_handler(kind, _handler(problem_of))


def _handler(problem_of):
    def handle(request: HttpRequest, error: Exception) -> HttpResponse:
        problem = problem_of(error)
        key = getattr(request, "auth", None)
        if key and request.method == "POST":
            not_taken.note(key.source_id, problem.errors[:1])
        return problem.answer()

    return handle


def of_invalid(error: Invalid) -> Problem:
    if any(one.code == "reused" for one in error.errors):
        return Problem(
            HTTPStatus.CONFLICT, "reused", _("This key came with other content before."), errors=error.errors
        )
    if isinstance(error, Repeats):
        more = {"duplicate_of": error.oid} if error.oid else {}
        return Problem(HTTPStatus.CONFLICT, CODE, error.errors[0].message, errors=error.errors, more=more)
    detail = _("Not taken: %(fields)s.") % {"fields": ", ".join(one.field for one in error.errors)}
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", detail, errors=error.errors)


def of_unreadable(error: Unreadable) -> Problem:
    remedy = _('Send one JSON object in UTF-8, for example {"offer": 1, "phone": "+40712345678"}.')
    if error.code == "too_big":
        message, remedy = _("The body is too big."), _("Send at most 1 MB; split a batch.")
        return _of_body(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-big", message, remedy)
    if error.code == "not_utf8":
        return _of_body(HTTPStatus.BAD_REQUEST, "malformed", _("The body is not UTF-8."), remedy)
    if error.code == "broken_off":
        message, remedy = _("The body broke off."), _("Send it again.")
        return _of_body(HTTPStatus.BAD_REQUEST, "malformed", message, remedy)
    message = _("The body is no JSON: %(reason)s.") % {"reason": error.detail}
    return _of_body(HTTPStatus.BAD_REQUEST, "malformed", message, remedy)


def of_denied(error: Denied) -> Problem:
    return _DENIED[error.code]()


def _no_key() -> Problem:
    """The same for a missing key, an unknown source, a wrong key and one whose time is over."""
    message = _("The key is missing or wrong.")
    remedy = _("Send the header “Authorization: Bearer <source id>-<key>” as the source's page shows it.")
    errors = [FieldError("Authorization", "unknown", message, remedy)]
    headers = {"WWW-Authenticate": "Bearer"}
    return Problem(HTTPStatus.UNAUTHORIZED, "key", message, errors=errors, headers=headers)


def _forbidden(code: str, field: str, message: str, remedy: str) -> Problem:
    errors = [FieldError(field, "disabled", message, remedy)]
    return Problem(HTTPStatus.FORBIDDEN, code, message, errors=errors)


def _source_disabled() -> Problem:
    remedy = _("Ask the hub's manager to switch it on.")
    return _forbidden("disabled", "Authorization", _("The source is switched off."), remedy)


def _wrong_address() -> Problem:
    remedy = _("Ask the hub's manager to add your server's address to the source.")
    return _forbidden("address", "Authorization", _("The source's keys are not for this address."), remedy)


def _wrong_site() -> Problem:
    message = _("The form key is only for pages of the source's sites.")
    remedy = _("Ask the hub's manager to add the site to the source, as https://shop.example.")
    return _forbidden("site", "Origin", message, remedy)


def _no_right() -> Problem:
    remedy = _("Ask the hub's manager for a key that may.")
    return _forbidden("right", "Authorization", _("The key may not do this."), remedy)


def _too_many() -> Problem:
    message, after = _("Too many calls in this minute."), seconds_left()
    remedy = _("Send the same again in %(seconds)s seconds.") % {"seconds": after}
    errors = [FieldError("", "too_many", message, remedy)]
    headers = {"Retry-After": str(after)}
    return Problem(HTTPStatus.TOO_MANY_REQUESTS, "limit", message, errors=errors, headers=headers)


_DENIED = {
    "key": _no_key,
    "disabled": _source_disabled,
    "address": _wrong_address,
    "site": _wrong_site,
    "right": _no_right,
    "limit": _too_many,
}


def not_json() -> Problem:
    message = _("The body is not declared as JSON in UTF-8.")
    errors = [FieldError("Content-Type", "wrong_type", message, _("Send the header “Content-Type: application/json”."))]
    return Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "not-json", message, errors=errors)


def no_page(request: HttpRequest, **kwargs) -> HttpResponse:
    """The view of every address under /api/ that is none; programs cannot read the page that people get."""
    message = _("There is no %(name)s.") % {"name": request.path}
    remedy = _("GET /api/docs shows the addresses; they end without a slash.")
    errors = [FieldError("", "unknown", message, remedy)]
    return Problem(HTTPStatus.NOT_FOUND, "no-page", message, errors=errors).answer()


def no_lead() -> Problem:
    message = _("This source has no such lead.")
    errors = [FieldError("oid", "unknown", message, _("Send an oid that POST /api/leads answered to this source."))]
    return Problem(HTTPStatus.NOT_FOUND, "unknown", message, errors=errors)


def _of_body(status: HTTPStatus, code: str, message: str, remedy: str) -> Problem:
    return Problem(status, code, message, errors=[FieldError("body", "malformed", message, remedy)])


def _of_parameters(error: ValidationError) -> Problem:
    return of_invalid(Invalid(*(_of_parameter(one) for one in error.errors)))


def _of_parameter(error: dict) -> FieldError:
    name = str(error["loc"][-1])
    message = _("%(field)s cannot be read.") % {"field": name}
    return FieldError(name, "out_of_range", message, _("Send a whole number within the documented limits."))


def _of_database(error: DatabaseFailure) -> Problem:
    log.exception("the database failed in the lead API")
    message = _("The database does not answer.")
    remedy = _again()
    errors = [FieldError("", "unavailable", message, remedy)]
    headers = {"Retry-After": str(RETRY_AFTER)}
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", message, errors=errors, headers=headers)


def _again() -> str:
    return _("Send the same again within ten minutes, or with its Idempotency-Key: it makes no second lead.")


def _of_bug(error: Exception) -> Problem:
    log.exception("the lead API failed")
    message = _("The hub failed; its log has the cause.")
    remedy = _again()
    return Problem(
        HTTPStatus.INTERNAL_SERVER_ERROR, "failed", message, errors=[FieldError("", "unavailable", message, remedy)]
    )
