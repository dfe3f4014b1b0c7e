from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from affiliate.models.lead import Lead
from affiliate.models.network import Network


class Verdict(models.TextChoices):
    """What was made of a postback, in the words of the journal."""

    PENDING = "pending", _("not applied yet")
    PARKED = "parked", _("waiting for its lead")
    APPLIED = "applied", _("applied")
    SAME = "same", _("nothing new")
    IGNORED = "ignored", _("ignored")
    UNKNOWN_WORD = "unknown", _("unknown status word")
    MACRO = "macro", _("macro not replaced")
    NO_ID = "no-id", _("no lead id")
    NO_LEAD = "no-lead", _("no such lead")
    ADDRESS = "address", _("address not allowed")
    BAD_KEY = "bad-key", _("wrong key")


class Postback(models.Model):
    """One inbound status call, kept whether or not it could be used. The key is never stored.

    `detail` explains the verdict in no language: see `postbacks/details.py`. A row is due while `due_at` is set.

    The database does not check that network and lead are there: it would look up, and mark, both with each call that comes
    in or is applied. Deletions through Django look after the rows.
    """

    network = models.ForeignKey(
        Network,
        models.CASCADE,
        null=True,
        blank=True,
        verbose_name=_("network"),
        related_name="postbacks",
        db_index=False,
        db_constraint=False,
    )
    lead = models.ForeignKey(
        Lead,
        models.SET_NULL,
        null=True,
        blank=True,
        verbose_name=_("lead"),
        related_name="postbacks",
        db_constraint=False,
    )
    received_at = models.DateTimeField(_("received"), auto_now_add=True)
    ip = models.GenericIPAddressField(_("address"), null=True, blank=True)
    method = models.CharField(_("method"), max_length=10)
    query = models.TextField(_("query"), blank=True)
    body = models.TextField(_("body"), blank=True)
    fields = models.JSONField(_("fields"), default=dict, blank=True)
    verdict = models.CharField(_("verdict"), max_length=10, choices=Verdict, default=Verdict.PENDING)
    detail = models.JSONField(_("detail"), default=list, blank=True)
    old_key = models.BooleanField(_("with an old key"), default=False)
    due_at = models.DateTimeField(null=True, blank=True)
    applied_at = models.DateTimeField(_("applied"), null=True, blank=True)

    class Meta:
        verbose_name = _("postback")
        verbose_name_plural = _("postback journal")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(due_at__isnull=False), name="postback_due"),
            models.Index(fields=["network", "-id"], name="postback_by_network"),
            # Of the usual ones there are so many that the next is always near.
            models.Index(
                fields=["verdict", "-id"],
                condition=~Q(verdict__in=["applied", "same"]),
                name="postback_by_rare_verdict",
            ),
        ]

    def __str__(self):
        return f"{self.network or '?'}: {self.fields.get('status', '')}"
