"""Checks of plain values that collect problems: where, and what to do."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

MOST = 100
LONGEST = 2000
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_PATH = re.compile(r"[\w@#:-]+(\.[\w@#:-]+)*")


@dataclass(frozen=True)
class Problem:
    """`path` is dotted, `push.fields.0.value`; `message` is a translated sentence with the remedy."""

    path: str
    message: str

    def __str__(self):
        return f"{self.path}: {self.message}" if self.path else self.message


class Checks:
    """Each check of a value says what is wrong with it; some return whether it may be looked into further."""

    def __init__(self):
        self.problems: list[Problem] = []

    def word(self, path: str, value) -> bool:
        if isinstance(value, (bool, int)):
            return True
        return self.text(path, value, empty=True)

    def words(self, path: str, value) -> None:
        for at, one in self.elements(path, value):
            self.word(at, one)

    def path(self, path: str, value) -> None:
        if self.text(path, value) and not _PATH.fullmatch(value):
            self.add(path, _("Write a path as names and numbers with dots: data.0.id."))

    def path_or_whole(self, path: str, value) -> None:
        if value != "":
            self.path(path, value)

    def paths(self, path: str, value) -> None:
        for at, one in self.elements(path, value) if isinstance(value, list) else [(path, value)]:
            self.path(at, one)

    def flag(self, path: str, value) -> None:
        if not isinstance(value, bool):
            self.add(path, _("Expected true or false, without quotes."))

    def only_true(self, path: str, value) -> None:
        if value is not True:
            self.add(path, _("Only true can stand here: choose “exists” or “absent”."))

    def choice(self, *allowed: str) -> Callable:
        def check(path: str, value) -> None:
            if not isinstance(value, str) or value not in allowed:
                self.add(path, _("Choose one of: %(allowed)s.") % {"allowed": listed(allowed)})

        return check

    def text(self, path: str, value, *, empty: bool = False) -> bool:
        if not isinstance(value, str):
            return self.add(path, _("Expected text: put it in quotes."))
        if not value and not empty:
            return self.add(path, _("Expected text, not nothing."))
        if len(value) > LONGEST:
            return self.add(path, _("The text is too long: at most %(most)s characters.") % {"most": LONGEST})
        if _CONTROL.search(value):
            return self.add(path, _("Remove invisible characters."))
        return True

    def mapping(self, path: str, value, known: Iterable[str]) -> bool:
        if not isinstance(value, Mapping):
            return self.add(path, _("Expected names with values."))
        for name in value:
            if name not in known:
                self.add(at_path(path, name), _("Unknown name; known here: %(known)s.") % {"known": listed(known)})
        return True

    def members(self, path: str, value) -> list[tuple[str, str, object]]:
        """Place, name and value of each member of an object with free names."""
        if not isinstance(value, Mapping):
            self.add(path, _("Expected names with values."))
            return []
        if len(value) > MOST:
            self.add(path, _("Too many: at most %(most)s.") % {"most": MOST})
            return []
        return [(at_path(path, name), str(name), one) for name, one in value.items()]

    def elements(self, path: str, value) -> list[tuple[str, object]]:
        """Place and value of each element of a list."""
        if not isinstance(value, list) or not value:
            self.add(path, _("Expected a list with something in it."))
            return []
        if len(value) > MOST:
            self.add(path, _("Too many: at most %(most)s.") % {"most": MOST})
            return []
        return [(at_path(path, number), one) for number, one in enumerate(value)]

    def each(
        self, path: str, value: Mapping, checks: Mapping[str, Callable], needed: Mapping[str, str] | None = None
    ) -> None:
        """Check the members that are there; `needed` says what to tell of those that have to be."""
        for name, check in checks.items():
            if name in value:
                check(at_path(path, name), value[name])
        for name, message in (needed or {}).items():
            if name not in value:
                self.add(at_path(path, name), message)

    def add(self, path: str, message: str) -> bool:
        self.problems.append(Problem(path, message))
        return False


def at_path(path: str, name) -> str:
    return f"{path}.{name}" if path else str(name)


def listed(words: Iterable[str]) -> str:
    return ", ".join(map(str, words))
