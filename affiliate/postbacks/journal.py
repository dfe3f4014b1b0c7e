"""Keeps each call as one row before anything is done about it."""

from django.conf import settings
from django.db.models.functions import Now
from django.utils import translation
from django.utils.translation import gettext as _

from affiliate.delivery import wake
from affiliate.models import Postback
from affiliate.models.postback import Verdict
from affiliate.postbacks import drain, keys, matching
from affiliate.postbacks.answers import Word
from affiliate.postbacks.calls import Call


def keep(call: Call) -> Word:
    """Store a call and say what to answer. Two statements: who calls (and whether it asks about its own lead), the row."""
    ids = matching.ids_of(call.fields)
    network = keys.network_of(call.identity, oid=ids.oid)
    row = Postback(
        network=network, ip=call.ip, method=call.method, query=call.query, body=call.body, fields=call.fields
    )
    if network is None:
        word, row.verdict, row.detail = Word.KEY, Verdict.BAD_KEY, _key_detail(call.identity)
    elif not (ids.given or ids.macro):
        word, row.verdict = Word.ORDERID, Verdict.NO_ID
    else:
        # An oid is ours, so one that is not there now never will be; an eid may overtake the answer to our push.
        word = Word.ACCESS if ids.oid and not network.has_lead else Word.OK
        row.due_at = Now()
    row.save(force_insert=True)
    if row.due_at:
        wake.wake(drain.TASK)
    return word


@translation.override(settings.LANGUAGE_CODE)
def _key_detail(identity: str) -> str:
    """In the hub's language: the caller's is not the reader's."""
    number, hyphen, _key = identity.partition("-")
    if hyphen and number.isdecimal():
        return _("Network %(number)s has no such key, or there is no such network.") % {"number": number[:18]}
    return _("The id is not of the form <network>-<key>.")
