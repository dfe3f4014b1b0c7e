"""Whose key a caller holds."""

import re

from affiliate.models import Source
from affiliate.models.fields import new_key
from affiliate.models.source import hash_key

_KEY = re.compile(r"([0-9]{1,18})-([!-~]{1,200})")
# Compared with when there is no such source, so that its absence does not answer sooner.
_NOBODY = Source(key_hash=hash_key(new_key()))


def source_of(key: str) -> Source | None:
    """The source that `<source id>-<secret>` belongs to, split at the first hyphen; disabled sources too."""
    match = _KEY.fullmatch(key)
    if not match:
        return None
    source = Source.objects.filter(pk=int(match[1])).first() or _NOBODY
    return source if source.has_key(match[2]) and source.pk else None
