"""Requests and answers as they are kept for people: secrets masked, bodies bounded."""

from affiliate.integrations.masking import mask
from affiliate.integrations.messages import Answer, Request

LONGEST = 20_000


def keep_request(request: Request, secrets: list[str]) -> dict:
    return {
        "method": request.method,
        "url": _text(request.full_url, secrets),
        "headers": {name: _text(value, secrets) for name, value in request.headers.items()},
        "body": None if request.body is None else _text(request.body.decode("utf-8", "replace"), secrets),
    }


def keep_answer(answer: Answer, secrets: list[str], seconds: float) -> dict:
    return {
        "status": answer.status,
        "error": answer.error,
        "headers": {name: _text(value, secrets) for name, value in list(answer.headers.items())[:40]},
        "body": _text(answer.text, secrets),
        "seconds": round(seconds, 3),
    }


def reason(text: str, secrets: list[str]) -> str:
    """A reason as it is stored: one masked line."""
    return _text(" ".join(str(text).split()), secrets)[:300]


def _text(text: str, secrets: list[str]) -> str:
    # PostgreSQL cannot store NUL.
    masked = mask(str(text), secrets).replace("\x00", "\ufffd")
    return masked if len(masked) <= LONGEST else f"{masked[:LONGEST]}… ({len(masked)})"
