"""Whose key a caller holds, and what it may do."""

import re
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from affiliate.delivery.remembered import Remembered
from affiliate.models import SourceKey
from affiliate.models.fields import new_key
from affiliate.models.source import hash_key

_KEY = re.compile(r"([0-9]{1,18})-([!-~]{1,200})")
# Compared with when there is no such source, so that its absence does not answer sooner.
_NOBODY = SourceKey(hash=hash_key(new_key()))
_remembered = Remembered()


def find(text: str) -> SourceKey | None:
    """The key that `<source id>-<secret>` is, split at the first hyphen, with its source; of disabled sources too.

    A key is good while it is enabled and its end has not come.
    """
    match = _KEY.fullmatch(text)
    if not match:
        return None
    key = _remembered.get(text, lambda: _load(int(match[1]), match[2]))
    return key if key and not (key.valid_until and key.valid_until <= timezone.now()) else None


def rotate(key: SourceKey, *, until: datetime) -> str:
    """A new key with the same rights, shown this once; the old one is good until a moment."""
    with transaction.atomic():
        rights = {name: getattr(key, name) for name in ("name", "can_send", "can_read", "can_list_offers")}
        text = key.source.issue_key(**rights)
        key.valid_until = until
        key.save(update_fields=["valid_until"])
    return text


def end(key: SourceKey) -> None:
    """Make a key worthless."""
    key.enabled = False
    key.save(update_fields=["enabled"])


def _load(source_id: int, secret: str) -> SourceKey | None:
    """Every key of the source is compared."""
    keys = list(SourceKey.objects.filter(source=source_id, enabled=True).select_related("source")) or [_NOBODY]
    held = [key for key in keys if key.holds(secret)]
    return held[0] if held and held[0].pk else None
