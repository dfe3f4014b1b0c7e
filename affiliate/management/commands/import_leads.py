"""`manage.py import_leads`: leads out of a CSV or XLSX file, as the admin's import takes them."""

import time
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from affiliate import sheets
from affiliate.intake.imports import columns, files, run
from affiliate.management.streams import print_utf8
from affiliate.models import LeadImport, Offer, Source
from affiliate.models.lead_import import ImportState

PIECE = 1024 * 1024


class Command(BaseCommand):
    help = (
        "Takes the rows of a file in as leads of a source. Columns are recognised by their headers; --column says what "
        "one is. The same rows again are the same leads. Killed, it is finished by the workers. With --dry-run "
        "every row is checked and nothing is taken in."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--source", required=True, metavar="NAME_OR_ID")
        parser.add_argument("--offer", metavar="TITLE_OR_ID", help="Of rows that name none themselves.")
        parser.add_argument("--country", default="", metavar="CODE", help="Of rows that name none themselves.")
        parser.add_argument(
            "--column",
            action="append",
            default=[],
            metavar="HEADER=FIELD",
            help="May be repeated; FIELD empty: left out.",
        )
        parser.add_argument("--dry-run", action="store_true")

    def handle(self, *, file, source, offer, country, column, dry_run, **options):
        print_utf8()
        source = find(Source, "name", source, "--source")
        offer = offer and find(Offer, "title", offer, "--offer")
        try:
            with file.open("rb") as opened:
                pieces = iter(lambda: opened.read(PIECE), b"")
                one = files.open_import(
                    source=source, name=file.name, pieces=pieces, offer=offer or None, country=country.upper()
                )
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from None
        except sheets.Unreadable as error:
            raise CommandError(f"{file}: {error}") from None
        try:
            self._choose(one, column)
            self._work(one, dry_run)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        finally:
            if dry_run or one.state == ImportState.UPLOADED:
                run.cancel(one)

    def _choose(self, one: LeadImport, column: list[str]):
        for pair in column:
            header, _equals, field = pair.rpartition("=")
            if header not in one.headers or field not in dict(columns.choices()):
                words = {"pair": pair, "headers": ", ".join(one.headers), "fields": ", ".join(dict(columns.choices()))}
                raise CommandError(_("--column %(pair)s: headers are %(headers)s; fields are %(fields)s") % words)
            one.columns[header] = field
        columns.check(one.columns, has_offer=bool(one.offer_id))
        one.save(update_fields=["columns"])
        for header, field in one.columns.items():
            self.stdout.write(f"  {header} → {field or '–'}")

    def _work(self, one: LeadImport, dry_run: bool):
        begin = run.check if dry_run else run.start
        begin(one)
        run.run(one.pk, progress=lambda row: self.stdout.write(f"… {row}", ending="\r"))
        while one.state in run.WORKING:
            # A worker may have taken it over.
            one.refresh_from_db()
            time.sleep(0 if one.state not in run.WORKING else 1)
        for error in one.errors.iterator():
            self.stderr.write(_("row %(row)s, %(column)s: %(message)s") % error.__dict__)
        words = {"taken": one.taken, "repeated": one.repeated, "refused": one.refused}
        if dry_run:
            text = _("would be taken %(taken)s, had come before %(repeated)s, with errors %(refused)s")
        else:
            text = _("taken %(taken)s, had come before %(repeated)s, with errors %(refused)s")
        self.stdout.write(text % words)
        if one.state == ImportState.FAILED:
            raise CommandError(one.problem)


def find(model, column: str, name_or_id: str, option: str):
    """By name, else by number. Raises CommandError."""
    found = model.objects.filter(**{column: name_or_id}).first()
    if found is None and name_or_id.isdecimal() and len(name_or_id) < 19:
        found = model.objects.filter(pk=name_or_id).first()
    if found is None:
        raise CommandError(_("%(option)s: there is no %(name)s") % {"option": option, "name": name_or_id})
    return found
