"""Leads of a filter as CSV: a batch at a time, so that a million of them take no more memory than a thousand."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from affiliate import sheets
from affiliate.admin import personal
from affiliate.models import Lead, LeadLook, Network, Offer, Source

BATCH = 1000
COLUMNS = (
    "oid", "eid", "created_at", "source", "offer", "network", "country", "name", "phone", "delivery", "status",
    "payout", "payout_currency", "status_at", "price", "currency", "quantity", "test",
    "sub1", "sub2", "sub3", "sub4", "sub5", "utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term",
    "landing_url", "referer",
)  # fmt: skip
# What may tell who the person is; left out for who may not know.
PERSONAL = ("email", "ip", "address", "city", "zip", "delivery_reason", "status_reason")
MASKS = {"name": personal.masked_name, "phone": personal.masked_phone}
YES = gettext_noop("yes")


def lines(leads: QuerySet[Lead], *, user, query: str) -> Iterator[bytes]:
    """Pieces of the file, each of whole lines. Who sees phones and names in it is noted, with how many."""
    language, sees = translation.get_language(), personal.may_see(user)
    look = LeadLook.objects.create(person=user, query=query, rows=0) if sees else None
    with translation.override(language):
        columns = [*COLUMNS, *PERSONAL] if sees else [*COLUMNS]
        count = 0
        try:
            head = [Lead._meta.get_field(name).verbose_name for name in columns]
            batches = _batches(leads, columns, {} if sees else MASKS)
            yield from sheets.csv_lines([head])
            for batch in batches:
                # Each call writes the mark at the beginning of a file.
                yield b"".join(sheets.csv_lines(batch)).removeprefix("\ufeff".encode())
                count += len(batch)
        finally:
            if look:
                LeadLook.objects.filter(pk=look.pk).update(rows=count)


def _batches(leads: QuerySet[Lead], columns: list[str], masks: dict) -> Iterator[list[list]]:
    """From the newest received on; the order has an index, so each batch begins where the last one ended."""
    shown = _shown(columns, masks)
    leads = leads.select_related(None).order_by("-created_at", "-id")
    last = None
    while True:
        rows = list((_after(leads, *last) if last else leads).values_list("created_at", "id", *columns)[:BATCH])
        if rows:
            yield [[show(value) for show, value in zip(shown, row[2:], strict=True)] for row in rows]
        if len(rows) < BATCH:
            return
        last = rows[-1][:2]


def _after(leads: QuerySet[Lead], moment: datetime, key: int) -> QuerySet[Lead]:
    return leads.filter(Q(created_at__lt=moment) | Q(id__lt=key), created_at__lte=moment)


def _shown(columns: list[str], masks: dict) -> list:
    """How each column's value is written."""
    names = {
        "source": dict(Source.objects.values_list("pk", "name")),
        "offer": dict(Offer.objects.values_list("pk", "title")),
        "network": dict(Network.objects.values_list("pk", "name")),
    }
    ways = {name: (lambda key, known=known: known.get(key, "")) for name, known in names.items()}
    ways["test"] = lambda test: _(YES) if test else ""
    for name in ("delivery", "status"):
        words = {value: str(label) for value, label in Lead._meta.get_field(name).choices}
        ways[name] = lambda value, words=words: words.get(value, value)
    return [(ways | masks).get(name, lambda value: value) for name in columns]
