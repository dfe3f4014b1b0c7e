"""Errors of the JSON API as RFC 9457 documents."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus

from django.http import JsonResponse

from affiliate.intake.errors import FieldError

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """A request that ends in an error answer. `code` names the kind for programs, `detail` says it to people; `more` are members of its own."""

    def __init__(
        self,
        status: HTTPStatus,
        code: str,
        detail: str,
        *,
        errors: Iterable[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, str] | None = None,
    ):
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = list(errors)
        self.headers = dict(headers or {})
        self.more = dict(more or {})

    def as_dict(self) -> dict:
        return {
            "type": f"/api/docs#{self.code}",
            "title": self.status.phrase,
            "status": self.status.value,
            "detail": self.detail,
            "errors": [error.as_dict() for error in self.errors],
            **self.more,
        }

    def answer(self) -> JsonResponse:
        return JsonResponse(self.as_dict(), status=self.status, headers=self.headers, content_type=MEDIA_TYPE)
