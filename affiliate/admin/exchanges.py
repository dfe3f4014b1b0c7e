"""Kept requests and answers, readable: JSON indented, forms a pair a line."""

import json
from collections.abc import Callable
from urllib.parse import parse_qsl

from affiliate.admin import said

FORM = "application/x-www-form-urlencoded"


def readable(exchanges: list[dict], hide: Callable[[str], str] = str) -> list[dict]:
    """For the template `admin/hub/exchanges.html`. `hide` goes over every text."""
    return [_exchange(one, hide) for one in exchanges if isinstance(one, dict)]


def _exchange(kept: dict, hide) -> dict:
    request, answer = kept.get("request") or {}, kept.get("answer")
    shown = {
        "method": request.get("method", ""),
        "url": hide(request.get("url", "")),
        "headers": _headers(request, hide),
        "body": hide(_body(request)),
        "answer": None,
    }
    if answer is not None:
        shown["answer"] = {
            "status": answer.get("status"),
            "error": said.error(answer.get("error", "")),
            "seconds": answer.get("seconds"),
            "headers": _headers(answer, hide),
            "body": hide(_body(answer)),
        }
    return shown


def _headers(message: dict, hide) -> list[tuple[str, str]]:
    return [(name, hide(value)) for name, value in (message.get("headers") or {}).items()]


def _body(message: dict) -> str:
    body = message.get("body") or ""
    if not isinstance(body, str):
        return json.dumps(body, ensure_ascii=False, indent=2)
    headers = {name.lower(): str(value) for name, value in (message.get("headers") or {}).items()}
    if headers.get("content-type", "").startswith(FORM):
        return "\n".join(f"{name} = {value}" for name, value in parse_qsl(body, keep_blank_values=True)) or body
    try:
        return json.dumps(json.loads(body), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return body
