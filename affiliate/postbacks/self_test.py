"""Calls our own postback address as a network would, from outside."""

import secrets
from dataclasses import dataclass

import requests
from django.conf import settings
from django.utils.translation import gettext as _

from affiliate.integrations.postback_urls import prefix
from affiliate.models import Network, Postback
from affiliate.models.postback import Verdict
from affiliate.postbacks.answers import Word

# No lead has such an oid: the letters L and I are not among those of an oid.
MARK = "SELFTEST"
TIMEOUTS = (5, 10)
# Where the call is looked for in the journal.
NEWEST = 200


@dataclass(frozen=True)
class Found:
    """`text` says what happened and, when it is not as it should be, what to do."""

    ok: bool
    text: str


def run(network: Network) -> Found:
    """A GET about a lead that is not there, which has to be answered `access` and kept, and a HEAD."""
    oid = f"{MARK}{secrets.token_hex(8)}".upper()
    url = f"{prefix(settings.SITE_URL, network.pk, network.postback_key)}&oid={oid}&status=approve"
    try:
        with requests.Session() as session:
            session.trust_env = False
            answers = [session.request(way, url, timeout=TIMEOUTS, allow_redirects=False) for way in ("GET", "HEAD")]
    except (requests.RequestException, ValueError) as error:
        # The error's own text repeats the address, and the key with it.
        return _wrong(_("There is no answer (%(error)s).") % {"error": type(error).__name__})
    if any(answer.is_redirect for answer in answers):
        return _wrong(_("The answer sends the caller to another address; most networks do not follow."))
    if any(answer.status_code != 200 for answer in answers):
        codes = {"get": answers[0].status_code, "head": answers[1].status_code}
        return _wrong(_("The answer is HTTP %(get)s, and %(head)s to HEAD, instead of 200.") % codes)
    newest = network.postbacks.order_by("-pk")[:NEWEST]
    return _judge(_word(answers[0]), next((row for row in newest if row.fields.get("oid") == oid), None))


def _judge(word: str, row: Postback | None) -> Found:
    if row is None:
        return _wrong(_("Something answers there, but the call is not in this hub's journal."))
    if row.verdict == Verdict.ADDRESS:
        text = _(
            "The address and the key are right. The call was refused only because this hub's own address, %(ip)s, is not on "
            "the list of addresses that postbacks come from."
        )
        return Found(True, text % {"ip": row.ip or "?"})
    if word != Word.ACCESS:
        return Found(False, _("The hub answered “%(word)s” instead of “access”.") % {"word": word})
    text = _("The address and the key are right: a call about a lead that is not there was answered with “access”.")
    return Found(True, text)


def _wrong(text: str) -> Found:
    site = {"site": settings.SITE_URL}
    mend = _("The address is %(site)s: check SITE_URL in the hub's settings and what stands before the hub.") % site
    return Found(False, f"{text} {mend}")


def _word(answer: requests.Response) -> str:
    try:
        said = answer.json()
    except ValueError:
        said = None
    return str(said.get("error", said.get("status"))) if isinstance(said, dict) else answer.text[:60]
