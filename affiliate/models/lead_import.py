from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from affiliate.models.fields import COUNTRY
from affiliate.models.offer import Offer
from affiliate.models.source import Source


class ImportState(models.TextChoices):
    """`CHECKING` and `RUNNING` are a worker's; in the others it is a person's turn, or nothing is left to do."""

    UPLOADED = "uploaded", pgettext_lazy("import", "columns to choose")
    CHECKING = "checking", pgettext_lazy("import", "being checked")
    CHECKED = "checked", pgettext_lazy("import", "checked, not started")
    RUNNING = "running", pgettext_lazy("import", "running")
    DONE = "done", pgettext_lazy("import", "done")
    FAILED = "failed", pgettext_lazy("import", "stopped by an error")
    CANCELLED = "cancelled", pgettext_lazy("import", "cancelled")


class LeadImport(models.Model):
    """A file of leads on its way in, and how far it came. `position` is the last row that is dealt with.

    `columns` says what each column is: a field of a lead, `key` (the file's own id of a lead), `extra`, or "" (left out).
    """

    source = models.ForeignKey(Source, models.PROTECT, verbose_name=_("source"), related_name="imports")
    offer = models.ForeignKey(
        Offer,
        models.SET_NULL,
        null=True,
        blank=True,
        verbose_name=_("offer"),
        related_name="+",
        help_text=_("Of rows that name none in a column of the file."),
    )
    country = models.CharField(
        _("country"),
        max_length=2,
        blank=True,
        validators=[COUNTRY],
        help_text=_("Of rows that name none: two letters, for example RO. National phone numbers need it."),
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, verbose_name=_("person"), related_name="+"
    )
    language = models.CharField(max_length=10, default="en", editable=False)
    file_name = models.CharField(_("file"), max_length=200)
    digest = models.CharField(max_length=64, editable=False, db_index=True)
    headers = models.JSONField(default=list, editable=False)
    sample = models.JSONField(default=list, editable=False)
    columns = models.JSONField(_("columns"), default=dict)
    state = models.CharField(_("state"), max_length=10, choices=ImportState, default=ImportState.UPLOADED)
    rows = models.PositiveIntegerField(_("rows"), null=True, blank=True)
    position = models.PositiveIntegerField(default=0)
    taken = models.PositiveIntegerField(_("taken"), default=0)
    repeated = models.PositiveIntegerField(_("had come before"), default=0)
    refused = models.PositiveIntegerField(_("with errors"), default=0)
    problem = models.CharField(_("error"), max_length=300, blank=True)
    lease = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(_("uploaded"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("import of leads")
        verbose_name_plural = _("imports of leads")
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["lease_until"],
                condition=models.Q(state__in=["checking", "running"]),
                name="import_for_worker",
            )
        ]

    def __str__(self):
        return self.file_name

    @property
    def dealt_with(self) -> int:
        return self.taken + self.repeated + self.refused


class ImportPart(models.Model):
    """A piece of the uploaded file: web and worker may live on two machines, and share the database only.

    Deleted with the import's end, since it is personal data.
    """

    lead_import = models.ForeignKey(LeadImport, models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        verbose_name = _("part of a file")
        verbose_name_plural = _("parts of files")
        constraints = [models.UniqueConstraint(fields=["lead_import", "number"], name="import_part_once")]

    def __str__(self):
        return f"{self.lead_import}: {self.number}"


class RowError(models.Model):
    """Why a row is not taken: its number as the spreadsheet shows it, the column, what is wrong and what to do."""

    lead_import = models.ForeignKey(LeadImport, models.CASCADE, related_name="errors")
    row = models.PositiveIntegerField(_("row"))
    column = models.CharField(_("column"), max_length=200)
    message = models.CharField(_("error"), max_length=500)

    class Meta:
        verbose_name = _("error of a row")
        verbose_name_plural = _("errors of rows")
        ordering = ["row", "id"]

    def __str__(self):
        return f"{self.row}: {self.message}"
