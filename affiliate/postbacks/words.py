"""What status words mean from now on, and for the leads that they came with before."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Q, QuerySet

from affiliate.delivery import actions, bulk, clock, statuses, wake, words
from affiliate.integrations import registry
from affiliate.models import Lead, Network, Postback, StatusChange, StatusWord, WordChange
from affiliate.models.postback import Verdict
from affiliate.postbacks import drain
from affiliate.postbacks.recognition import Why
from affiliate.vocabulary import ChangeSource, Status

# Leads that are looked at together, and leads that a preview looks at.
BATCH, PREVIEWED = 1000, 20_000
# Leads whose history is searched for a word at once.
STRETCH = 50_000
PERSON = "person"
# Postbacks that said something of their lead.
_HEARD = (Verdict.APPLIED, Verdict.SAME, Verdict.IGNORED, Verdict.UNKNOWN_WORD)


@dataclass
class Preview:
    """What a new meaning would do. `moves` counts (old, new) statuses; `more` when there are leads it did not look at."""

    moves: Counter = field(default_factory=Counter)
    same: int = 0
    more: bool = False

    @property
    def changed(self) -> int:
        return sum(self.moves.values())


def meaning(row: StatusWord) -> tuple[str, str]:
    """What the word means now, as status and code of `labels.WHY`. `row.network` must be there.

    A word that came with a list in the postback's address means what the list says, whatever is said here.
    """
    if row.why == Why.LIST:
        return row.status, row.why
    wanted = row.word.strip().casefold()
    said = {word.casefold(): status for word, status in _said(row.network).items()}
    if wanted in said:
        return said[wanted], PERSON
    try:
        status = row.network.integration_class().status_of(row.word)
    except registry.UnknownIntegration:
        status = None
    if status:
        return status.value, Why.NETWORK.value
    # What a person took back is unknown again.
    return (row.status, row.why) if row.why == Why.VOCABULARY else ("", Why.UNKNOWN.value)


def silent(network: Network) -> dict[str, str]:
    """The words of a network's own list that have not come yet, with their statuses."""
    came = {
        word.strip().casefold() for word in StatusWord.objects.filter(network=network).values_list("word", flat=True)
    }
    try:
        known = network.integration_class(description=network.description).statuses
    except registry.UnknownIntegration:
        return {}
    return {word: status.value for word, status in known.items() if word.casefold() not in came}


def explain(network: Network, word: str, status: Status, *, again: bool, person=None) -> WordChange:
    """Store what a word of a network means; with `again` also for leads whose last report was that word.

    The word joins the `statuses` of the network's description, which postbacks, polls and push answers are read by.
    Postbacks that wait for the word are applied, and the other leads are looked at by `apply_due`.
    """
    with transaction.atomic():
        row = bulk.locked(Network.objects.filter(pk=network.pk).only("description")).get()
        described = row.description if isinstance(row.description, dict) else {}
        row.description = {**described, "statuses": {**_said(row), word: status.value}}
        row.save(update_fields=["description"])
        StatusWord.objects.filter(_is("word", word), network=network).update(status=status.value, why=PERSON)
        change = WordChange.objects.create(
            network=network,
            word=word,
            status=status.value,
            person=person,
            finished_at=None if again else clock.now(),
            postbacks=drain.replay(_waiting(network, word)) if again else 0,
        )
        wake.wake(words.ADD_UP)
    return change


def preview(network: Network, word: str, status: Status) -> Preview:
    """What `explain` with `again` would do now. Nothing is written."""
    found, looked = Preview(), 0
    for reports, _last in _batches(network, word, status, after=0, waiting=True):
        for result in statuses.preview(reports):
            if result.changed:
                found.moves[result.old.value, result.new.value] += 1
            else:
                found.same += 1
        looked += len(reports)
        if looked >= PREVIEWED:
            found.more = True
            break
    return found


def apply_due() -> int:
    """Look at the leads of unfinished changes; returns how many changes were finished."""
    done = 0
    for pk in WordChange.objects.filter(finished_at=None).order_by("pk").values_list("pk", flat=True):
        while apply_batch(pk):
            pass
        done += 1
    return done


def apply_batch(pk: int) -> bool:
    """One batch of a change; whether there is more. What was done is kept with it, so that nothing is done twice."""
    with transaction.atomic():
        change = bulk.skip_locked(WordChange.objects.filter(pk=pk, finished_at=None)).first()
        if change is None:
            return False
        network = Network.objects.only("integration", "description").get(pk=change.network_id)
        status, after = Status(change.status), change.last_lead
        batch = next(_batches(network, change.word, status, after=after, waiting=False), None)
        if batch is None:
            actions.start_polls(Network.objects.get(pk=change.network_id))
            change.finished_at = clock.now()
        else:
            reports, change.last_lead = batch
            results = statuses.apply(reports, source=ChangeSource.PERSON, person=change.person)
            change.changed += sum(result.changed for result in results)
            change.same += sum(not result.changed for result in results)
        change.save()
    return batch is not None


def _said(network: Network) -> dict[str, str]:
    """What people said of words."""
    described = network.description if isinstance(network.description, dict) else {}
    known = described.get("statuses")
    return known if isinstance(known, dict) else {}


def _waiting(network: Network, word: str) -> QuerySet[Postback]:
    return Postback.objects.filter(_is("fields__status", word), network=network, verdict=Verdict.UNKNOWN_WORD)


def _is(column: str, word: str) -> Q:
    """Whatever its capitals. SQLite knows those of Latin letters only, so the usual spellings are named too."""
    spellings = {word, word.lower(), word.upper(), word.capitalize(), word.title()}
    return Q(**{f"{column}__iexact": word}) | Q(**{f"{column}__in": sorted(spellings)})


def _batches(
    network: Network, word: str, status: Status, *, after: int, waiting: bool
) -> Iterator[tuple[list[statuses.Report], int]]:
    """Corrections for the leads whose last report was the word, and the last lead of each batch.

    Without `waiting`, leads whose postback waits for the word are left to the postback.
    """
    while ids := _leads_with(network, word, after):
        after = ids[-1]
        last = _last_reports(ids)
        reports = [
            statuses.Report(pk, status, one.word, one.comment, one.payout, one.currency, corrects=True)
            for pk, one in last.items()
            if one.word.strip().casefold() == word.strip().casefold() and (waiting or not one.waits)
        ]
        yield reports, after


def _leads_with(network: Network, word: str, after: int) -> list[int]:
    """Some of the next leads that the word came with, by their keys; none when there are no more."""
    reported = StatusChange.objects.filter(_is("raw_status", word), lead__network=network)
    called = Postback.objects.filter(_is("fields__status", word), network=network, lead__network=network)
    newest = Lead.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    # Words have no index: a stretch of leads at a time, however many there are and however seldom the word came.
    while after < newest:
        ids = set()
        for rows in (reported, called):
            found = rows.filter(lead__gt=after, lead__lte=after + STRETCH).order_by("lead_id")
            ids.update(found.values_list("lead_id", flat=True).distinct()[:BATCH])
        if ids:
            return sorted(ids)[:BATCH]
        after += STRETCH
    return []


@dataclass(frozen=True, slots=True)
class _Last:
    """A lead's last report. `waits` when it is a postback whose word is not known."""

    word: str
    comment: str = ""
    payout: object = None
    currency: str = ""
    waits: bool = False


def _last_reports(ids: list[int]) -> dict[int, _Last]:
    """Out of the history and the postback journal. What a person decided after it stands, with a word that never fits."""
    found = {}
    lines = StatusChange.objects.filter(lead__among=ids).order_by("pk")
    for pk, moment, *values in lines.values_list(
        "lead_id", "created_at", "raw_status", "comment", "payout", "payout_currency"
    ):
        found[pk] = (moment, _Last(*values))
    calls = Postback.objects.filter(lead__among=ids, verdict__in=_HEARD, applied_at__isnull=False).order_by("pk")
    for pk, moment, word, verdict in calls.values_list("lead_id", "applied_at", "fields__status", "verdict"):
        waits = verdict == Verdict.UNKNOWN_WORD
        before, known = found.get(pk, (moment, None))
        same = known and known.word.casefold() == (word or "").casefold()
        if moment >= before or (waits and same):
            found[pk] = (max(moment, before), _Last(word or "", *_money_of(known if same else None), waits))
    return {pk: last for pk, (_moment, last) in found.items()}


def _money_of(known: _Last | None) -> tuple:
    return (known.comment, known.payout, known.currency) if known else ("", None, "")
