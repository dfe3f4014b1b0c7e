"""Why a postback has its verdict: notes in no language, kept with the row, and their words for whoever reads them.

A detail is a list of notes, `{"code": "changed", "old": "wait", "new": "approve"}`; the codes are those of TEXTS.
"""

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from affiliate.models import labels

TEXTS = {
    "changed": gettext_noop("%(old)s → %(new)s"),
    "payout": gettext_noop("New payout: %(payout)s"),
    "ignored": gettext_noop("%(reason)s"),
    "unknown": gettext_noop("Nobody has said what «%(word)s» means."),
    "macro": gettext_noop("%(name)s: the network did not replace the macro %(macro)s."),
    "empty": gettext_noop("status is empty: the network put nothing in the place of its macro."),
    "not-understood": gettext_noop("%(name)s is not understood: %(value)s."),
    "no-eid": gettext_noop("No lead of this network has the eid %(eid)s."),
    "no-oid": gettext_noop("No lead of this network has the oid %(oid)s."),
    "moved-on": gettext_noop("The lead was sent to this network first and then went to another one."),
    "no-key": gettext_noop("Network %(number)s has no such key, or there is no such network."),
    "no-id": gettext_noop("The id is not of the form <network>-<key>."),
    "address": gettext_noop("%(ip)s is not among the addresses that this network's postbacks may come from."),
}
_WORDS = {"old": dict(labels.STATUS), "new": dict(labels.STATUS), "reason": dict(labels.IGNORED)}


def note(code: str, **parameters: str) -> dict:
    return {"code": code, **parameters}


def words(detail: Iterable[dict]) -> str:
    """In the reader's language. A status or a reason among the parameters is put in words too."""
    return " ".join(_(TEXTS[one["code"]]) % {name: _word(name, value) for name, value in one.items()} for one in detail)


def _word(name: str, value: str) -> str:
    return str(_WORDS.get(name, {}).get(value, value))
