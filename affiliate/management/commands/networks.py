"""`manage.py networks`: what each network of the registry asks for and can do."""

import json

from django.core.management.base import BaseCommand
from django.utils import translation

from affiliate.integrations import registry
from affiliate.integrations.base import Integration
from affiliate.integrations.fields import Value
from affiliate.management.streams import print_utf8
from affiliate.management.tables import table

HEAD = ("slug", "title", "evidence", "push", "poll", "tails", "credentials", "parameters")


class Command(BaseCommand):
    help = "Lists the networks: credentials, parameters, postback tails, whether they push and poll, status words."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="a list of objects instead of a table")
        parser.add_argument("--all", action="store_true", help="the general integrations too")

    def handle(self, *args, **options):
        print_utf8()
        found = registry.integrations() if options["all"] else registry.networks()
        listed = [describe(found[slug]) for slug in sorted(found)]
        if options["json"]:
            self.stdout.write(json.dumps(listed, ensure_ascii=False, indent=2))
        else:
            self.stdout.write(table([HEAD, *map(_row, listed)]))


def describe(integration: type[Integration]) -> dict:
    """An integration as JSON; a text for people is English, with its Russian under `<name>_ru`.

    `push` and `poll` say what the code speaks by itself; `described` that the protocol comes from the network's settings.
    """
    return {
        "slug": integration.slug,
        **_both("title", integration.title),
        "site": integration.site,
        "evidence": str(integration.evidence),
        "base_url": integration.base_url or None,
        "needs_base_url": integration.needs_base_url,
        "credentials": [_value(value) for value in integration.credentials().values()],
        "parameters": [_value(value) for value in integration.parameters().values()],
        **_both("instructions", integration.instructions),
        **_both("tails_intro", integration.tails_intro if integration.tails else ""),
        "tails": [{**_both("event", tail.event), "tail": tail.tail} for tail in integration.tails],
        "postback_fields": [
            {**_both("field", field), **_both("value", value)} for field, value in integration.postback_fields
        ],
        "notes": [_both("note", note) for note in integration.notes],
        "push": integration.described_push is None,
        "described": integration.described_push is not None,
        "poll": {"batch": integration.poll_batch} if integration.polls() else None,
        "statuses": {word: str(status) for word, status in integration.statuses.items()},
    }


def _row(one: dict) -> tuple[str, ...]:
    poll = f"by {one['poll']['batch']}" if one["poll"] else "-"
    names = [", ".join(value["name"] for value in one[kind]) or "-" for kind in ("credentials", "parameters")]
    push = "yes" if one["push"] else "described"
    return (one["slug"], one["title"], one["evidence"], push, poll, str(len(one["tails"]) or "-"), *names)


def _value(value: Value) -> dict:
    return {
        "name": value.name,
        **_both("label", value, read=lambda value: value.label),
        **_both("help", value.help),
        "required": value.required,
        "secret": value.secret,
        "default": value.default or None,
        "choices": [{"value": key, **_both("label", label)} for key, label in value.choices],
    }


def _both(name: str, text, *, read=str) -> dict[str, str]:
    with translation.override("en"):
        english = str(read(text))
    with translation.override("ru"):
        return {name: english, f"{name}_ru": str(read(text))}
