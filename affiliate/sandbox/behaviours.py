"""What the sandbox network does with which lead: one table, read by its API and shown on its page."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

DECIDES_AFTER = timedelta(seconds=5)
PAYOUT, CURRENCY = "25.00", "USD"


class Says(StrEnum):
    """How the API answers an order."""

    TAKEN = "taken"
    TAKEN_LATE = "taken late"
    TAKEN_ONCE = "taken once"
    TAKEN_ON_SECOND_TRY = "taken on second try"
    NOTHING = "nothing"
    GARBAGE = "garbage"
    DUPLICATE = "duplicate"
    REFUSED = "refused"
    BROKEN = "broken"


class Decides(StrEnum):
    """The network's own status words. A pending order is still being worked on."""

    PENDING = "pending"
    HOLD = "hold"
    APPROVED = "approved"
    REJECTED = "rejected"
    TRASH = "trash"

    @property
    def payout(self) -> str:
        return PAYOUT if self in (Decides.APPROVED, Decides.HOLD) else "0.00"


@dataclass(frozen=True)
class Behaviour:
    """Chosen by a word of the lead's name, or by the last six digits of its phone."""

    word: str
    digits: str
    does: str
    says: Says = Says.TAKEN
    decides: Decides = Decides.APPROVED


DEFAULT = Behaviour("", "", _("Takes the order and approves it."))
BEHAVIOURS = (
    Behaviour("cancel", "000001", _("Takes the order and rejects it."), decides=Decides.REJECTED),
    Behaviour("trash", "000002", _("Takes the order and calls it trash."), decides=Decides.TRASH),
    Behaviour("hold", "000003", _("Takes the order and puts the money on hold."), decides=Decides.HOLD),
    Behaviour("wait", "000004", _("Takes the order and never decides."), decides=Decides.PENDING),
    Behaviour("duplicate", "000005", _("Answers that it has this person already."), Says.DUPLICATE),
    Behaviour("once", "000006", _("Takes a phone the first time, then answers duplicate."), Says.TAKEN_ONCE),
    Behaviour("refuse", "000007", _("Refuses the order: the phone is wrong."), Says.REFUSED),
    Behaviour("timeout", "000008", _("Takes the order, but does not answer in time."), Says.NOTHING),
    Behaviour("garbage", "000009", _("Takes the order, but answers with a broken page."), Says.GARBAGE),
    Behaviour("error", "000010", _("Does not take the order and answers with HTTP 500."), Says.BROKEN),
    Behaviour("limit", "000011", _("Asks to come back later the first time, then takes it."), Says.TAKEN_ON_SECOND_TRY),
    Behaviour("slow", "000012", _("Takes the order, but answers only after a few seconds."), Says.TAKEN_LATE),
)


def behaviour_of(*, name: str, phone: str) -> Behaviour:
    words = name.casefold().split()
    digits = "".join(char for char in phone if char in "0123456789")[-6:]
    return next((one for one in BEHAVIOURS if one.word in words or one.digits == digits), DEFAULT)
