"""Many rows, each with values of its own, in one statement."""

from collections.abc import Iterable, Sequence

from django.db import connection, models


def update(model: type[models.Model], rows: Iterable[models.Model], fields: Sequence[str]) -> None:
    """Write `fields` of each row by primary key.

    PostgreSQL joins against arrays: `bulk_update`'s CASE was measured nine times slower. SQLite runs one prepared statement.
    """
    rows = list(rows)
    if not rows:
        return
    columns = [model._meta.get_field(name) for name in fields]
    quote = connection.ops.quote_name
    table, key = quote(model._meta.db_table), model._meta.pk
    values = [[column.get_db_prep_save(getattr(row, column.attname), connection) for row in rows] for column in columns]
    keys = [row.pk for row in rows]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            types = ", ".join(f"%s::{column.db_type(connection)}[]" for column in [key, *columns])
            names = ", ".join(["k", *(f"c{number}" for number in range(len(columns)))])
            sets = ", ".join(f"{quote(column.column)} = v.c{number}" for number, column in enumerate(columns))
            cursor.execute(
                f"UPDATE {table} AS t SET {sets} FROM unnest({types}) AS v({names}) WHERE t.{quote(key.column)} = v.k",
                [keys, *values],
            )
        else:
            sets = ", ".join(f"{quote(column.column)} = %s" for column in columns)
            cursor.executemany(
                f"UPDATE {table} SET {sets} WHERE {quote(key.column)} = %s", list(zip(*values, keys, strict=True))
            )


def locked(queryset: models.QuerySet) -> models.QuerySet:
    """The rows locked in the order of their keys; SQLite's writing transaction already excludes everyone else."""
    queryset = queryset.order_by("pk")
    return queryset.select_for_update(of=("self",)) if connection.features.has_select_for_update else queryset


def skip_locked(queryset: models.QuerySet) -> models.QuerySet:
    """The rows locked in the queryset's order, without those that another worker holds."""
    if not connection.features.has_select_for_update_skip_locked:
        return queryset
    return queryset.select_for_update(skip_locked=True, of=("self",))
