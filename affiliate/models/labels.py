"""The vocabulary's words as people read them."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from affiliate.vocabulary import ChangeSource, Delivery, Evidence, OutcomeKind, Status

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
IGNORED = [
    ("backwards", _("a decision is not taken back")),
    ("unknown-word", _("unknown status word")),
]
