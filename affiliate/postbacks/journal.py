"""Keeps each call as one row before anything is done about it."""

import json

from django.db import connection

from affiliate.delivery import addresses, clock, wake
from affiliate.models import Postback
from affiliate.models.postback import Verdict
from affiliate.postbacks import drain, keys, limits, matching
from affiliate.postbacks.answers import Word
from affiliate.postbacks.calls import Call
from affiliate.postbacks.details import note
from affiliate.postbacks.keys import Caller

_COLUMNS = ("network_id", "ip", "method", "query", "body", "fields", "verdict", "detail", "old_key")


def keep(call: Call) -> Word:
    """Store a call and say what to answer. Two statements: who calls (and whether it asks about its own lead), the row.

    `LIMIT`, for a network that calls too often, is a call that was not stored. A stranger who does is not stored either.
    """
    ids = matching.ids_of(call.fields)
    caller = keys.caller_of(call.identity, oid=ids.oid)
    if caller is None:
        if not limits.stranger_is_full(call.ip):
            _store(call, None, Verdict.BAD_KEY, [_wrong(call.identity)])
        return Word.KEY
    if limits.network_is_full(caller.network_id):
        return Word.LIMIT
    if not addresses.allowed(call.ip, caller.ips):
        # As if the key were wrong: whoever holds a stolen one learns nothing.
        _store(call, caller, Verdict.ADDRESS, [note("address", ip=call.ip or "?")])
        return Word.KEY
    if not (ids.given or ids.macro):
        _store(call, caller, Verdict.NO_ID, [])
        return Word.ORDERID
    _store(call, caller, Verdict.PENDING, [])
    wake.soon(drain.TASK)
    # An oid is ours, so one that is not there now never will be; an eid may overtake the answer to our push.
    return Word.ACCESS if ids.oid and not caller.has_lead else Word.OK


def _store(call: Call, caller: Caller | None, verdict: Verdict, detail: list[dict]) -> None:
    """Written out: Django's own way of making a row takes longer than everything else here."""
    values = (
        caller and caller.network_id,
        call.ip,
        call.method,
        call.query,
        call.body,
        json.dumps(call.fields),
        verdict.value,
        json.dumps(detail),
        bool(caller and caller.old_key),
    )
    marks = ", ".join(["%s"] * len(values))
    due = clock.sql() if verdict is Verdict.PENDING else "NULL"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {Postback._meta.db_table} ({', '.join(_COLUMNS)}, received_at, due_at)"
            f" VALUES ({marks}, {clock.sql()}, {due})",
            values,
        )


def _wrong(identity: str) -> dict:
    number, hyphen, _key = identity.partition("-")
    return note("no-key", number=number[:18]) if hyphen and number.isdecimal() else note("no-id")
