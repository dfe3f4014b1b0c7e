"""The uploaded file: taken in, kept in pieces, given out as a file again."""

import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import BinaryIO

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from affiliate import sheets
from affiliate.intake.imports import columns
from affiliate.models import ImportPart, LeadImport, Offer, Source

LARGEST = 64 * 1024 * 1024
PART = 512 * 1024
SAMPLE = 5


def open_import(
    *,
    source: Source,
    name: str,
    pieces: Iterable[bytes],
    offer: Offer | None = None,
    country: str = "",
    person=None,
) -> LeadImport:
    """Keep a file and guess its columns; nothing is taken in yet. Raises sheets.Unreadable, saying why."""
    digest = hashlib.sha256()
    with tempfile.TemporaryFile() as file:
        for piece in pieces:
            digest.update(piece)
            file.write(piece)
            if file.tell() > LARGEST:
                text = _("The file is larger than %(most)s MB. Split it, or save it as CSV.")
                raise sheets.Unreadable(text % {"most": LARGEST // 1024**2})
        headers = sheets.header(file)
        sample = [record.cells for record in islice(sheets.records(file), SAMPLE)]
        if not sample:
            raise sheets.Unreadable(_("The file has no rows under its first one."))
        with transaction.atomic():
            one = LeadImport.objects.create(
                source=source,
                offer=offer,
                country=country,
                person=person,
                language=get_language() or "en",
                file_name=name[-200:],
                digest=digest.hexdigest(),
                headers=headers,
                sample=sample,
                columns=columns.guess(headers),
            )
            _keep(one, file)
    return one


def same_file(one: LeadImport) -> LeadImport | None:
    """An earlier import of the very same file from the same source that took leads in."""
    earlier = LeadImport.objects.filter(source=one.source_id, digest=one.digest, pk__lt=one.pk, taken__gt=0)
    return earlier.order_by("-pk").first()


@contextmanager
def load(one: LeadImport) -> Iterator[BinaryIO]:
    """The whole file on this machine's disk while it is read."""
    with tempfile.TemporaryFile() as file:
        for data in one.parts.order_by("number").values_list("data", flat=True).iterator(chunk_size=4):
            file.write(data)
        yield file


def forget(one: LeadImport) -> None:
    """The file and what of it was shown are personal data: nothing of them stays when they are of no use any more."""
    one.parts.all().delete()
    one.sample = []
    one.save(update_fields=["sample"])


def _keep(one: LeadImport, file: BinaryIO) -> None:
    file.seek(0)
    number = 0
    while data := file.read(PART):
        ImportPart.objects.create(lead_import=one, number=number, data=data)
        number += 1
