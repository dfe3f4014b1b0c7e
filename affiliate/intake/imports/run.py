"""A worker's part: checks a file's rows or takes them in, batch after batch. Each batch is one transaction.

What a batch did and how far the import came are committed together, so a worker may die between any two lines: the next
one goes on after the last committed row.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import islice

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import translation
from django.utils.translation import gettext as _

from affiliate import sheets
from affiliate.delivery import bulk, clock, push, wake
from affiliate.delivery.patience import patiently
from affiliate.intake.batch import take_many
from affiliate.intake.errors import Invalid
from affiliate.intake.imports import columns, files
from affiliate.models import LeadImport, Offer, RowError
from affiliate.models.lead_import import ImportState

RUN = "affiliate.import_leads"
BATCH = 500
LEASE = timedelta(seconds=settings.LEASE_SECONDS)
WAITING = (ImportState.UPLOADED, ImportState.CHECKED)
WORKING = (ImportState.CHECKING, ImportState.RUNNING)
# Days that an import nobody started, and the errors of a finished one, are kept.
KEPT = timedelta(days=14)


class NotNow(ValueError):
    """The import is in a state in which this cannot be done."""


def check(one: LeadImport) -> None:
    """Have every row looked at, without taking any in. Raises NotNow."""
    _begin(one, ImportState.CHECKING)


def start(one: LeadImport) -> None:
    """Have the rows taken in. Raises NotNow."""
    _begin(one, ImportState.RUNNING)


def cancel(one: LeadImport) -> None:
    """Take in no more rows; leads that were taken stay. Raises NotNow."""
    with transaction.atomic():
        rows = LeadImport.objects.filter(pk=one.pk, state__in=[*WAITING, *WORKING])
        _moved(one, rows.update(state=ImportState.CANCELLED, finished_at=clock.now(), lease=None, lease_until=None))
        files.forget(one)


def _begin(one: LeadImport, state: ImportState) -> None:
    with transaction.atomic():
        rows = LeadImport.objects.filter(pk=one.pk, state__in=WAITING)
        _moved(one, rows.update(state=state, position=0, taken=0, repeated=0, refused=0, problem=""))
        one.errors.all().delete()
        wake.wake(RUN, one.pk)


def _moved(one: LeadImport, count: int) -> None:
    one.refresh_from_db()
    if not count:
        raise NotNow(_("The import is %(state)s.") % {"state": one.get_state_display()})


def sweep() -> None:
    """Wake workers for imports that a lost message or a dead worker left."""
    left = LeadImport.objects.filter(_free(), state__in=WORKING)
    for number in left.values_list("pk", flat=True):
        wake.send(RUN, number)


def forget() -> int:
    """Delete the files nobody started and the errors of old imports; returns how many imports were touched."""
    before = clock.now() - KEPT
    idle = LeadImport.objects.filter(state__in=WAITING, created_at__lt=before)
    for one in idle:
        cancel(one)
    RowError.objects.filter(lead_import__created_at__lt=before).exclude(lead_import__state__in=WORKING).delete()
    return len(idle)


def run(number: int, *, progress=None) -> None:
    """Go on with an import until its file ends; another worker's is left to it. `progress` is called after each batch."""
    lease, now = uuid.uuid4(), clock.now()
    taken = LeadImport.objects.filter(_free(now), pk=number, state__in=WORKING)
    if not taken.update(lease=lease, lease_until=now + LEASE):
        return
    one = LeadImport.objects.select_related("source").get(pk=number)
    try:
        with translation.override(one.language), files.load(one) as file:
            _go_on(one, file, lease, progress)
    except sheets.Unreadable as error:
        _end(one, lease, ImportState.FAILED, problem=str(error)[:300])
    finally:
        LeadImport.objects.filter(pk=number, lease=lease).update(lease=None, lease_until=None)


def _go_on(one: LeadImport, file, lease: uuid.UUID, progress) -> None:
    dry_run = one.state == ImportState.CHECKING
    offers = {title.casefold(): pk for pk, title in Offer.objects.values_list("pk", "title")}
    records = (record for record in sheets.records(file) if record.row > one.position)
    for batch in _batches(records):
        if push.stopping.is_set() or not patiently(lambda: _batch(one, batch, lease, offers, dry_run)):  # noqa: B023 - called at once
            return
        if progress:
            progress(batch[-1].row)
    _end(one, lease, ImportState.CHECKED if dry_run else ImportState.DONE)


def _batches(records: Iterator[sheets.Record]) -> Iterator[list[sheets.Record]]:
    while batch := list(islice(records, BATCH)):
        yield batch


def _batch(
    one: LeadImport,
    batch: Sequence[sheets.Record],
    lease: uuid.UUID,
    offers: Mapping[str, int],
    dry_run: bool,
) -> bool:
    """Deal with some rows; False when the import is no longer ours: cancelled, or another worker's."""
    default = {columns.OFFER: one.offer_id and str(one.offer_id), "country": one.country}
    own_id = columns.column_of(columns.KEY, one.columns)
    rows = [
        (columns.data(record.cells, one.columns, offers=offers, default=default), record.cells.get(own_id, ""))
        for record in batch
    ]
    with transaction.atomic():
        ours = LeadImport.objects.filter(pk=one.pk, lease=lease, state=one.state, position__lt=batch[-1].row)
        if not bulk.locked(ours).exists():
            return False
        answers = take_many(source=one.source, rows=rows, dry_run=dry_run)
        errors = [
            error
            for record, answer in zip(batch, answers, strict=True)
            if isinstance(answer, Invalid)
            for error in _errors(one, record, answer)
        ]
        RowError.objects.bulk_create(errors)
        refused = sum(isinstance(answer, Invalid) for answer in answers)
        created = sum(not isinstance(answer, Invalid) and answer.created for answer in answers)
        ours.update(
            position=batch[-1].row,
            taken=F("taken") + created,
            repeated=F("repeated") + len(batch) - refused - created,
            refused=F("refused") + refused,
            lease_until=clock.now() + LEASE,
        )
    return True


def _errors(one: LeadImport, record: sheets.Record, invalid: Invalid) -> Iterator[RowError]:
    for error in invalid.errors:
        column = columns.column_of(error.field, one.columns) or error.field
        message = f"{error.message} {error.remedy}"
        yield RowError(lead_import=one, row=record.row, column=column[:200], message=message[:500])


def _end(one: LeadImport, lease: uuid.UUID, state: ImportState, *, problem: str = "") -> None:
    with transaction.atomic():
        ended = LeadImport.objects.filter(pk=one.pk, lease=lease, state=one.state)
        finished = None if state == ImportState.CHECKED else clock.now()
        dealt_with = F("taken") + F("repeated") + F("refused")
        if ended.update(state=state, rows=dealt_with, problem=problem, finished_at=finished) and finished:
            files.forget(one)


def _free(now=None) -> Q:
    return Q(lease_until=None) | Q(lease_until__lt=now or clock.now())
