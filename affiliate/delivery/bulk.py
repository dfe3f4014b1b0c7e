"""Many rows, each with values of its own, in one statement.

Rows are instances of the model, or anything else that has the columns' values: making instances takes most of the time.
PostgreSQL gets arrays: `bulk_update`'s CASE was measured nine times slower. SQLite runs one prepared statement.
"""

from collections.abc import Iterable, Sequence
from functools import cache, lru_cache

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.models.lookups import IsNull
from django.utils import timezone
from psycopg.types.json import Jsonb


def update(model: type[models.Model], rows: Iterable, fields: Sequence[str]) -> None:
    """Write `fields` of each row by its `pk`."""
    rows = list(rows)
    if not rows:
        return
    columns = [model._meta.get_field(name) for name in fields]
    keys, table, key = [row.pk for row in rows], _quote(model._meta.db_table), model._meta.pk
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            same, arrays = _split(columns, rows)
            sets = [f"{_quote(column.column)} = %s" for column in same]
            sets += [f"{_quote(column.column)} = v.{_quote(column.column)}" for column in arrays]
            names = ", ".join(["k", *(_quote(column.column) for column in arrays)])
            cursor.execute(
                f"UPDATE {table} AS t SET {', '.join(sets)} FROM unnest({_types({key: keys, **arrays})}) AS v({names})"
                # The keys once more: joined with the arrays alone, a table of middle size would be read from end to end.
                f" WHERE t.{_quote(key.column)} = v.k AND t.{_quote(key.column)} = ANY(%s)",
                [*same.values(), keys, *map(_packed, arrays.values()), keys],
            )
        else:
            sets = ", ".join(f"{_quote(column.column)} = %s" for column in columns)
            cursor.executemany(
                f"UPDATE {table} SET {sets} WHERE {_quote(key.column)} = %s",
                list(zip(*_all(columns, rows), keys, strict=True)),
            )


def insert(model: type[models.Model], rows: Sequence) -> None:
    """Write new rows; their keys are not learnt."""
    if not rows:
        return
    columns = [column for column in model._meta.concrete_fields if not column.primary_key]
    into = f"INSERT INTO {_quote(model._meta.db_table)}"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            same, arrays = _split(columns, rows)
            names = ", ".join(_quote(column.column) for column in [*same, *arrays])
            values = "".join(f"%s::{column.db_type(connection)}, " for column in same)
            cursor.execute(
                f"{into} ({names}) SELECT {values}v.* FROM unnest({_types(arrays)}) AS v",
                [*same.values(), *map(_packed, arrays.values())],
            )
        else:
            names = ", ".join(_quote(column.column) for column in columns)
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"{into} ({names}) VALUES ({marks})", list(zip(*_all(columns, rows), strict=True)))


def insert_one(row: models.Model, *, along: models.Model | None = None) -> None:
    """Write one new row and give it its key; `auto_now_add` columns are the caller's to fill.

    PostgreSQL writes the row `along`, whose key is not learnt, by the same statement. Django's own way compiles the
    statement anew for each row and asks once for each.
    """
    if along is not None and connection.vendor != "postgresql":
        insert_one(along)
        along = None
    returns = connection.features.can_return_columns_from_insert
    statement, values = _insertion_of(row, returns)
    if along is not None:
        beside, given = _insertion_of(along, False)
        statement, values = f"WITH beside AS ({beside}) {statement}", given + values
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row.pk = cursor.fetchone()[0] if returns else cursor.lastrowid
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


def _insertion_of(row: models.Model, returns: bool) -> tuple[str, list]:
    """The statement and its parameters. Most columns of a row are empty: as parameters they took most of the time."""
    columns, ours, values = _columns(type(row)), connections[DEFAULT_DB_ALIAS], row.__dict__
    given = [values[column.attname] for column, _plain in columns]
    empty = tuple(
        None if value is None else plain and value == "" for (_c, plain), value in zip(columns, given, strict=True)
    )
    parameters = [
        value if plain else column.get_db_prep_save(value, ours)
        for (column, plain), value, nothing in zip(columns, given, empty, strict=True)
        if nothing is False
    ]
    return _insertion(type(row), returns, empty), parameters


@cache
def _columns(model: type[models.Model]) -> list[tuple[models.Field, bool]]:
    """Those of a new row, with whether a value may go as it is."""
    return [(one, type(one) is models.CharField) for one in model._meta.concrete_fields if not one.primary_key]


@lru_cache(maxsize=256)
def _insertion(model: type[models.Model], returns: bool, empty: tuple[bool | None, ...]) -> str:
    """`empty` says of each column: None, it is NULL; True, it is ''; False, it has a value."""
    columns = [column for column, _plain in _columns(model)]
    names = ", ".join(_quote(one.column) for one in columns)
    marks = ", ".join({None: "NULL", True: "''", False: "%s"}[one] for one in empty)
    statement = f"INSERT INTO {_quote(model._meta.db_table)} ({names}) VALUES ({marks})"
    return f"{statement} RETURNING {_quote(model._meta.pk.column)}" if returns else statement


def _split(columns: Sequence[models.Field], rows: Sequence) -> tuple[dict, dict]:
    """The value of each column that has one for all rows, and the values of the others: the fewer, the faster.

    At least one column is among the others, for the number of rows.
    """
    same, arrays = {}, {}
    prepare = _preparer()
    for column in columns:
        values = _values(column, rows)
        if len(same) < len(columns) - 1 and values.count(values[0]) == len(values):
            same[column] = prepare(column, values[0])
        else:
            arrays[column] = [prepare(column, value) for value in values]
    return same, arrays


def _all(columns: Sequence[models.Field], rows: Sequence) -> list[list]:
    prepare = _preparer()
    return [[prepare(column, value) for value in _values(column, rows)] for column in columns]


def _preparer():
    """Columns' values as the database takes them; a value that many rows share is prepared once."""
    # The proxy that Django hands out looks the connection up for each value.
    ours, known = connections[DEFAULT_DB_ALIAS], {}

    def prepare(column: models.Field, value):
        # The rows hold their values for as long as this lives, so no two values have one address.
        place = (column, id(value))
        if place not in known:
            known[place] = column.get_db_prep_save(value, ours)
        return known[place]

    return prepare


def _values(column: models.Field, rows: Sequence) -> list:
    if getattr(column, "auto_now_add", False):
        return [timezone.now()] * len(rows)
    return [getattr(row, column.attname) for row in rows]


def _types(arrays: dict[models.Field, list]) -> str:
    return ", ".join(
        "ARRAY(SELECT jsonb_array_elements(%s))" if _documents(values) else f"%s::{column.db_type(connection)}[]"
        for column, values in arrays.items()
    )


def _packed(values: list):
    """Documents go as one: in an array each of their quotes is escaped once more, one call of Python for each."""
    return Jsonb([one.obj for one in values], values[0].dumps) if _documents(values) else values


def _documents(values: list) -> bool:
    return all(isinstance(value, Jsonb) for value in values)


def _quote(name: str) -> str:
    return connection.ops.quote_name(name)


def locked(queryset: models.QuerySet) -> models.QuerySet:
    """The rows locked in the order of their keys; SQLite's writing transaction already excludes everyone else."""
    queryset = queryset.order_by("pk")
    return queryset.select_for_update(of=("self",)) if connection.features.has_select_for_update else queryset


def skip_locked(queryset: models.QuerySet) -> models.QuerySet:
    """The rows locked in the queryset's order, without those that another worker holds."""
    if not connection.features.has_select_for_update_skip_locked:
        return queryset
    return queryset.select_for_update(skip_locked=True, of=("self",))


def any_of(rows: models.QuerySet) -> IsNull:
    """A condition: there is one of `rows`, which refer to an outer row. PostgreSQL may make a join of EXISTS and read all
    of them; this is looked up."""
    return IsNull(models.Subquery(rows.order_by().values("pk")[:1]), False)


@models.ForeignKey.register_lookup
@models.Field.register_lookup
class Among(models.Lookup):
    """`pk__among=keys` finds what `pk__in=keys` does. PostgreSQL gets one array: a thousand parameters cost more than the
    query."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler, connection):
        column, parameters = self.process_lhs(compiler, connection)
        values = list(self.rhs)
        if connection.vendor == "postgresql":
            return f"{column} = ANY(%s)", [*parameters, values]
        return f"{column} IN ({', '.join(['%s'] * len(values))})", [*parameters, *values]
