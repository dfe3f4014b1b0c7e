"""Typed ends of a conversation, each named by what must happen next, and what a status poll learns."""

from dataclasses import dataclass
from decimal import Decimal

from affiliate.vocabulary import OutcomeKind, Status


@dataclass(frozen=True)
class Outcome:
    kind = None


@dataclass(frozen=True)
class Accepted(Outcome):
    """The network has the lead under `eid`; `status` when it told one already, and the `word` that it told it by.

    A word that nobody has mapped leaves the lead at wait and comes before a person.
    """

    eid: str = ""
    status: Status = Status.WAIT
    word: str = ""
    kind = OutcomeKind.ACCEPTED


@dataclass(frozen=True)
class Duplicate(Outcome):
    """The network had this person already."""

    eid: str = ""
    reason: str = "duplicate"
    status: Status = Status.CANCEL
    kind = OutcomeKind.DUPLICATE


@dataclass(frozen=True)
class Refused(Outcome):
    """This lead will never pass there."""

    reason: str
    status: Status = Status.CANCEL
    kind = OutcomeKind.REFUSED


@dataclass(frozen=True)
class Misconfigured(Outcome):
    """Bad key, unknown offer, address not allowed: no lead will pass until a person mends the settings."""

    reason: str
    kind = OutcomeKind.MISCONFIGURED


@dataclass(frozen=True)
class Postponed(Outcome):
    """Not processed, may pass later; `after` in seconds when the network named it."""

    reason: str
    after: float | None = None
    kind = OutcomeKind.POSTPONED


@dataclass(frozen=True)
class Unclear(Outcome):
    """It may or may not have arrived."""

    reason: str
    kind = OutcomeKind.UNCLEAR


@dataclass(frozen=True)
class StatusReport:
    """What a network said of one lead. `status` is None when its word is not known."""

    oid: str = ""
    eid: str = ""
    status: Status | None = None
    raw_status: str = ""
    comment: str = ""
    payout: Decimal | None = None
    currency: str = ""
