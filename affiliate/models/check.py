from django.db import models
from django.utils.translation import gettext_lazy as _

from affiliate.models import labels
from affiliate.models.network import Network


class ConnectionCheck(models.Model):
    """The last check of a network's connection. `exchanges` as in `Attempt`.

    `resumed_at` and `resumed_reason` tell of the last pause that a check ended with nobody asking.
    """

    network = models.OneToOneField(Network, models.CASCADE, primary_key=True, related_name="connection_check")
    checked_at = models.DateTimeField(_("checked"))
    verdict = models.CharField(_("verdict"), max_length=15, choices=labels.CHECK)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    exchanges = models.JSONField(_("requests and answers"), default=list)
    resumed_at = models.DateTimeField(null=True, blank=True)
    resumed_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("connection check")
        verbose_name_plural = _("connection checks")

    def __str__(self):
        return f"{self.network}: {self.get_verdict_display()}"
