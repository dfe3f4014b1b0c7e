"""The vocabulary's words as people read them."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from affiliate.vocabulary import ChangeSource, CheckVerdict, Delivery, Evidence, OutcomeKind, Status

STATUS = [
    (Status.WAIT.value, pgettext_lazy("status", "wait")),
    (Status.HOLD.value, pgettext_lazy("status", "hold")),
    (Status.APPROVE.value, pgettext_lazy("status", "approve")),
    (Status.CANCEL.value, pgettext_lazy("status", "cancel")),
    (Status.TRASH.value, pgettext_lazy("status", "trash")),
]
DELIVERY = [
    (Delivery.QUEUED.value, _("queued")),
    (Delivery.SENDING.value, _("sending")),
    (Delivery.DELIVERED.value, _("delivered")),
    (Delivery.REFUSED.value, _("refused")),
    (Delivery.UNCLEAR.value, _("unclear")),
    (Delivery.FAILED.value, _("failed")),
]
OUTCOME = [
    (OutcomeKind.ACCEPTED.value, _("accepted")),
    (OutcomeKind.DUPLICATE.value, _("duplicate")),
    (OutcomeKind.REFUSED.value, _("refused")),
    (OutcomeKind.MISCONFIGURED.value, _("misconfigured")),
    (OutcomeKind.POSTPONED.value, _("retry later")),
    (OutcomeKind.UNCLEAR.value, _("unclear")),
]
SOURCE = [
    (ChangeSource.PUSH.value, _("push")),
    (ChangeSource.POLL.value, _("status poll")),
    (ChangeSource.POSTBACK.value, _("postback")),
    (ChangeSource.PERSON.value, _("person")),
]
EVIDENCE = {
    Evidence.DOCUMENTED: _("documented"),
    Evidence.CLIENT_CODE: _("client code"),
    Evidence.FAMILY: _("family"),
    Evidence.UNKNOWN: _("protocol not published"),
}
CHECK = [
    (CheckVerdict.WORKS.value, _("the connection works")),
    (CheckVerdict.REFUSED.value, _("the network refuses the settings")),
    (CheckVerdict.UNREACHABLE.value, _("the network cannot be reached")),
    (CheckVerdict.UNEXPECTED.value, _("the answer is not what this network usually says")),
]
# Why a status word means what it does.
WHY = [
    ("unknown", _("nobody has said")),
    ("list", _("the list in the postback's address")),
    ("network", _("the network's own words")),
    ("vocabulary", _("the general vocabulary")),
    ("person", _("a person has said so")),
]
IGNORED = [
    ("backwards", _("a decision is not taken back")),
    ("unknown-word", _("unknown status word")),
]
# What a person decided about a lead's delivery.
DECISIONS = [
    ("arrived", _("it arrived")),
    ("gave-up", _("given up")),
    ("sent-again", _("send again")),
]
# Why a network takes nothing now.
CLOSED = [
    ("disabled", _("the network is disabled")),
    ("paused", _("paused: misconfigured")),
    ("resting", _("paused: the network is failing")),
    ("hours", _("outside the network's working hours")),
    ("cap", _("the network's cap is reached")),
]
# Why a flow takes a lead, or not.
ROUTING = [
    ("taken", _("takes the lead")),
    ("sticky", _("takes the lead: it had the last one of this phone")),
    ("waits", _("takes the lead; it waits there until the network works again")),
    ("by-hand", _("a person chose it for a test lead")),
    ("priority", _("would take it too, but another flow goes first")),
    ("weight", _("would take it too, but the draw fell on another flow")),
    ("phone", _("would take it too, but another flow had the last lead of this phone")),
    ("disabled", _("the offer or the flow is disabled")),
    ("country", _("not for this country")),
    ("refused", _("the network refused the lead")),
    ("parameters", _("required parameters are missing")),
    ("test", _("the lead is a test for the sandbox only")),
    ("daily-cap", _("the flow's daily cap is reached")),
    ("total-cap", _("the flow's total cap is reached")),
    ("network-disabled", _("the network is disabled")),
    ("network-paused", _("the network is paused: misconfigured")),
    ("network-resting", _("the network is paused: it is failing")),
    ("network-hours", _("outside the network's working hours")),
    ("network-daily-cap", _("the network's daily cap is reached")),
    ("network-total-cap", _("the network's total cap is reached")),
]
# Why a source's lead was not taken: codes of `intake/errors.py` and of `intake/access.py`.
NOT_TAKEN = [
    ("key", _("wrong or ended key")),
    ("address", _("the source's list of addresses lacks the sender's")),
    ("site", _("the source's list of sites lacks the page's")),
    ("right", _("the key may not send leads")),
    ("limit", _("too many calls in a minute")),
    ("disabled", _("switched off")),
    ("required", _("missing")),
    ("wrong_type", _("of a wrong type")),
    ("malformed", _("cannot be read")),
    ("too_long", _("too long")),
    ("too_short", _("too short")),
    ("out_of_range", _("out of range")),
    ("unknown", _("not known here")),
    ("banned", _("on the black list")),
    ("duplicate", _("repeats an earlier lead")),
    ("reused", _("the key of another lead")),
    ("no_sandbox", _("no flow to the sandbox")),
]
