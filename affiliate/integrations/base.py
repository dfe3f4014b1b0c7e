"""The contract of an integration: declared like a form, spoken like a conversation."""

from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from types import MappingProxyType

from affiliate.integrations import texts
from affiliate.integrations.description import parts, polling
from affiliate.integrations.fields import Credential, Parameter, Tail, Value
from affiliate.integrations.lead import Lead
from affiliate.integrations.messages import TRY_LATER, Answer, Request
from affiliate.integrations.money import parse_amount, parse_currency
from affiliate.integrations.outcomes import Accepted, Misconfigured, Outcome, Postponed, Refused, StatusReport, Unclear
from affiliate.vocabulary import Evidence, Status

Push = Generator[Request, Answer, Outcome]
Poll = Generator[Request | StatusReport, Answer | None, Outcome | None]
Check = Poll


@dataclass(frozen=True)
class Dedupes:
    """The network's promise that a second copy of a lead is dropped: by our id, or by phone within a known time."""

    by: str
    within: timedelta | None = None


class Integration:
    """One network's protocol. Subclasses declare what they need and write `push`, and `poll` where it is known.

    `push(lead)` yields requests, receives answers and returns an outcome. `poll(leads)` yields requests and, for each lead
    it learns about, a `StatusReport`; it returns None when it read everything and an outcome when it could not.
    `check(nobody)`, where the network has a request that is known to change nothing, finds out whether the credentials
    are taken. None of them may raise, whatever the answer.
    """

    slug = ""
    title = ""
    site = ""
    evidence = Evidence.UNKNOWN
    base_url = ""
    instructions = ""
    tails: Sequence[Tail] = ()
    tails_intro = texts.ADD_POSTBACKS
    notes: Sequence[str] = ()
    postback_fields: Sequence[tuple[str, str]] = ()
    statuses: Mapping[str, Status] = {}
    poll_batch = 0
    requests_per_second: float | None = None
    dedupes: Dedupes | None = None
    # Whether the coded poll finds leads whose id at the network we never learnt.
    polls_by_oid = False
    needs_base_url = False
    # Orders there are play: nobody is called, nothing is paid.
    practice = False
    # The id of no lead: the network's poll answers it with an empty list, so that the poll checks the connection.
    nobody = ""
    # What is known of a protocol that is described in the network's row, see `description/`. None: the push is code.
    described_push: Mapping | None = None
    # What is known of a status poll that nobody has confirmed: off until a manager completes and confirms it.
    described_poll: Mapping = {}

    def __init__(
        self,
        credentials: Mapping | None = None,
        parameters: Mapping | None = None,
        *,
        base_url: str = "",
        description: Mapping | None = None,
    ):
        self.values = {**(credentials or {}), **(parameters or {})}
        self.base_url = (base_url or type(self).base_url).rstrip("/")
        self.description = description or {}
        self.statuses = parts.over(parts.statuses(parts.given(self.description, "statuses")), type(self).statuses)

    def push(self, lead: Lead) -> Push:
        raise NotImplementedError

    def poll(self, leads: Sequence[Lead]) -> Poll:
        """The described poll; integrations whose poll is known have their own."""
        return polling.poll(self, Asked(leads))

    def check(self, nobody: Lead) -> Check:
        """Whether the network takes the credentials, by a request that creates nothing. None: it does.

        `nobody` is a lead of this moment that the network does not have. Integrations whose poll is no check have their own.
        """
        return self.poll([nobody])

    @classmethod
    def pushes(cls) -> bool:
        return cls.push is not Integration.push

    @classmethod
    def polls(cls) -> bool:
        return cls.poll is not Integration.poll

    def can_poll(self) -> bool:
        """Whether this account's statuses can be polled: by code, or by a description that a person confirmed."""
        return self.polls() or parts.confirmed(self.description)

    def can_check(self) -> bool:
        """Whether this account has a request that is known to be harmless: of the code, or a confirmed described poll."""
        return self.has_check() or (not self.polls() and self.can_poll())

    @classmethod
    def has_check(cls) -> bool:
        """Whether every account of this network has one."""
        return cls.check is not Integration.check or bool(cls.nobody)

    @property
    def finds_by_oid(self) -> bool:
        """Whether a poll finds a lead by our id alone: then it can tell whether an unclear one arrived."""
        return self.polls_by_oid if self.polls() else polling.by_oid(self)

    @property
    def batch(self) -> int:
        """How many leads one poll conversation may be about."""
        return self.poll_batch if self.polls() else polling.batch(self)

    @classmethod
    @cache
    def declared(cls, kind: type[Value]) -> Mapping[str, Value]:
        """The declared values of a kind, in the order of declaration, parents first."""
        found = {}
        for parent in reversed(cls.__mro__):
            for name, value in vars(parent).items():
                if isinstance(value, kind):
                    found[name] = value
                else:
                    found.pop(name, None)
        return MappingProxyType(found)

    @classmethod
    def credentials(cls) -> Mapping[str, Credential]:
        return cls.declared(Credential)

    @classmethod
    def parameters(cls) -> Mapping[str, Parameter]:
        return cls.declared(Parameter)

    @property
    def secrets(self) -> list[str]:
        """The values that must never be stored or logged in the clear."""
        return list(self.named_secrets.values())

    @property
    def named_secrets(self) -> dict[str, str]:
        return {
            name: text for name, value in self.declared(Value).items() if value.secret and (text := getattr(self, name))
        }

    def url(self, path: str, *, host: str = "") -> str:
        """An address at the network. `host` is another of its own hosts; an address that the manager typed stands for both."""
        typed = self.base_url != type(self).base_url.rstrip("/")
        return f"{host if host and not typed else self.base_url}/{path.lstrip('/')}"

    def status_of(self, word: str) -> Status | None:
        """Our status for the network's word, whatever its capitals; None for a word nobody has mapped."""
        wanted = word.strip().casefold()
        return next((status for known, status in self.statuses.items() if known.casefold() == wanted), None)

    def accepted(self, eid: str, word: str) -> Accepted:
        """The network has the lead and says the word of it at once; "" where it says none."""
        return Accepted(eid, self.status_of(word) or Status.WAIT, word[:100])

    def report(
        self, lead: Lead, word: str, *, eid="", status=None, comment="", payout=None, currency=""
    ) -> StatusReport:
        """What an answer says of a lead. `status` beats the mapping; `payout` and `currency` as the network wrote them."""
        return StatusReport(
            oid=lead.oid,
            eid=eid or lead.eid,
            status=status or self.status_of(word),
            raw_status=word[:100],
            comment=comment[:500],
            payout=parse_amount(payout),
            currency=parse_currency(currency),
        )

    def unexpected(self, answer: Answer) -> Outcome:
        """The outcome of an answer that the network's own rules do not explain. Integrations end with it."""
        return unexpected(answer)


def unexpected(answer: Answer) -> Outcome:
    """Classify by transport and HTTP code only: what is known of any HTTP service.

    A step that cannot create the lead is never unclear. 2xx without a verdict and 5xx are unclear once the lead was sent.
    """
    lost = Unclear if answer.commits else Postponed
    if answer.error == "connect":
        return Postponed("connection failed")
    if answer.error:
        return lost(f"no answer: {answer.error}")
    said = f"HTTP {answer.status}: {answer.excerpt}".rstrip(": ")
    if answer.status in TRY_LATER:
        return Postponed(said, answer.retry_after)
    if answer.status >= 500 or answer.ok:
        return lost(said)
    if answer.status in (400, 409, 410, 422):
        return Refused(said) if answer.commits else Misconfigured(said)
    return Misconfigured(said)


class Asked:
    """The leads of one poll, found again by either id."""

    def __init__(self, leads: Iterable[Lead]):
        self.leads = list(leads)
        self._by_eid = {lead.eid.casefold(): lead for lead in self.leads if lead.eid}
        self._by_oid = {lead.oid.casefold(): lead for lead in self.leads if lead.oid}

    @property
    def eids(self) -> list[str]:
        return [lead.eid for lead in self.leads if lead.eid]

    def find(self, *, eid: str = "", oid: str = "") -> Lead | None:
        return self._by_eid.get(eid.casefold()) or self._by_oid.get(oid.casefold())


def windows(leads: Iterable[Lead], *, longest: timedelta, margin: timedelta = timedelta(days=1)):
    """Pairs (start, end) that hold each lead's moment with a margin on both sides, none longer than `longest`."""
    spans = []
    for moment in sorted(lead.since for lead in leads):
        if spans and moment + margin - spans[-1][0] <= longest:
            spans[-1] = (spans[-1][0], moment + margin)
        else:
            spans.append((moment - margin, moment + margin))
    return spans
