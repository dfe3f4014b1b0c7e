"""`manage.py wire push|poll`: one conversation with a network shown as JSON, with given answers and no socket."""

import json
import sys

from django.core.management.base import BaseCommand, CommandError

from affiliate.integrations import wire
from affiliate.management.streams import print_utf8

EMPTY = 'standard input: empty; give a JSON object such as {"network": "…", "credentials": {…}, "lead": {…}}'


class Command(BaseCommand):
    help = (
        "Shows what would be sent to a network and how given answers would be read. Reads a JSON object from standard "
        "input, or one object a line; nothing is sent. Exit code 2 and a reason when a case cannot be run."
    )
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("kind", choices=["push", "poll"])

    def handle(self, *args, kind, **options):
        try:
            text = sys.stdin.buffer.read().decode("utf-8-sig").strip()
        except UnicodeDecodeError as error:
            raise CommandError(f"standard input: not UTF-8 at byte {error.start}", returncode=2) from None
        if not text:
            raise CommandError(EMPTY, returncode=2)
        print_utf8()
        lines, indent = split(text)
        reasons = []
        for number, line in enumerate(lines, start=1):
            try:
                shown = wire.run(kind, read(line))
            except wire.BadCase as error:
                reasons.append(f"line {number}: {error}" if len(lines) > 1 else str(error))
                shown = {"error": str(error)}
            self.stdout.write(printable(json.dumps(shown, ensure_ascii=False, indent=indent)))
        if reasons:
            raise CommandError("\n".join(map(printable, reasons)), returncode=2)


def split(text: str) -> tuple[list[str], int | None]:
    """The cases of a text and the indent of what is printed: a case over several lines is one, and is answered so."""
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) > 1 and (lines[0].strip() in ("{", "[") or not isinstance(parsed(text), ValueError)):
        return [text], 2
    return lines, None


def read(line: str):
    case = parsed(line)
    if isinstance(case, ValueError):
        raise wire.BadCase(f"standard input: not JSON: {case}; give a JSON object, or one on each line")
    return case


def parsed(text: str):
    """The value of a JSON text, or the ValueError that says why it is none."""
    try:
        return json.loads(text)
    except ValueError as error:
        return error
    except RecursionError:
        return ValueError("nested too deep")


def printable(text: str) -> str:
    """The text without halves of characters, which no output takes."""
    return text.encode("utf-8", "replace").decode()
