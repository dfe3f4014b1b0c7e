"""The way back: settings of a network, an offer or a flow as they were before a recorded change."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.utils.translation import gettext as _

from affiliate.delivery import actions, record
from affiliate.models import Network, SettingChange
from affiliate.models.change import Kind

REVERTIBLE = {"affiliate.network", "affiliate.offer", "affiliate.flow"}


@dataclass(frozen=True)
class Step:
    """One value that goes back. `kind` says what happens to the row: changed, made again or deleted."""

    model: str
    row: str
    kind: Kind
    title: str
    field: str = ""
    key: str = ""
    now: Any = None
    then: Any = None


class Outdated(Exception):
    """The settings are not those any more that the preview showed."""


def may_go_back(change: SettingChange) -> bool:
    """Whether there is a state before it: what was added has none."""
    label, _colon, row = change.page.partition(":")
    own = change.model == label and change.row == row
    return label in REVERTIBLE and change.kind != Kind.DONE and not (own and change.kind != Kind.CHANGED)


def target(change: SettingChange) -> models.Model | None:
    """The row on whose page the change is read; None once it is deleted."""
    label, _colon, row = change.page.partition(":")
    return apps.get_model(label).objects.filter(pk=row).first()


def plan(change: SettingChange) -> list[Step]:
    """What going back to before this change would do now; secrets and addresses stay as they are."""
    later = SettingChange.objects.filter(page=change.page, pk__gte=change.pk).order_by("pk")
    steps: list[Step] = []
    by_row: dict[tuple[str, str], list[SettingChange]] = {}
    for one in later:
        if one.kind != Kind.DONE:
            by_row.setdefault((one.model, one.row), []).append(one)
    for (label, pk), changes in by_row.items():
        model = apps.get_model(label)
        current = model._base_manager.filter(pk=pk).first()
        was_there = changes[0].kind != Kind.ADDED
        if current is None and was_there:
            steps += _made_again(changes)
        elif current is not None and not was_there:
            steps.append(Step(label, pk, Kind.DELETED, changes[0].title))
        elif current is not None:
            steps += _put_back(current, changes)
    return steps


def fingerprint(steps: list[Step]) -> str:
    text = json.dumps([vars(step) for step in steps], cls=DjangoJSONEncoder, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def go_back(change: SettingChange, *, seen: str) -> models.Model:
    """Do what `plan` says. Raises Outdated where that is not what was `seen`, ValidationError where a value no longer
    holds; then nothing has changed."""
    row = target(change)
    steps = plan(change)
    if row is None or not steps or fingerprint(steps) != seen:
        raise Outdated
    by_row: dict[tuple[str, str], list[Step]] = {}
    for step in steps:
        by_row.setdefault((step.model, step.row), []).append(step)
    # A part that came later may stand in the way of one that is made again.
    for (label, pk), some in sorted(by_row.items(), key=lambda pair: pair[1][0].kind != Kind.DELETED):
        _do(apps.get_model(label), pk, some)
    if isinstance(row, Network) and any(step.field == "description" for step in steps):
        actions.start_polls(Network.objects.get(pk=row.pk))
    return row


def _put_back(current: models.Model, changes: list[SettingChange]) -> list[Step]:
    first: dict[tuple[str, str], Any] = {}
    for change in changes:
        for entry in change.fields:
            if not entry.get("secret"):
                first.setdefault((entry["name"], entry.get("key", "")), entry.get("old"))
    known = {field.name: field for field in record.columns(type(current))}
    steps = []
    for (name, key), then in first.items():
        if name not in known or known[name].remote_field or record.is_secret(known[name], key):
            continue
        now = _json(known[name].value_from_object(current))
        now = (now or {}).get(key) if key else now
        step = Step(changes[0].model, changes[0].row, Kind.CHANGED, str(current), name, key, now, then)
        if now != then and not _moves(step):
            steps.append(step)
    return steps


def _made_again(changes: list[SettingChange]) -> list[Step]:
    """A part that was deleted since, with the values it had before the first of the changes."""
    values: dict[tuple[str, str], Any] = {}
    for change in reversed(changes):
        for entry in change.fields:
            if not entry.get("secret"):
                values[entry["name"], entry.get("key", "")] = entry.get("old")
    first = changes[0]
    return [
        Step(first.model, first.row, Kind.ADDED, first.title, name, key, None, then)
        for (name, key), then in values.items()
        if then is not None
    ]


def _moves(step: Step) -> bool:
    """Secrets would go to another address: only who types them again may do that, and the form asks for it."""
    if step.field == "description" and step.key in ("push", "poll"):
        return _url(step.now) != _url(step.then)
    return step.field == "base_url"


def _url(part: Any) -> Any:
    return part.get("url") if isinstance(part, dict) else None


def _json(value: Any) -> Any:
    """As the record keeps it."""
    return json.loads(json.dumps(value, cls=DjangoJSONEncoder))


def _do(model: type[models.Model], pk: str, steps: list[Step]) -> None:
    kind = steps[0].kind
    if kind == Kind.DELETED:
        model._base_manager.get(pk=pk).delete()
        return
    row = model() if kind == Kind.ADDED else model._base_manager.select_for_update().get(pk=pk)
    for step in steps:
        field = model._meta.get_field(step.field)
        if step.key:
            values = dict(getattr(row, field.attname) or {})
            values.pop(step.key, None)
            if step.then is not None:
                values[step.key] = step.then
            setattr(row, field.attname, values)
        else:
            setattr(row, field.attname, field.to_python(step.then))
    try:
        row.full_clean()
    except ValidationError as error:
        words = {"title": steps[0].title, "why": " ".join(error.messages)}
        raise ValidationError(_("%(title)s cannot go back: %(why)s") % words) from None
    row.save()
