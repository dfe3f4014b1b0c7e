"""`manage.py hub_status`: how each network is doing now."""

import json
from datetime import datetime, timedelta

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from affiliate.delivery import overview, processes
from affiliate.delivery.overview import NetworkOverview
from affiliate.management.streams import print_utf8
from affiliate.management.tables import table
from affiliate.models import labels

HEAD = (
    _("network"),
    _("queued"),
    _("sending"),
    _("due"),
    _("oldest due"),
    _("delivered in a minute"),
    _("in an hour"),
    _("refused"),
    _("errors"),
    _("next poll"),
    _("state"),
)


class Command(BaseCommand):
    help = (
        "Shows each network's queue, deliveries, refusals and errors of the last hour, what keeps it closed, and the "
        "next status poll."
    )

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="an object instead of a table; ages are in seconds")

    def handle(self, *args, **options):
        print_utf8()
        rows, waiting = overview.networks(), overview.without_network()
        beat, silent = processes.beat_stands_still(), processes.workers_silent_since()
        if options["json"]:
            shown = {
                "networks": [as_json(row) for row in rows],
                "without_network": waiting,
                "beat_stands_still": beat,
                "workers_silent_since": silent and silent.isoformat(),
            }
            self.stdout.write(json.dumps(shown, ensure_ascii=False, indent=2))
            return
        self.stdout.write(table([tuple(map(str, HEAD)), *map(as_line, rows)]))
        if waiting:
            text = ngettext(
                "%(count)s lead waits: no flow takes it", "%(count)s leads wait: no flow takes them", waiting
            )
            self.stdout.write(text % {"count": waiting})
        if beat:
            self.stdout.write(gettext("The beat process has started no task for more than ten minutes."))
        elif silent:
            text = gettext("No worker has reported since %(moment)s: start one again.")
            self.stdout.write(text % {"moment": date_format(timezone.localtime(silent), "DATETIME_FORMAT")})


def as_json(row: NetworkOverview) -> dict:
    return {
        "id": row.network.pk,
        "name": row.network.name,
        "queued": row.queued,
        "in_flight": row.sending,
        "due": row.due,
        "oldest_due_seconds": _seconds(row.oldest_due_age),
        "delivered_minute": row.delivered_minute,
        "delivered_hour": row.delivered_hour,
        "ended_hour": row.attempts,
        "refusal_rate": _rounded(row.refusal_rate),
        "error_rate": _rounded(row.error_rate),
        "closed": row.closed or None,
        "closed_detail": row.closed_detail or None,
        "half_open": row.half_open,
        "next_poll": row.next_poll and row.next_poll.isoformat(),
    }


def as_line(row: NetworkOverview) -> tuple[str, ...]:
    return (
        row.network.name,
        *map(str, (row.queued, row.sending, row.due)),
        _age(row.oldest_due_age),
        str(row.delivered_minute),
        str(row.delivered_hour),
        _percent(row.refusal_rate),
        _percent(row.error_rate),
        _until(row.next_poll, row.now),
        _state(row),
    )


def _state(row: NetworkOverview) -> str:
    if row.closed:
        words = str(dict(labels.CLOSED)[row.closed])
        return f"{words}: {row.closed_detail}" if row.closed_detail else words
    return gettext("one lead tries after a rest") if row.half_open else gettext("working")


def _until(moment: datetime | None, now: datetime) -> str:
    if moment is None:
        return "-"
    return gettext("in %(age)s") % {"age": _age(moment - now)} if moment > now else gettext("due now")


def _age(age: timedelta | None) -> str:
    """`45s`, `3m 20s`, `5h 2m`, `3d 4h`; "-" without one."""
    if age is None:
        return "-"
    seconds = int(age.total_seconds())
    for size, word, smaller, small_word in ((86400, "d", 3600, "h"), (3600, "h", 60, "m"), (60, "m", 1, "s")):
        if seconds >= size:
            return f"{seconds // size}{word} {seconds % size // smaller}{small_word}"
    return f"{seconds}s"


def _seconds(age: timedelta | None) -> int | None:
    return None if age is None else int(age.total_seconds())


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"
