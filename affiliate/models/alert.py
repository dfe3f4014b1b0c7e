from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from affiliate.models.encryption import EncryptedJSONField
from affiliate.models.network import Network


class Event(models.TextChoices):
    """What alerts tell of; each is a condition that begins and ends."""

    PAUSED = "paused", _("network paused: its settings are refused")
    REFUSED = "refused", _("status polls refused: wrong credentials")
    BREAKER = "breaker", _("network is failing and rests")
    UNCLEAR = "unclear", _("leads unclear whether they arrived")
    SILENCE = "silence", _("network sends no statuses")
    RATE = "rate", _("approve rate out of its usual band")
    QUEUE = "queue", _("leads wait too long in the queue")
    REPORTS = "reports", _("reports to sources do not arrive")


class Via(models.TextChoices):
    TELEGRAM = "telegram", "Telegram"
    EMAIL = "email", _("e-mail")
    WEBHOOK = "webhook", _("signed webhook")


def validate_events(events) -> None:
    if not isinstance(events, list) or not set(events) <= set(Event.values):
        raise ValidationError(_("Choose from the list of events."))


class AlertChannel(models.Model):
    """Where alerts go. `values` are those that `delivery/alerts/kinds.py` declares for the kind."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    via = models.CharField(_("kind"), max_length=10, choices=Via)
    values = EncryptedJSONField(_("settings"), default=dict, blank=True)
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES, default="en")
    events = models.JSONField(_("events"), default=list, blank=True, validators=[validate_events])
    digest_minutes = models.PositiveSmallIntegerField(
        _("collect for, minutes"), default=0, help_text=_("Alerts of so many minutes go in one message. 0: at once.")
    )
    enabled = models.BooleanField(_("enabled"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("alert channel")
        verbose_name_plural = _("alert channels")
        ordering = ["name"]

    def __str__(self):
        return self.name

    def wants(self, event: str) -> bool:
        return self.enabled and (not self.events or event in self.events)


class AlertMute(models.Model):
    """Silence for a while: of an event, a channel, a network, or of any of them together."""

    event = models.CharField(_("event"), max_length=10, choices=Event, blank=True, help_text=_("Empty: every event."))
    channel = models.ForeignKey(
        AlertChannel,
        models.CASCADE,
        null=True,
        blank=True,
        verbose_name=_("channel"),
        help_text=_("Empty: all of them."),
    )
    network = models.ForeignKey(
        Network, models.CASCADE, null=True, blank=True, verbose_name=_("network"), related_name="+",
        help_text=_("Empty: all of them."),
    )  # fmt: skip
    until = models.DateTimeField(_("until"))

    class Meta:
        verbose_name = _("muted alert")
        verbose_name_plural = _("muted alerts")
        ordering = ["-until"]

    def __str__(self):
        return " · ".join(str(part) for part in (self.get_event_display(), self.channel, self.network) if part) or "—"

    def covers(self, *, event: str, channel_id: int, network_id: int | None) -> bool:
        return (
            self.event in ("", event)
            and self.channel_id in (None, channel_id)
            and self.network_id in (None, network_id)
        )


class Incident(models.Model):
    """One condition from its begin to its end; at most one is open for an event and a network."""

    event = models.CharField(_("event"), max_length=10, choices=Event)
    network = models.ForeignKey(
        Network, models.CASCADE, null=True, blank=True, verbose_name=_("network"), related_name="+", db_index=False
    )
    facts = models.JSONField(_("details"), default=dict)
    begun_at = models.DateTimeField(_("began"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "network"],
                condition=Q(ended_at__isnull=True),
                name="incident_open_once",
            ),
            models.UniqueConstraint(
                fields=["event"],
                condition=Q(ended_at__isnull=True, network__isnull=True),
                name="incident_open_once_hub",
            ),
        ]
        indexes = [models.Index(fields=["network", "-id"], name="incident_of_network")]

    def __str__(self):
        return f"{self.get_event_display()}: {self.network or '—'}"


class Phase(models.TextChoices):
    BEGUN = "begun", pgettext_lazy("incident", "began")
    ENDED = "ended", pgettext_lazy("incident", "is over")
    TEST = "test", pgettext_lazy("incident", "test")


class AlertState(models.TextChoices):
    QUEUED = "queued", pgettext_lazy("alert", "queued")
    SENT = "sent", pgettext_lazy("alert", "sent")
    FAILED = "failed", pgettext_lazy("alert", "not sent")
    MUTED = "muted", pgettext_lazy("alert", "muted")


class Alert(models.Model):
    """What one channel is told of one incident; a queued row is due at `due_at` and is its own outbox."""

    channel = models.ForeignKey(AlertChannel, models.CASCADE, verbose_name=_("channel"), related_name="alerts")
    incident = models.ForeignKey(
        Incident, models.CASCADE, null=True, blank=True, verbose_name=_("incident"), related_name="alerts"
    )
    phase = models.CharField(_("what it tells"), max_length=10, choices=Phase)
    state = models.CharField(_("state"), max_length=10, choices=AlertState, default=AlertState.QUEUED)
    text = models.TextField(_("text"), blank=True)
    answer = models.CharField(_("answer"), max_length=300, blank=True)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    due_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        ordering = ["-id"]
        indexes = [models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="alert_due")]

    def __str__(self):
        return f"{self.channel}: {self.get_phase_display()}"
