from django.db import models
from django.utils.translation import gettext_lazy as _

from affiliate.models.encryption import EncryptedJSONField
from affiliate.models.fields import new_oid


class SandboxAccount(models.Model):
    """A partner's account at the sandbox network, with what a cabinet would hold. Of the token only the hash is kept."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    postback_url = EncryptedJSONField(
        _("postback URL"),
        default=str,
        blank=True,
        help_text=_("With the macros {sub1}, {status}, {payout}, {currency} and {id}."),
    )

    class Meta:
        verbose_name = _("sandbox account")
        verbose_name_plural = _("sandbox accounts")

    def __str__(self):
        return self.name


class SandboxOrder(models.Model):
    """A lead as the sandbox network keeps it. `decided_at` and `decision` are fixed when it comes in."""

    account = models.ForeignKey(SandboxAccount, models.CASCADE, verbose_name=_("account"), related_name="orders")
    number = models.CharField(_("order"), max_length=26, unique=True, default=new_oid)
    sub1 = models.CharField(max_length=100, blank=True)
    name = models.CharField(_("name"), max_length=255, blank=True)
    phone = models.CharField(_("phone"), max_length=64)
    offer = models.CharField(_("offer"), max_length=100, blank=True)
    decision = models.CharField(_("decision"), max_length=20)
    report_at = models.DateTimeField(_("report due"))
    reported_at = models.DateTimeField(_("reported at"), null=True, blank=True)
    created_at = models.DateTimeField(_("received"), auto_now_add=True)

    class Meta:
        verbose_name = _("sandbox order")
        verbose_name_plural = _("sandbox orders")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["report_at"], condition=models.Q(reported_at__isnull=True), name="sandbox_unreported"),
            models.Index(fields=["account", "phone"], name="sandbox_phone"),
        ]

    def __str__(self):
        return self.number
