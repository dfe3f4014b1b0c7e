"""A description as one JSON or YAML file, so that teams can share it."""

import json
import re

import yaml
from django.utils.translation import gettext as _

LARGEST = 64 * 1024
DEEPEST = 12
_ORDER = (
    *("notes", "statuses", "push", "poll"),
    *("confirmed", "url", "method", "encoding", "root", "headers", "signatures", "fields", "name", "value", "type"),
    *("optional", "hash", "of", "key", "batch", "errors", "rules", "when", "http", "path", "equals", "in", "exists"),
    *("absent", "text", "then", "list", "id", "id_is", "eid", "reason", "status", "payout", "currency", "comment"),
)


class BadDescription(ValueError):
    """The file cannot be read; the text says why, translated."""


def load(text: str):
    """The values of a JSON or YAML file, not validated yet: {} for an empty one. Raises BadDescription."""
    if len(text) > LARGEST:
        raise BadDescription(_("The file is too large: a description takes at most 64 KB."))
    try:
        found = json.loads(text.removeprefix("\ufeff"), object_pairs_hook=_once, parse_float=str, parse_constant=str)
    except BadDescription:
        raise
    except RecursionError:
        raise BadDescription(_too_deep()) from None
    except ValueError:
        return _yaml(text)
    if not _shallow(found, DEEPEST):
        raise BadDescription(_too_deep())
    return found


def dump(description) -> str:
    """The description as YAML, its parts in the order people read them; `load` gives it back."""
    return yaml.dump(_ordered(description), Dumper=_Writer, allow_unicode=True, sort_keys=False, width=110)


def _yaml(text: str):
    try:
        found = yaml.load(text, Loader=_Reader)
    except yaml.MarkedYAMLError as error:
        place = {"line": error.problem_mark.line + 1, "column": error.problem_mark.column + 1}
        raise BadDescription(_("Line %(line)s, column %(column)s: this is neither JSON nor YAML.") % place) from None
    except yaml.YAMLError:
        raise BadDescription(_("The file holds characters that no text has: save it as UTF-8.")) from None
    return {} if found is None else found


class _Reader(yaml.SafeLoader):
    """YAML of plain values: no aliases, no tags, bounded depth; only true, false, null and whole numbers are not text."""

    yaml_implicit_resolvers = {}

    def __init__(self, stream):
        super().__init__(stream)
        self.depth = 0

    def compose_node(self, parent, index):
        if self.check_event(yaml.AliasEvent) or self.peek_event().anchor or self.peek_event().tag:
            raise BadDescription(_("Write values out: the signs &, * and ! of YAML are not read here."))
        if self.depth == DEEPEST:
            raise BadDescription(_too_deep())
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node, deep=False):
        if any(not isinstance(name.value, str) for name, _value in node.value):
            raise BadDescription(_("A name has to be text."))
        return _once([(name.value, self.construct_object(value, deep=True)) for name, value in node.value])


for _tag, _pattern, _starts in (
    ("bool", r"true|false", "tf"),
    ("null", r"~|null|", ["~", "n", ""]),
    ("int", r"0|-?[1-9][0-9]{0,17}", "-0123456789"),
):
    _Reader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), list(_starts))


class _Writer(yaml.SafeDumper):
    def ignore_aliases(self, data):
        return True


def _once(pairs) -> dict:
    found = {}
    for name, value in pairs:
        if name in found:
            raise BadDescription(_("“%(name)s” stands twice in one place.") % {"name": name})
        found[name] = value
    return found


def _shallow(value, depth: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return inner is None or (depth > 0 and all(_shallow(one, depth - 1) for one in inner))


def _ordered(value):
    if isinstance(value, dict):
        places = {name: place for place, name in enumerate(_ORDER)}
        return {name: _ordered(value[name]) for name in sorted(value, key=lambda name: places.get(name, len(places)))}
    return [_ordered(one) for one in value] if isinstance(value, list) else value


def _too_deep() -> str:
    return _("The values are nested too deeply.")
