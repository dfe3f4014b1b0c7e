"""Records every change of settings, whatever page, service or command made it: who, when, old → new, secrets never."""

from collections.abc import Iterator
from functools import lru_cache

from django.apps import apps
from django.db import models
from django.db.models import signals

from affiliate.delivery.acting import person
from affiliate.integrations import registry
from affiliate.integrations.base import Integration
from affiliate.integrations.fields import Credential, Parameter
from affiliate.models import SettingChange
from affiliate.models.change import Kind, page_key
from affiliate.models.encryption import CannotDecrypt, EncryptedJSONField

# Settings, each with the columns that nobody sets.
RECORDED = {
    "affiliate.alertchannel": (),
    "affiliate.alertmute": (),
    "affiliate.ban": (),
    "affiliate.flow": (),
    "affiliate.geo": (),
    "affiliate.network": (),
    "affiliate.offer": (),
    "affiliate.reportaddress": ("host", "old_secret_until"),
    "affiliate.sandboxaccount": (),
    "affiliate.source": (),
    "affiliate.sourcekey": ("hint", "public"),
    "auth.group": (),
    "auth.user": ("last_login", "date_joined", "is_staff"),
    "django_celery_beat.periodictask": (
        "last_run_at", "total_run_count", "date_changed", "args", "kwargs", "queue", "exchange", "routing_key",
        "headers", "priority", "expires", "expire_seconds", "one_off", "start_time", "description", "task", "interval", "crontab", "solar", "clocked",
    ),
}  # fmt: skip
# Rows that come in by themselves or tell of work: their own journals show them.
UNRECORDED = {
    "affiliate.alert",
    "affiliate.incident",
    "affiliate.attempt",
    "affiliate.changedhours",
    "affiliate.connectioncheck",
    "affiliate.daycount",
    "affiliate.failedsignin",
    "affiliate.heartbeat",
    "affiliate.hourcount",
    "affiliate.importpart",
    "affiliate.lead",
    "affiliate.leadimport",
    "affiliate.leadchange",
    "affiliate.leadlook",
    "affiliate.networkstate",
    "affiliate.nottaken",
    "affiliate.postback",
    "affiliate.report",
    "affiliate.reporthost",
    "affiliate.rowerror",
    "affiliate.sandboxorder",
    "affiliate.secondfactor",
    "affiliate.seenwords",
    "affiliate.settingchange",
    "affiliate.statuschange",
    "affiliate.statuspoll",
    "affiliate.statusword",
    "affiliate.wordchange",
}
# Read on the page of another row.
PARENTS = {"affiliate.geo": "flow", "affiliate.reportaddress": "source", "affiliate.sourcekey": "source"}
SECRET_COLUMNS = {"password", "hash", "token_hash"}
_NEVER = {"id", "created_at"}


def connect() -> None:
    for label in RECORDED:
        model = apps.get_model(label)
        signals.pre_save.connect(_before_save, sender=model, dispatch_uid=f"record {label}")
        signals.post_save.connect(_after_save, sender=model, dispatch_uid=f"record {label}")
        signals.pre_delete.connect(_before_delete, sender=model, dispatch_uid=f"record {label}")
        signals.post_delete.connect(_after_delete, sender=model, dispatch_uid=f"record {label}")
        for field in model._meta.many_to_many:
            through = field.remote_field.through
            signals.m2m_changed.connect(_links_changed, sender=through, dispatch_uid=f"record {label}.{field.name}")


def note(row: models.Model, text: str) -> None:
    """Something was done with a row that no column of it tells. `text` is marked with `gettext_noop`."""
    _write(row, Kind.DONE, [], text)


def columns(model: type[models.Model]) -> list[models.Field]:
    """Those whose changes are recorded."""
    hidden = {*_NEVER, *RECORDED[model._meta.label_lower]}
    return [field for field in model._meta.concrete_fields if field.name not in hidden]


def is_secret(field: models.Field, key: str = "") -> bool:
    """Whether values of a column, or of a name inside it, are told to nobody."""
    if isinstance(field, EncryptedJSONField) or field.name in SECRET_COLUMNS:
        return True
    return (
        bool(key) and field.name == "parameters" and key in _secret_parameters(tuple(registry.integrations().values()))
    )


@lru_cache
def _secret_parameters(known: tuple[type[Integration], ...]) -> set[str]:
    return {name for one in known for name, value in one.declared(Parameter).items() if value.secret}


def _before_save(sender, instance, raw=False, **kwargs) -> None:
    instance._recorded_before = None if raw or instance._state.adding else _stored(instance)


def _after_save(sender, instance, created, raw=False, update_fields=None, **kwargs) -> None:
    if raw:
        return
    before = instance.__dict__.pop("_recorded_before", None)
    names = {field.name for field in columns(sender) if update_fields is None or field.name in update_fields}
    if changed := list(_compared(instance, before or {}, _stored(instance), names)):
        _write(instance, Kind.ADDED if created else Kind.CHANGED, changed)
    elif created:
        _write(instance, Kind.ADDED, [])


def _before_delete(sender, instance, **kwargs) -> None:
    instance._recorded_before = _stored(instance)
    instance._recorded_title = str(instance)


def _after_delete(sender, instance, **kwargs) -> None:
    before = instance.__dict__.pop("_recorded_before", None) or {}
    names = {field.name for field in columns(sender)}
    _write(instance, Kind.DELETED, list(_compared(instance, before, {}, names)))


def _links_changed(sender, instance, action, reverse, pk_set, model, **kwargs) -> None:
    """Groups of a person, rights of a group; changed from the other end they are not, in this hub."""
    if reverse or action not in ("post_add", "post_remove", "pre_clear"):
        return
    field = next(one for one in instance._meta.many_to_many if one.remote_field.through is sender)
    now = {str(row) for row in getattr(instance, field.name).all()}
    touched = now if action == "pre_clear" else {str(row) for row in model.objects.filter(pk__in=pk_set or ())}
    old, new = (now - touched, now) if action == "post_add" else (now | touched, now - touched)
    if old != new:
        _write(instance, Kind.CHANGED, [{"name": field.name, "old": sorted(old), "new": sorted(new)}])


def _stored(instance: models.Model) -> dict | None:
    """The row's recorded columns as the database has them; what cannot be decrypted is left out."""
    rows = type(instance)._base_manager.filter(pk=instance.pk)
    fields = columns(type(instance))
    try:
        return rows.values(*[field.attname for field in fields]).first()
    except CannotDecrypt:
        readable = [field.attname for field in fields if not isinstance(field, EncryptedJSONField)]
        return rows.values(*readable).first()


def _compared(instance, before: dict, after: dict | None, names: set[str]) -> Iterator[dict]:
    after = after or {}
    for field in columns(type(instance)):
        old, new = before.get(field.attname), after.get(field.attname)
        if field.name not in names or old == new or (_empty(old) and _empty(new)):
            continue
        if isinstance(old or new, dict) and isinstance(new or old, dict):
            yield from _inside(field, old or {}, new or {})
        elif is_secret(field):
            yield {"name": field.name, "secret": True}
        else:
            found = {"name": field.name, "old": old, "new": new}
            if field.remote_field:
                found["shown"] = [_title(field, old, instance), _title(field, new, instance)]
            yield found


def _inside(field: models.Field, old: dict, new: dict) -> Iterator[dict]:
    for key in sorted({*old, *new}):
        if old.get(key) == new.get(key):
            continue
        if is_secret(field, key):
            yield {"name": field.name, "key": key, "secret": True}
        else:
            yield {"name": field.name, "key": key, "old": old.get(key), "new": new.get(key)}


def _empty(value) -> bool:
    return value is None or value in ("", [], {})


def _title(field: models.Field, pk, instance: models.Model) -> str:
    # Many rows may be stored in one go: what they hold of each other is not read anew.
    if field.is_cached(instance) and (held := field.get_cached_value(instance)) and held.pk == pk:
        return str(held)
    row = field.remote_field.model._base_manager.filter(pk=pk).first() if pk is not None else None
    return str(row) if row else ""


def _write(row: models.Model, kind: Kind, fields: list[dict], text: str = "") -> None:
    user = person()
    label = row._meta.label_lower
    if label == "django_celery_beat.periodictask" and kind == Kind.ADDED and user is None:
        # The beat process makes its tasks anew from the settings.
        return
    parent = PARENTS.get(label)
    page = page_key(row._meta.get_field(parent).related_model, getattr(row, f"{parent}_id")) if parent else ""
    SettingChange.objects.create(
        person_id=user and user.pk,
        person_name=user.get_username() if user else "",
        kind=kind,
        model=label,
        row=str(row.pk),
        page=page or page_key(row, row.pk),
        title=_called(row)[:200],
        integration=_integration_of(row),
        fields=fields,
        note=text,
    )


def _called(row: models.Model) -> str:
    """A periodic task is called by its task: pages have plain words for it."""
    if row._meta.label_lower == "django_celery_beat.periodictask":
        return row.task
    return row.__dict__.pop("_recorded_title", "") or str(row)


def _integration_of(row: models.Model) -> str:
    """Its declarations give the names of credentials and parameters."""
    network = getattr(getattr(row, "flow", row), "network", row)
    return getattr(network, "integration", "")


def label_of(integration: str, key: str) -> str:
    """How the integration calls a credential or parameter; the key itself where none declares it."""
    found = registry.integrations()
    for one in [found[integration]] if integration in found else found.values():
        declared = one.declared(Credential) | one.declared(Parameter)
        if key in declared:
            return declared[key].label
    return key
