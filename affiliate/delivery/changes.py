"""The feed that tells sources which of their leads changed; `intake/feed.py` reads it."""

from collections.abc import Iterable

from django.db import connection

from affiliate.delivery import clock
from affiliate.models import Lead, LeadChange

_INTO = f"INSERT INTO {LeadChange._meta.db_table} (source_id, lead_id, at) SELECT source_id, id, "
_FROM = f" FROM {Lead._meta.db_table} WHERE id "


def note(ids: Iterable[int]) -> None:
    """Say that the status, delivery or money of leads changed, in the transaction that changes them. One statement.

    The moment is not before the transaction's beginning: the feed waits for transactions that began earlier.
    """
    ids = sorted(set(ids))
    if not ids:
        return
    some = "= ANY(%s)" if connection.vendor == "postgresql" else f"IN ({', '.join(['%s'] * len(ids))})"
    with connection.cursor() as cursor:
        cursor.execute(f"{_INTO}{clock.sql()}{_FROM}{some}", [ids] if connection.vendor == "postgresql" else ids)
