"""The words every layer shares. Standard library only, so that anything may import it."""

from enum import StrEnum


class Status(StrEnum):
    """What became of a lead, as the network tells it.

    `HOLD` is approved but not yet paid; a lead still being worked on is `WAIT`.
    """

    WAIT = "wait"
    HOLD = "hold"
    APPROVE = "approve"
    CANCEL = "cancel"
    TRASH = "trash"

    @property
    def rank(self) -> int:
        """0 undecided, 1 approved but unpaid, 2 decided. A status never moves to a lower rank."""
        return _RANKS.get(self, 2)

    @property
    def decided(self) -> bool:
        return self.rank == 2


_RANKS = {Status.WAIT: 0, Status.HOLD: 1}


class Delivery(StrEnum):
    """Where a lead is on its way to a network."""

    QUEUED = "queued"
    SENDING = "sending"
    DELIVERED = "delivered"
    REFUSED = "refused"
    UNCLEAR = "unclear"
    FAILED = "failed"


class OutcomeKind(StrEnum):
    """How one conversation with a network ended, by what must happen next."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    REFUSED = "refused"
    MISCONFIGURED = "misconfigured"
    POSTPONED = "postponed"
    UNCLEAR = "unclear"


class CheckVerdict(StrEnum):
    """What a check of the connection found."""

    WORKS = "works"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    UNEXPECTED = "unexpected"


class Evidence(StrEnum):
    """How well a network's wire is known."""

    DOCUMENTED = "documented"
    CLIENT_CODE = "client-code"
    FAMILY = "family"
    UNKNOWN = "unknown"


class ChangeSource(StrEnum):
    """Who reported a status."""

    PUSH = "push"
    POLL = "poll"
    POSTBACK = "postback"
    PERSON = "person"
