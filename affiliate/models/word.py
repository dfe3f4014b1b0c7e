from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from affiliate.models import labels
from affiliate.models.network import Network


class StatusWord(models.Model):
    """A status word as a network writes it, how often it came, and how it was read the last time.

    `status` is "" for a word that nobody has explained; `why` is a code of `labels.WHY`. `lead_id` is of the newest lead
    that it came with; the lead may be gone.
    """

    network = models.ForeignKey(
        Network, models.CASCADE, verbose_name=_("network"), related_name="words", db_index=False
    )
    word = models.CharField(_("word"), max_length=100)
    status = models.CharField(_("means"), max_length=10, choices=labels.STATUS, blank=True)
    why = models.CharField(_("why"), max_length=10, choices=labels.WHY)
    count = models.PositiveBigIntegerField(_("times seen"), default=0)
    first_seen = models.DateTimeField(_("first seen"))
    last_seen = models.DateTimeField(_("last seen"))
    lead_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = _("status word")
        verbose_name_plural = _("status words")
        ordering = ["network", "word"]
        constraints = [models.UniqueConstraint(fields=["network", "word"], name="word_once_per_network")]

    def __str__(self):
        return self.word


class SeenWords(models.Model):
    """The words of one batch of reports, until they are added to StatusWord: rows that are only appended hold nobody up.

    `words` is a list of `[network id, word, status, why, times, lead id]`; no times for a word that was only
    read again.
    """

    words = models.JSONField()
    seen_at = models.DateTimeField()

    def __str__(self):
        return f"{self.seen_at:%Y-%m-%d %H:%M}"


class WordChange(models.Model):
    """A person gave a word another meaning, and what that did to leads whose last report was that word.

    While `finished_at` is empty, leads above `last_lead` are still to be looked at.
    """

    network = models.ForeignKey(Network, models.CASCADE, related_name="word_changes")
    word = models.CharField(max_length=100)
    status = models.CharField(_("means"), max_length=10, choices=labels.STATUS)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, verbose_name=_("person"), related_name="+"
    )
    created_at = models.DateTimeField(_("time"), auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    last_lead = models.BigIntegerField(default=0)
    postbacks = models.PositiveIntegerField(_("postbacks applied again"), default=0)
    changed = models.PositiveIntegerField(_("leads changed"), default=0)
    same = models.PositiveIntegerField(_("leads that stay"), default=0)

    class Meta:
        ordering = ["-id"]

    def __str__(self):
        return f"{self.word} → {self.status}"
