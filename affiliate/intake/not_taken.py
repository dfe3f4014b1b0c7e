"""Counts the leads that a source sent and the hub did not take, so that people can see why a lead did not come in."""

import logging
import re
from collections import Counter
from collections.abc import Iterable

from django.conf import settings
from django.db import Error as DatabaseFailure
from django.db import connection
from django.http import HttpRequest
from django.utils import timezone

from affiliate.delivery import addresses, clock
from affiliate.delivery.per_minute import Minute, neighbourhood
from affiliate.intake import normalise, text
from affiliate.intake.errors import FieldError
from affiliate.integrations.masking import MASK
from affiliate.models import NotTaken, Source
from affiliate.models.labels import NOT_TAKEN

log = logging.getLogger(__name__)
_CODES = frozenset(code for code, _words in NOT_TAKEN)
_FIELDS = normalise.KNOWN | {"Authorization", "Content-Type", "Idempotency-Key", "Origin", "body", "id", "leads"}
# Of what was sent, messages quote only what is between quotation marks.
_QUOTED = re.compile("“[^”]{2,}”|«[^»]{2,}»")
_NOT_PERSONAL = frozenset({"offer", "country", "currency", "quantity", "price", "test", "language", "timezone"})
_NUMBER = re.compile(r"([0-9]{1,18})-")
_strangers = Minute("denied leads from")

_TABLE = NotTaken._meta.db_table
# One statement, whether there is a row of that day or not; none for a source that does not exist.
_ADD = (
    f"INSERT INTO {_TABLE} (source_id, day, code, field, count, last_at, message)"
    f" SELECT id, %s, %s, %s, %s, {{now}}, %s FROM {Source._meta.db_table} WHERE id = %s"
    " ON CONFLICT (source_id, day, code, field) DO UPDATE SET"
    f" count = {_TABLE}.count + excluded.count, last_at = excluded.last_at, message = excluded.message"
)


def note(source_id: int, errors: Iterable[FieldError]) -> None:
    """Count leads that were not taken, each by its error. Call it outside the transaction that was given up."""
    counts, told = Counter(), {}
    for error in errors:
        if error.code in _CODES:
            reason = error.code, _field(error.field)
            counts[reason] += 1
            told[reason] = error.message
    for (code, field), count in counts.items():
        _add(source_id, code, field, count, told[code, field])


def denied(request: HttpRequest, said: str, code: str, message: str = "") -> None:
    """Count a call that was not let in with the key `said`, or could not be read, by the source that the key names.

    Of one address no more of them are counted than of calls with wrong keys: anybody can make them.
    """
    ip = addresses.of(request.META)
    if (named := _NUMBER.match(said)) and not _strangers.is_full(neighbourhood(ip), settings.WRONG_KEYS_PER_MINUTE):
        _add(int(named[1]), code, "", 1, message)


def _add(source_id: int, code: str, field: str, count: int, message: str) -> None:
    if field not in _NOT_PERSONAL:
        message = _QUOTED.sub(MASK, message)
    day = NotTaken._meta.get_field("day").get_db_prep_value(timezone.localdate(), connection)
    values = [day, code, field, count, text.clean(message)[:300], source_id]
    try:
        with connection.cursor() as cursor:
            cursor.execute(_ADD.format(now=clock.sql()), values)
    except DatabaseFailure:
        # The sender gets its answer all the same.
        log.exception("a lead that was not taken could not be counted")


def _field(name: str) -> str:
    name = name.partition(".")[0]
    return name if name in _FIELDS else ""
