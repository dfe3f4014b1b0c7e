"""Says what is wrong with a description: where, and what to do."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from affiliate.integrations.description import answers, building, parts, placeholders, scopes
from affiliate.integrations.description.checks import LONGEST, Checks, Problem, listed
from affiliate.integrations.description.placeholders import FORMATS, LIST, TEXT, Placeholder
from affiliate.integrations.fields import Credential, Value
from affiliate.vocabulary import Status

LARGEST_BATCH = 1000
_REQUEST = ("url", "method", "encoding", "root", "headers", "signatures", "fields")
_PUSH = (*_REQUEST, "confirmed", "rules", "eid", "reason", "status")
_ROWS = ("list", "id", "id_is", "status", "payout", "currency", "comment", "statuses")
_POLL = (*_REQUEST, "confirmed", "batch", "errors", "reason", *_ROWS)
_TESTS = ("equals", "in", "exists", "absent")
# The statuses that an end of a push may carry.
_STATUSES = {"accepted": tuple(Status), "duplicate": ("cancel", "trash"), "refused": ("cancel", "trash")}
_IN_HOST = re.compile(r"(https?://)?[^/?#]*")
_NESTED_NAME = re.compile(r"[^\[\].]+(\[[^\[\].]*\]|\.[^\[\].]+)*")
_XML_NAME = re.compile(r"([A-Za-z_][\w-]*\.)*@?[A-Za-z_][\w-]*", re.ASCII)
_XML_ROOT = re.compile(r"[A-Za-z_][\w-]*", re.ASCII)
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_MADE_BY_THE_HUB = ("host", "content-length", "transfer-encoding", "connection")


def validate(description, integration) -> list[Problem]:
    """Every problem of a description for an integration, a class or an instance; never raises.

    A part that says `confirmed: false` is off and may be unfinished, so may a poll that says nothing of it. An empty
    description is no problem: nothing is described yet.
    """
    check = _Check(integration)
    if check.mapping("", description, ("notes", "statuses", "push", "poll")):
        check.each("", description, {"notes": check.text, "statuses": check.statuses})
        if "push" in description:
            check.push(description)
        if "poll" in description:
            check.poll(description)
    return check.problems


def first_problem(integration, part: str) -> str:
    """Why a part of an integration's description cannot be used; "" when it can."""
    described = {part: parts.given(integration.description, part)}
    return next((str(problem) for problem in validate(described, integration)), "")


def no_address() -> str:
    return _("The address has no host: type the network's address in its settings, or a whole URL in the description.")


@dataclass(frozen=True)
class _Place:
    """Where a text stands: the kinds of the names it may use, the signatures, and what is special about it."""

    names: Mapping[str, str]
    recipes: Mapping
    in_signature: bool = False
    in_field: bool = False


class _Check(Checks):
    """Walks a description."""

    def __init__(self, integration):
        super().__init__()
        self.integration = integration
        self.secrets = {name for name, value in integration.declared(Value).items() if value.secret}
        self.used: set[str] = set()

    def push(self, description: Mapping) -> None:
        if self.integration.described_push is None:
            self.add("push", _("How leads go to this network is built in: leave this part out."))
        elif self.mapping("push", description["push"], _PUSH):
            part = parts.merged(description, self.integration, "push")
            needed = {
                "url": _("Give the address that leads are sent to."),
                "fields": _("List the fields that are sent."),
                "rules": _("List the rules by which the answer is read."),
            }
            self.request("push", part)
            self.each(
                "push",
                part,
                {
                    "confirmed": self.flag,
                    "rules": self.push_rules,
                    "eid": self.path,
                    "reason": self.paths,
                    "status": self.path,
                },
                needed={} if part.get("confirmed") is False else needed,
            )

    def poll(self, description: Mapping) -> None:
        if self.integration.polls():
            self.add("poll", _("The status poll of this network is built in: leave this part out."))
        elif self.mapping("poll", description["poll"], _POLL):
            part = parts.merged(description, self.integration, "poll")
            needed = {
                "url": _("Give the address that statuses are asked from."),
                "status": _("Give the path of the status word in a row."),
            }
            self.request("poll", part)
            self.each(
                "poll",
                part,
                {
                    "confirmed": self.flag,
                    "batch": self.batch,
                    "errors": self.error_rules,
                    "id_is": self.choice("eid", "oid"),
                    "statuses": self.statuses,
                    "reason": self.paths,
                    "list": self.path_or_whole,
                    "status": self.path_or_whole,
                    **dict.fromkeys(("id", "payout", "currency", "comment"), self.path),
                },
                needed=needed if part.get("confirmed") is True else {},
            )
            self.who_is_asked(part)

    def who_is_asked(self, part: Mapping) -> None:
        one_by_one = any(name.startswith("lead.") for name in self.used)
        if one_by_one and self.used & {"eids", "oids"}:
            self.add("poll", _("Ask either for packed ids, {eids}, or one by one, {lead.eid}: not both."))
        elif one_by_one and "batch" in part:
            self.add("poll.batch", _("Leads are asked for one by one here: leave this out."))
        elif part.get("confirmed") is True and not one_by_one and "list" not in part:
            self.add("poll.list", _("Give the path of the list of leads; an empty one means the answer itself."))

    def request(self, path: str, part: Mapping) -> None:
        self.used = set()
        recipes = part.get("signatures")
        place = _Place(scopes.names(self.integration, path), recipes if isinstance(recipes, Mapping) else {})
        self.each(
            path,
            part,
            {
                "method": self.choice(*building.METHODS),
                "encoding": self.choice(*building.ENCODINGS),
                "root": self.xml_root,
                "signatures": lambda at, value: self.signatures(at, value, part, place),
                "url": lambda at, value: self.url(at, value, place),
                "headers": lambda at, value: self.headers(at, value, part, place),
                "fields": lambda at, value: self.fields(at, value, part, place),
            },
        )

    def url(self, path: str, value, place: _Place) -> None:
        if not self.template(path, value, place):
            return
        head, credentials = "", self.integration.declared(Credential)
        for one in placeholders.parse(value):
            if isinstance(one, str):
                head += one
                continue
            if one.name == "base_url":
                if head:
                    self.add(path, _("{base_url} can only begin the address."))
                head += "https://x"
                continue
            if one.name not in credentials and _IN_HOST.fullmatch(head):
                self.add(path, _("Only the network's address and credentials can name the host."))
            head += "x"
        if not building.absolute(head):
            self.add(path, _("Begin the address with https:// or {base_url}."))

    def headers(self, path: str, value, part: Mapping, place: _Place) -> None:
        for at, name, text in self.members(path, value):
            if not _HEADER.fullmatch(name):
                self.add(at, _("A header's name takes latin letters, digits and hyphens."))
            elif name.lower() in _MADE_BY_THE_HUB or (
                name.lower() == "content-type" and part.get("encoding") == "multipart"
            ):
                self.add(at, _("The hub makes this header itself: leave it out."))
            self.template(at, text, place)

    def fields(self, path: str, value, part: Mapping, place: _Place) -> None:
        encoding = part.get("encoding", "form")
        names = []
        for at, field in self.elements(path, value):
            if not self.mapping(at, field, ("name", "value", "type", "optional")):
                continue
            self.each(
                at,
                field,
                {
                    "name": lambda at, name: self.field_name(at, name, encoding) and names.append(name),
                    "value": lambda at, text: self.template(
                        at, text, _Place(place.names, place.recipes, in_field=True), empty=True
                    ),
                    "type": self.choice(*building.TYPES),
                    "optional": self.flag,
                },
                needed={
                    "name": _("Give the field's name."),
                    "value": _("Give the field's value: a text with placeholders."),
                },
            )
            if "type" in field and encoding != "json":
                self.add(f"{at}.type", _("Only JSON has types: leave it out."))
        if encoding == "json":
            try:
                building.nested([(name, "") for name in names])
            except building.NameConflict as conflict:
                self.add(path, _("“%(name)s” is both a value and a group, or stands twice.") % {"name": conflict})

    def field_name(self, path: str, name, encoding) -> bool:
        if not self.text(path, name):
            return False
        if encoding == "json" and not _NESTED_NAME.fullmatch(name):
            return self.add(path, _("Write a nested name as client.phone, client[phone], items[0].id or tags[]."))
        if encoding == "xml" and not _XML_NAME.fullmatch(name):
            return self.add(path, _("Write an element as order.phone, an attribute as order.@id, in latin letters."))
        return True

    def signatures(self, path: str, value, part: Mapping, place: _Place) -> None:
        inside = _Place(place.names, place.recipes, in_signature=True)
        for at, name, recipe in self.members(path, value):
            if not re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII):
                self.add(at, _("Name a signature with latin letters and digits."))
            if not self.mapping(at, recipe, ("hash", "of", "key")):
                continue
            self.each(
                at,
                recipe,
                {
                    "hash": self.choice(*placeholders.HASHES),
                    "of": lambda at, text: self.template(at, text, inside),
                    "key": lambda at, text: self.template(at, text, inside),
                },
                needed={"hash": _("Give the kind of hash."), "of": _("Give the text that is signed.")},
            )
            keyed = str(recipe.get("hash")).startswith("hmac-")
            if keyed and "key" not in recipe:
                self.add(f"{at}.key", _("An hmac needs a key, for example {secret}."))
            if not keyed and "key" in recipe:
                self.add(f"{at}.key", _("Only an hmac has a key: put it into the signed text, or choose an hmac."))
            made_of = _made_of(place.recipes, name)
            if f"sign.{name}" in made_of:
                self.add(f"{at}.of", _("The signature is made of itself."))
            if "body" in made_of and part.get("encoding") == "query":
                self.add(f"{at}.of", _("The encoding query has no body to sign."))

    def template(self, path: str, value, place: _Place, *, empty: bool = False) -> bool:
        """A text with placeholders."""
        if not self.text(path, value, empty=empty):
            return False
        try:
            found = placeholders.parse(value)
        except placeholders.LoneBrace:
            return self.add(path, _("A brace stands alone: write {{ and }} for braces that are sent."))
        before = len(self.problems)
        for one in found:
            if isinstance(one, Placeholder):
                self.placeholder(path, one, place, alone=len(found) == 1)
        return len(self.problems) == before

    def placeholder(self, path: str, one: Placeholder, place: _Place, *, alone: bool) -> None:
        self.used.add(one.name)
        kind = self.kind(path, one.name, place)
        for name, argument in one.formats if kind else ():
            form = FORMATS.get(name)
            if form is None:
                self.add(
                    path, _("Unknown format “%(name)s”; known: %(known)s.") % {"name": name, "known": listed(FORMATS)}
                )
                return
            if form.takes != kind:
                self.add(path, _("The format “%(name)s” does not suit {%(of)s}.") % {"name": name, "of": one.name})
                return
            if form.argument and not re.fullmatch(form.argument, argument):
                self.add(path, _("Write this format as in “%(example)s”.") % {"example": form.example})
            if not form.argument and argument:
                self.add(path, _("The format “%(name)s” takes nothing after a colon.") % {"name": name})
            if one.name in self.secrets and name != "url" and not place.in_signature:
                self.add(path, _("A secret is sent as it is: a changed one could not be hidden in the journal."))
            kind = TEXT
        if kind == LIST and not (alone and place.in_field):
            self.add(path, _("Join the ids, as in {eids|join:,}."))

    def kind(self, path: str, name: str, place: _Place) -> str:
        """The kind of a name's value; "" for a name that cannot be used here."""
        if name.startswith("sign."):
            made_of = _made_of(place.recipes, name.removeprefix("sign."))
            if made_of is None:
                self.add(path, _("{%(name)s}: describe this signature under “signatures”.") % {"name": name})
            elif place.in_field and "body" in made_of:
                self.add(path, _("{%(name)s} is made over the body, so it cannot stand in it.") % {"name": name})
            return TEXT
        if name == "body" and place.in_signature:
            return TEXT
        if name not in place.names:
            same = name.startswith("lead.")
            known = [one for one in place.names if one.startswith("lead.") == same]
            self.add(
                path, _("Unknown placeholder {%(name)s}; known: %(known)s.") % {"name": name, "known": listed(known)}
            )
            return ""
        return place.names[name]

    def push_rules(self, path: str, value) -> None:
        ends = self.rules(path, value, answers.PUSH_ENDS, ("when", "then", "status", "eid"))
        for at, rule, end in ends:
            if "status" in rule:
                allowed = _STATUSES.get(end, ())
                if not allowed:
                    self.add(
                        f"{at}.status", _("Only accepted, duplicate and refused leads have a status: leave it out.")
                    )
                else:
                    self.choice(*allowed)(f"{at}.status", rule["status"])
            if "eid" in rule:
                self.path_or_whole(f"{at}.eid", rule["eid"])
        if "accepted" not in [end for _at, _rule, end in ends]:
            self.add(path, _("Add a rule that says which answer means that the lead is accepted."))

    def error_rules(self, path: str, value) -> None:
        self.rules(path, value, answers.POLL_ENDS, ("when", "then"))

    def rules(self, path: str, value, ends: Sequence[str], known: Iterable[str]) -> list[tuple[str, Mapping, object]]:
        found = []
        for at, rule in self.elements(path, value):
            if self.mapping(at, rule, known):
                self.each(
                    at,
                    rule,
                    {"when": self.when, "then": self.choice(*ends)},
                    needed={
                        "when": _("Say when the rule holds: http, path or text."),
                        "then": _("Say what it means: %(known)s.") % {"known": listed(ends)},
                    },
                )
                found.append((at, rule, rule.get("then")))
        return found

    def when(self, path: str, value) -> None:
        conditions = self.elements(path, value) if isinstance(value, list) else [(path, value)]
        for at, condition in conditions:
            if not self.mapping(at, condition, ("http", "path", "text", *_TESTS)):
                continue
            self.each(
                at,
                condition,
                {
                    "http": self.http,
                    "path": self.path,
                    "text": self.text,
                    "equals": self.word,
                    "in": self.words,
                    "exists": self.only_true,
                    "absent": self.only_true,
                },
            )
            tests = [name for name in _TESTS if name in condition]
            if len(tests) != (1 if "path" in condition else 0):
                self.add(at, _("A path goes with one of: %(known)s.") % {"known": listed(_TESTS)})
            if not {"http", "path", "text"} & set(condition):
                self.add(at, _("Say when the rule holds: http, path or text."))

    def http(self, path: str, value) -> None:
        if answers.http_ranges(value) is None:
            self.add(path, _("Write codes as 200, “200-299” or “400,422”."))

    def statuses(self, path: str, value) -> None:
        for at, word, status in self.members(path, value):
            self.text(at, word)
            self.choice(*Status)(at, status)

    def xml_root(self, path: str, value) -> None:
        if self.text(path, value) and not _XML_ROOT.fullmatch(value):
            self.add(path, _("An element's name takes latin letters, digits and hyphens."))

    def batch(self, path: str, value) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= LARGEST_BATCH:
            self.add(path, _("Expected a whole number from 1 to %(most)s.") % {"most": LARGEST_BATCH})


def _made_of(recipes: Mapping, name: str) -> set[str] | None:
    """Every name that a signature is made of, through other signatures too; None when there is no such signature."""
    if name not in recipes:
        return None
    found, left = set(), [name]
    while left:
        for used in _names(recipes.get(left.pop())) - found:
            found.add(used)
            left += [used.removeprefix("sign.")] if used.startswith("sign.") else []
    return found


def _names(recipe) -> set[str]:
    """The names in a recipe that may be broken."""
    texts = [recipe.get("of"), recipe.get("key")] if isinstance(recipe, Mapping) else []
    found = set()
    for text in texts:
        if isinstance(text, str) and len(text) <= LONGEST:
            try:
                found |= placeholders.names(text)
            except placeholders.LoneBrace:
                continue
    return found
