from django.db import models
from django.utils.translation import gettext_lazy as _

from affiliate.models import labels
from affiliate.models.lead import Lead
from affiliate.models.network import Network
from affiliate.models.offer import Flow


class Attempt(models.Model):
    """One conversation with a network about one lead.

    Written before the first byte leaves and completed after. `exchanges` is a list of
    `{"request": {...}, "answer": {...} | null}` with secrets masked. `commits` turns true before a request leaves that
    can create the lead: an attempt that broke off with it false never reached the network.
    """

    lead = models.ForeignKey(Lead, models.CASCADE, verbose_name=_("lead"), related_name="attempts")
    network = models.ForeignKey(Network, models.PROTECT, verbose_name=_("network"), related_name="+", db_index=False)
    flow = models.ForeignKey(Flow, models.SET_NULL, null=True, blank=True, verbose_name=_("flow"), related_name="+")
    lease = models.UUIDField(editable=False)
    commits = models.BooleanField(_("may have reached the network"), default=False)
    exchanges = models.JSONField(_("requests and answers"), default=list)
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=15, choices=labels.OUTCOME, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    eid = models.CharField("eid", max_length=100, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=labels.STATUS, blank=True)
    word = models.CharField(_("network's word"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ["id"]
        indexes = [models.Index(fields=["network", "started_at"], name="attempt_by_network")]

    def __str__(self):
        return f"{self.lead}: {self.get_outcome_display() or '…'}"


class StatusPoll(models.Model):
    """One poll conversation: what was asked, what came back, how much of it was news."""

    network = models.ForeignKey(Network, models.CASCADE, verbose_name=_("network"), related_name="polls")
    exchanges = models.JSONField(_("requests and answers"), default=list)
    leads_asked = models.PositiveIntegerField(_("leads asked for"))
    leads_reported = models.PositiveIntegerField(_("leads reported"), default=0)
    leads_changed = models.PositiveIntegerField(_("leads changed"), default=0)
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=15, choices=labels.OUTCOME, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("status poll")
        verbose_name_plural = _("status polls")
        ordering = ["-id"]
        indexes = [models.Index(fields=["network", "-started_at"], name="poll_by_network")]

    def __str__(self):
        return f"{self.network}: {self.started_at:%Y-%m-%d %H:%M}"
