"""Status words as networks write them, counted by the batch and added up by and by."""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Count

from affiliate.delivery import bulk
from affiliate.models import Network, SeenWords, StatusWord
from affiliate.vocabulary import Status

ADD_UP = "affiliate.status_words"
BATCH = 1000
# A network that writes something else each time has so many words kept.
MOST = 1000


def why(status: Status | None) -> str:
    """The code of `labels.WHY` for a word that a network's own list explains, or does not."""
    return "network" if status else "unknown"


class Seen:
    """The words of one batch."""

    def __init__(self):
        self._found = {}

    def note(self, network_id: int, report) -> None:
        """`report` is a `statuses.Report`."""
        key = (network_id, report.raw_status, report.status, report.why)
        if (known := self._found.get(key)) is None:
            known = self._found[key] = [0, 0]
        if not report.again:
            known[0] += 1
        known[1] = report.lead_id

    def keep(self, now: datetime) -> None:
        """One row, in the caller's transaction."""
        if self._found:
            words = [
                [network_id, word[:100], status.value if status else "", why, times, lead_id]
                for (network_id, word, status, why), (times, lead_id) in self._found.items()
            ]
            SeenWords.objects.create(words=words, seen_at=now)


def add_up() -> int:
    """Add what was seen to the words; returns how many batches. Whoever shows words calls it first."""
    done = 0
    while count := _add_up():
        done += count
    return done


def _add_up() -> int:
    with transaction.atomic():
        rows = list(bulk.skip_locked(SeenWords.objects.order_by("pk"))[:BATCH])
        found: dict[tuple[int, str], StatusWord] = {}
        for row in rows:
            for network_id, word, status, why, times, lead_id in row.words:
                known = found.get((network_id, word))
                news = times or not known
                found[network_id, word] = StatusWord(
                    network_id=network_id,
                    word=word,
                    status=status,
                    why=why,
                    count=times + (known.count if known else 0),
                    first_seen=known.first_seen if known else row.seen_at,
                    last_seen=row.seen_at if news else known.last_seen,
                    lead_id=lead_id if news else known.lead_id,
                )
        _write(_wanted(found))
        SeenWords.objects.filter(pk__among=[row.pk for row in rows]).delete()
    return len(rows)


def _wanted(found: dict[tuple[int, str], StatusWord]) -> list[StatusWord]:
    """Those that are known already, and new ones as long as their network has room. In one order, so that nobody waits in
    a circle."""
    networks = {network_id for network_id, _word in found}
    there = set(Network.objects.filter(pk__in=networks).values_list("pk", flat=True))
    counts = dict(StatusWord.objects.filter(network__in=there).values_list("network").annotate(Count("pk")))
    old = StatusWord.objects.filter(network__in=there, word__among={word for _network, word in found})
    known = set(old.values_list("network", "word"))
    wanted = []
    for (network_id, word), row in sorted(found.items()):
        if network_id not in there:
            continue
        if (network_id, word) not in known:
            if counts.get(network_id, 0) >= MOST:
                continue
            counts[network_id] = counts.get(network_id, 0) + 1
            # It may have come before words were counted.
            row.count = max(row.count, 1)
        wanted.append(row)
    return wanted


def _write(rows: Iterable[StatusWord]) -> None:
    columns = [column for column in StatusWord._meta.concrete_fields if not column.primary_key]
    names, table = [column.column for column in columns], StatusWord._meta.db_table
    newest = ", ".join(f"{name} = excluded.{name}" for name in ("status", "why"))
    # What is only read again says what the word means, and is not seen anew.
    newest += "".join(
        f", {name} = CASE WHEN excluded.count > 0 THEN excluded.{name} ELSE {table}.{name} END"
        for name in ("last_seen", "lead_id")
    )
    statement = (
        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(['%s'] * len(names))})"
        f" ON CONFLICT (network_id, word) DO UPDATE SET count = {table}.count + excluded.count, {newest}"
    )
    values = [[column.get_db_prep_save(getattr(row, column.attname), connection) for column in columns] for row in rows]
    if values:
        with connection.cursor() as cursor:
            cursor.executemany(statement, values)
