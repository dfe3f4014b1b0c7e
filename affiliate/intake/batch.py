"""Takes many leads at once, by the rules of one: each statement serves the whole batch."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from affiliate.delivery import bulk, clock, reports, statistics
from affiliate.delivery.reports import News
from affiliate.delivery.routing import Router
from affiliate.delivery.wake import wake
from affiliate.intake import bans, checks, duplicates, leads, normalise
from affiliate.intake.errors import Invalid
from affiliate.intake.leads import Taken
from affiliate.models import Lead, Offer, Source
from affiliate.models.duplicates import OnDuplicate

KEY_FIELD = "key"


def take_many(*, source: Source, rows: Sequence[tuple[Mapping, str]], dry_run: bool = False) -> list[Taken | Invalid]:
    """What `leads.take` would do with each row, data and key, in their order; all in one transaction.

    A row without a key has its content for one: for ever, not for minutes. Leads of created rows have no primary key.
    With `dry_run` nothing is written; the answers are the same.
    """
    read = [_read(data, key) for data, key in rows]
    good = [one for one in read if isinstance(one, _Row)]
    with transaction.atomic():
        batch = _Batch(source, good)
        if not dry_run:
            leads.one_at_a_time(batch.marks())
        batch.look()
        answers = [batch.answer(one) if isinstance(one, _Row) else one for one in read]
        if not dry_run:
            _store(batch.fresh)
    return answers


@dataclass
class _Row:
    key: str
    fingerprint: str
    values: dict


def _read(data: Mapping, key: str) -> _Row | Invalid:
    try:
        key = normalise.idempotency_key(KEY_FIELD, key)
        values = normalise.lead(data)
    except Invalid as error:
        return error
    fingerprint = normalise.fingerprint(values)
    return _Row(key or f"content-{fingerprint}", fingerprint, values)


@dataclass
class _Batch:
    source: Source
    rows: list[_Row]
    offers: dict[int, Offer] = field(default_factory=dict)
    known: dict[str, Lead] = field(default_factory=dict)
    banned: dict[int, Invalid] = field(default_factory=dict)
    repeats: dict[int, duplicates.Earlier] = field(default_factory=dict)
    fresh: list[Lead] = field(default_factory=list)

    def __post_init__(self):
        self.offers = Offer.objects.in_bulk({row.values["offer_id"] for row in self.rows})
        self.rules = {pk: duplicates.rules_of(self.source, offer) for pk, offer in self.offers.items()}

    def marks(self) -> list[str]:
        marks = {f"{self.source.pk}:{row.key}" for row in self.rows}
        for row in self.rows:
            if rules := self._rules(row):
                marks.update(duplicates.marks(rules, row.values))
        return list(marks)

    def look(self) -> None:
        """Read what the rows are compared with."""
        keys = {row.key for row in self.rows}
        # In no order: SQLite would read all of a source's leads from the newest on to save sorting a few.
        came = Lead.objects.filter(source=self.source, idempotency_key__in=keys).order_by()
        self.known = {lead.idempotency_key: lead for lead in came.only("oid", "idempotency_key", "fingerprint")}
        errors = bans.find(self.source, [row.values for row in self.rows])
        self.banned = {id(row): error for row, error in zip(self.rows, errors, strict=True) if error}
        for pk, rules in self.rules.items():
            if rules:
                of_offer = [row.values for row in self.rows if row.values["offer_id"] == pk and self._rules(row)]
                self.repeats[pk] = duplicates.Earlier(rules, self.source, of_offer)

    def answer(self, row: _Row) -> Taken | Invalid:
        if came := self.known.get(row.key):
            same = came.fingerprint == row.fingerprint
            return Taken(came, created=False) if same else Invalid(leads.reused(KEY_FIELD, came))
        offer = self.offers.get(row.values["offer_id"])
        try:
            checks.offer_is_open(offer, row.values["offer_id"])
            checks.required_fields(offer, row.values)
        except Invalid as error:
            return error
        if error := self.banned.get(id(row)):
            return Invalid(error)
        rules = self._rules(row)
        repeated = self.repeats[offer.pk].find(row.values) if rules else None
        if repeated and rules.on_duplicate == OnDuplicate.REJECT:
            return duplicates.rejected(self.source, repeated)
        lead = Lead(source=self.source, idempotency_key=row.key, fingerprint=row.fingerprint, **row.values)
        lead.repeated = repeated
        if rules:
            self.repeats[offer.pk].add(lead)
        self.known[row.key] = lead
        self.fresh.append(lead)
        return Taken(lead, created=True)

    def _rules(self, row: _Row):
        return None if row.values["test"] else self.rules.get(row.values["offer_id"])


def _store(fresh: Sequence[Lead]) -> None:
    if not fresh:
        return
    now, router = clock.now(), Router()
    router.learn_phones(fresh, now=now)
    for lead in fresh:
        if lead.repeated and lead.repeated.pk:
            lead.duplicate_of_id = lead.repeated.pk
        router.route(lead, now=now)
    bulk.insert(Lead, fresh)
    _mark_repeats(fresh)
    statistics.mark([now])
    reports.note(_received(fresh), now=now)
    for network_id in {lead.network_id for lead in fresh if lead.network_id}:
        wake("affiliate.push_due", network_id)


def _mark_repeats(fresh: Sequence[Lead]) -> None:
    """Leads that repeat one of the same batch: its primary key is known only now."""
    inside = [lead for lead in fresh if lead.repeated and not lead.duplicate_of_id]
    if inside:
        numbers = _numbers([*inside, *(lead.repeated for lead in inside)])
        for lead in inside:
            lead.pk, lead.duplicate_of_id = numbers[lead.oid], numbers[lead.repeated.oid]
        bulk.update(Lead, inside, ["duplicate_of"])


def _received(fresh: Sequence[Lead]) -> Iterator[News]:
    """Their primary keys are asked for only where somebody wants to be told."""
    numbers = _numbers(fresh)
    for lead in fresh:
        lead.pk = numbers[lead.oid]
        yield News.received(lead)


def _numbers(fresh: Sequence[Lead]) -> dict[str, int]:
    return dict(Lead.objects.filter(oid__in={lead.oid for lead in fresh}).order_by().values_list("oid", "pk"))
