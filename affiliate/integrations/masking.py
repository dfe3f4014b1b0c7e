"""Hides secrets in anything that is stored, logged or shown."""

import json
from collections.abc import Iterable
from html import escape
from urllib.parse import quote, quote_plus

MASK = "•••"
SHORTEST = 4


def mask(text: str, secrets: Iterable[str]) -> str:
    """The text with each secret replaced, also where it stands URL-encoded, escaped in JSON or as HTML."""
    for form in sorted(forms(secrets), key=len, reverse=True):
        text = text.replace(form, MASK)
    return text


def forms(secrets: Iterable[str], *, shortest: int = SHORTEST) -> set[str]:
    """How the secrets may stand in a text. Those that are too short to be told from other text are left out."""
    found = set()
    for secret in secrets:
        if len(secret) < shortest:
            continue
        escaped = json.dumps(secret)[1:-1]
        found |= {
            secret,
            quote(secret, safe=""),
            quote(secret),
            quote_plus(secret),
            escaped,
            escaped.replace("/", "\\/"),
        }
        found |= {quote(secret, safe="").lower(), json.dumps(secret, ensure_ascii=False)[1:-1], escape(secret)}
    return found
