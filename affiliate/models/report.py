from datetime import timedelta
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from affiliate.integrations import report_macros
from affiliate.models import labels
from affiliate.models.encryption import EncryptedJSONField, EncryptedTextField
from affiliate.models.fields import new_key, new_oid
from affiliate.models.lead import Lead
from affiliate.models.offer import Offer
from affiliate.models.source import Source

# How long the secret before the newest still signs, so that receivers change it at their leisure.
OVERLAP = timedelta(days=2)


class Kind(models.TextChoices):
    TRACKER = "tracker", _("tracker: an address with macros")
    WEBHOOK = "webhook", _("signed webhook: JSON for a program")


class Format(models.TextChoices):
    GET = "get", "GET"
    FORM = "form", _("POST, form")
    JSON = "json", "POST, JSON"


RECEIVED, DELIVERED = "received", "delivered"
EVENTS = [
    (RECEIVED, pgettext_lazy("event", "received")),
    (DELIVERED, pgettext_lazy("event", "delivered to the network")),
    *labels.STATUS,
]


def new_secrets() -> list[str]:
    return [new_key()]


def validate_events(events) -> None:
    if not events or not set(events) <= set(dict(EVENTS)):
        raise ValidationError(_("Choose at least one event."))


class ReportAddress(models.Model):
    """Where a source wants to be told of its leads: a tracker's address with macros, or a signed webhook.

    `secrets` are the webhook's, newest first.
    """

    source = models.ForeignKey(Source, models.CASCADE, verbose_name=_("source"), related_name="report_addresses")
    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.TRACKER)
    url = EncryptedTextField(_("address"))
    format = models.CharField(_("sent as"), max_length=10, choices=Format, default=Format.GET)
    body = EncryptedTextField(_("body"), default="", blank=True)
    events = models.JSONField(_("events"), default=list, validators=[validate_events])
    offer = models.ForeignKey(Offer, models.CASCADE, null=True, blank=True, verbose_name=_("offer"), related_name="+")
    enabled = models.BooleanField(
        _("enabled"), default=True, help_text=_("A disabled address keeps the reports it has, and gets no new ones.")
    )
    secrets = EncryptedJSONField(_("secrets"), default=new_secrets, editable=False)
    old_secret_until = models.DateTimeField(null=True, blank=True, editable=False)
    # Taken from the address, which is encrypted: reports are sent host by host.
    host = models.CharField(_("host"), max_length=255, editable=False, db_index=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("report address")
        verbose_name_plural = _("report addresses")
        ordering = ["source", "name"]
        constraints = [models.UniqueConstraint(fields=["source", "name"], name="report_address_name")]

    def __str__(self):
        return f"{self.source}: {self.name}"

    def save(self, *args, **kwargs):
        self.host = urlsplit(self.url).netloc.rpartition("@")[2].lower()[:255]
        super().save(*args, **kwargs)

    def clean(self):
        checks = {"url": (report_macros.check_url, self.url)}
        if self.kind == Kind.TRACKER and self.format == Format.FORM:
            checks["body"] = (report_macros.check_form, self.body)
        if self.kind == Kind.TRACKER and self.format == Format.JSON:
            checks["body"] = (report_macros.check_json, self.body)
        errors = {}
        for name, (check, template) in checks.items():
            try:
                check(template or "")
            except ValueError as error:
                errors[name] = str(error)
        if "url" not in errors and self.kind == Kind.WEBHOOK and "{" in self.url:
            errors["url"] = _("A webhook's address has no macros: everything stands in the body.")
        if errors:
            raise ValidationError(errors)

    @property
    def masked(self) -> list[str]:
        """What of the address and its body is hidden wherever a request is kept or shown."""
        return [*report_macros.secrets(self.url), *report_macros.secrets(self.body or ""), *self.secrets]

    @property
    def signing_secrets(self) -> list[str]:
        """The newest secret, and the one before it while the overlap lasts."""
        overlaps = self.old_secret_until and self.old_secret_until > timezone.now()
        return self.secrets[: 2 if overlaps else 1]


class ReportState(models.TextChoices):
    QUEUED = "queued", pgettext_lazy("report", "queued")
    SENT = "sent", pgettext_lazy("report", "sent")
    UNCHANGED = "unchanged", pgettext_lazy("report", "not sent: nothing new")
    FAILED = "failed", pgettext_lazy("report", "failed")


class Report(models.Model):
    """One event of a lead for one address, and the outbox row that takes it there.

    Written in the transaction that makes the event. `status`, `payout` are the lead's at that moment. `digest` is of what
    was sent, without moments and ids. It is sent at least once: a worker that dies after the call repeats it.
    """

    # Without a constraint: an address that goes away must never fail the transaction that changes a lead's status.
    address = models.ForeignKey(
        ReportAddress,
        models.CASCADE,
        verbose_name=_("report address"),
        related_name="reports",
        db_constraint=False,
        db_index=False,
    )
    lead = models.ForeignKey(Lead, models.CASCADE, verbose_name=_("lead"), related_name="reports")
    uid = models.CharField(_("event id"), max_length=26, default=new_oid, editable=False)
    event = models.CharField(_("event"), max_length=10, choices=EVENTS)
    status = models.CharField(_("status"), max_length=10, choices=labels.STATUS)
    payout = models.DecimalField(_("payout"), max_digits=14, decimal_places=4, null=True, blank=True)
    payout_currency = models.CharField(_("payout currency"), max_length=3, blank=True)
    forced = models.BooleanField(_("sent again by a person"), default=False)
    state = models.CharField(_("state"), max_length=10, choices=ReportState, default=ReportState.QUEUED)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    attempts_made = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    digest = models.CharField(max_length=64, blank=True, editable=False)
    exchanges = models.JSONField(_("requests and answers"), default=list)
    created_at = models.DateTimeField(_("happened"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports to sources")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="queued") | Q(next_attempt_at__isnull=False), name="report_queued_is_scheduled"
            )
        ]
        indexes = [
            models.Index(fields=["address", "next_attempt_at"], condition=Q(state="queued"), name="report_due"),
            models.Index(fields=["address", "lead", "id"], condition=Q(state="queued"), name="report_order"),
            models.Index(fields=["address", "lead", "-id"], condition=Q(state="sent"), name="report_sent"),
            models.Index(fields=["address", "-id"], name="report_by_address"),
            models.Index(fields=["state", "-id"], name="report_by_state"),
        ]

    def __str__(self):
        return f"{self.lead}: {self.get_event_display()}"


class ReportHost(models.Model):
    """What workers share about a host that takes reports: who sends to it now, and how it has been answering."""

    host = models.CharField(max_length=255, primary_key=True)
    lease = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    resting_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("host of reports")
        verbose_name_plural = _("hosts of reports")

    def __str__(self):
        return self.host
