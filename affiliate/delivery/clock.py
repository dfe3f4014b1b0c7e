"""The database's clock: workers on several machines agree on it."""

from datetime import datetime

from django.db import connection
from django.utils import timezone


def now() -> datetime:
    """The moment of the database, aware. SQLite lives on this machine, so this machine's clock is its clock."""
    if connection.vendor != "postgresql":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        return cursor.fetchone()[0]


def sql() -> str:
    """The same moment for a statement that is run with parameters."""
    return (
        "statement_timestamp()" if connection.vendor == "postgresql" else "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now')"
    )
