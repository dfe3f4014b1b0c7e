"""A recorded change in the reader's words: which field, from what, to what."""

import json
from datetime import datetime

from django.apps import apps
from django.db import models
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from affiliate.admin.task_words import TASKS
from affiliate.delivery import record
from affiliate.delivery.alerts import kinds
from affiliate.models import AlertChannel, ReportAddress, SettingChange, labels, roles
from affiliate.models.alert import Event
from affiliate.models.report import EVENTS

LONGEST = 300
# Columns that no form shows under their own name.
LABELS = {
    "postback_keys": gettext_lazy("postback keys"),
    "hash": gettext_lazy("key"),
    "token_hash": gettext_lazy("token"),
    "postback_url": gettext_lazy("postback URL"),
    "groups": gettext_lazy("roles"),
    "is_superuser": gettext_lazy("owner of the hub"),
}


def kind_of_settings(label: str) -> str:
    try:
        return capfirst(str(apps.get_model(label)._meta.verbose_name))
    except LookupError:
        return label


def title_of(change: SettingChange) -> str:
    """In the reader's words where the hub itself gave the name."""
    if change.model == "auth.group":
        return capfirst(roles.name_of(change.title))
    if change.model == "django_celery_beat.periodictask" and change.title in TASKS:
        return str(TASKS[change.title].name)
    return change.title


def lines(change: SettingChange) -> list[dict]:
    """For each value `label`, and `old` with `new`, or `secret`."""
    return [_line(change, entry) for entry in change.fields if isinstance(entry, dict) and "name" in entry]


def _line(change: SettingChange, entry: dict) -> dict:
    name, key = entry["name"], entry.get("key", "")
    label = label_of(change.model, change.integration, name, key)
    if entry.get("secret"):
        return {"label": label, "secret": True}
    if "shown" in entry:
        old, new = entry["shown"]
        return {"label": label, "old": old or _empty(), "new": new or _empty()}
    field = field_of(change.model, name)
    return {"label": label, "old": value_words(field, entry.get("old")), "new": value_words(field, entry.get("new"))}


def label_of(model: str, integration: str, name: str, key: str = "") -> str:
    if key and name in ("credentials", "parameters"):
        return record.label_of(integration, key)
    if key and model == "affiliate.alertchannel":
        return next((declared[key].label for declared in kinds.DECLARED.values() if key in declared), key)
    field = field_of(model, name)
    words = LABELS.get(name) or (field.verbose_name if field else name)
    return capfirst(f"{words}: {key}" if key else str(words))


def value_words(field: models.Field | None, value) -> str:
    if value is None or value in ("", [], {}):
        return _empty()
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if field is not None and field.flatchoices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(field, models.DateTimeField) and (moment := _moment(value)):
        return date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")
    if field is not None and field.name == "groups":
        value = [roles.name_of(name) for name in value]
    if field is not None and isinstance(value, list) and (words := _words_of(field)):
        value = [words.get(one, one) for one in value]
    if isinstance(value, list):
        return Truncator(", ".join(map(str, value))).chars(LONGEST)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return Truncator(text).chars(LONGEST)


def _words_of(field: models.Field) -> dict:
    """What the entries of a column that holds a list are called; {} where they are no choices."""
    if field.model is AlertChannel:
        return dict(Event.choices)
    if field.model is ReportAddress:
        return dict(EVENTS)
    if field.name == "work_days":
        return {number + 1: name for number, name in WEEKDAYS.items()}
    return dict(labels.STATUS) if field.name == "duplicate_statuses" else {}


def _empty() -> str:
    return pgettext("value", "empty")


def _moment(value) -> datetime | None:
    return value if isinstance(value, datetime) else parse_datetime(str(value))


def field_of(model: str, name: str) -> models.Field | None:
    try:
        return apps.get_model(model)._meta.get_field(name)
    except LookupError:
        return None
