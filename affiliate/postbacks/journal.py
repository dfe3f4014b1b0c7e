"""Keeps each call as one row before anything is done about it."""

import json

from django.db import connection

from affiliate.delivery import addresses, clock, wake
from affiliate.models import Lead, Postback
from affiliate.models.postback import Verdict
from affiliate.postbacks import drain, keys, limits, matching
from affiliate.postbacks.answers import Word
from affiliate.postbacks.calls import Call
from affiliate.postbacks.details import note
from affiliate.postbacks.keys import Caller

_COLUMNS = ("network_id", "ip", "method", "query", "body", "fields", "verdict", "detail", "old_key")
_OWN_LEAD = f"EXISTS (SELECT 1 FROM {Lead._meta.db_table} WHERE oid = %s AND network_id = %s)"


def keep(call: Call) -> Word:
    """Store a call and say what to answer, in one statement where the network has called a moment ago.

    `LIMIT`, for a network that calls too often, is a call that was not stored. A stranger who does is not stored either.
    """
    ids = matching.ids_of(call.fields)
    caller = keys.caller_of(call.identity)
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
    has_lead = _store(call, caller, Verdict.PENDING, [], oid=ids.oid)
    wake.soon(drain.TASK)
    # An oid is ours, so one that is not there now never will be; an eid may overtake the answer to our push.
    return Word.ACCESS if ids.oid and not has_lead else Word.OK


def _store(call: Call, caller: Caller | None, verdict: Verdict, detail: list[dict], *, oid: str = "") -> bool:
    """Whether `oid` is a lead of the caller's.

    Written out: Django's own way of making a row takes longer than everything else here.
    """
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
    statement = (
        f"INSERT INTO {Postback._meta.db_table} ({', '.join(_COLUMNS)}, received_at, due_at)"
        f" VALUES ({marks}, {clock.sql()}, {due})"
    )
    with connection.cursor() as cursor:
        if not oid:
            cursor.execute(statement, values)
            return False
        cursor.execute(f"{statement} RETURNING {_OWN_LEAD}", [*values, oid, caller.network_id])
        return bool(cursor.fetchone()[0])


def _wrong(identity: str) -> dict:
    number, hyphen, _key = identity.partition("-")
    return note("no-key", number=number[:18]) if hyphen and number.isdecimal() else note("no-id")
