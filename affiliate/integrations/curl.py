"""A request as a command for a shell, for people who want to send it by hand."""

import re
import shlex
from collections.abc import Mapping

from affiliate.integrations.masking import forms
from affiliate.integrations.messages import Request


def curl(request: Request, secrets: Mapping[str, str]) -> str:
    """The command; each secret stands in it as a variable of its name: `"$API"`."""
    words = _Words(secrets)
    parts = ["curl"]
    if request.method != ("GET" if request.body is None else "POST"):
        parts.append(f"--request {words.quoted(request.method)}")
    if request.follow_redirects:
        parts.append("--location")
    if re.search(r"[\[\]{}]", request.full_url):
        parts.append("--globoff")
    parts.append(words.quoted(request.full_url))
    parts += [f"--header {words.quoted(_header(name, value))}" for name, value in request.headers.items()]
    if request.body is not None:
        parts.append(f"--data-raw {words.quoted(request.body.decode('utf-8', 'replace'))}")
    return " \\\n  ".join(parts)


def _header(name: str, value: str) -> str:
    # With a colon and nothing behind it curl would leave the header out.
    return f"{name}: {value}" if value else f"{name};"


class _Words:
    def __init__(self, secrets: Mapping[str, str]):
        self._names = {form: name for name, secret in secrets.items() for form in forms([secret])}
        longest_first = sorted(self._names, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def quoted(self, text: str) -> str:
        """One word of a shell, whatever the text holds."""
        if not self._pattern:
            return shlex.quote(text)
        words, end = [], 0
        for match in self._pattern.finditer(text):
            if match.start() > end:
                words.append(shlex.quote(text[end : match.start()]))
            words.append(f'"${self._names[match[0]].upper()}"')
            end = match.end()
        if end < len(text) or not words:
            words.append(shlex.quote(text[end:]))
        return "".join(words)
