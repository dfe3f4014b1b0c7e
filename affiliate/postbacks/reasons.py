"""Cancel reasons by the numbers of the reference system."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from affiliate.postbacks.recognition import macro

REASONS = {
    "1": gettext_noop("incorrect phone"),
    "2": gettext_noop("changed their mind"),
    "3": gettext_noop("did not order"),
    "4": gettext_noop("wants a certificate"),
    "5": gettext_noop("wrong country"),
    "6": gettext_noop("errors or fake data"),
    "7": gettext_noop("duplicate"),
    "8": gettext_noop("ordered elsewhere"),
    "9": gettext_noop("too expensive"),
    "10": gettext_noop("not happy with the delivery"),
    "11": gettext_noop("could not be reached"),
    "12": gettext_noop("possible fraud"),
    "13": gettext_noop("speaks another language"),
    "14": gettext_noop("the product did not fit"),
    "15": gettext_noop("offer disabled"),
}


def comment_of(fields: Mapping[str, str]) -> str:
    """The reason in words and the network's comment. Zero is no reason; numbers above 15 are each installation's own."""
    reason = fields.get("reason", "")
    if reason in REASONS:
        reason = _(REASONS[reason])
    elif reason == "0":
        reason = ""
    elif reason.isdecimal():
        reason = _("reason %(number)s") % {"number": reason}
    return ": ".join(text for text in (reason, fields.get("comment", "")) if text and macro(text) != text)
