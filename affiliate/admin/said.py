"""Why something went wrong, in the reader's words: the engine keeps its own reasons in English, as evidence."""

from django.utils.translation import gettext, gettext_noop

from affiliate.delivery.report_requests import ERRORS

REASONS = {
    gettext_noop("connection failed"),
    gettext_noop("no answer: timeout"),
    gettext_noop("no answer: reset"),
    gettext_noop("the worker stopped before the answer came"),
    gettext_noop("the integration could not read the answer"),
    gettext_noop("the integration could not make a request"),
    gettext_noop("the integration came to no outcome"),
    gettext_noop("too many requests in one conversation"),
    gettext_noop("the network was asked by our id and does not know the lead"),
}
_OURS = REASONS | set(ERRORS.values())


def reason(text: str) -> str:
    """What a network said stays as it is."""
    return gettext(text) if text in _OURS else text


def error(kind: str) -> str:
    """Of an answer that did not come; "" for one that came."""
    return gettext(ERRORS[kind]) if kind in ERRORS else kind
