from django.db import models
from django.utils.translation import gettext_lazy as _

from affiliate.models import labels
from affiliate.models.source import Source


class NotTaken(models.Model):
    """Leads of a source that were not taken on one day of the hub's time zone, by the reason and the field.

    `message` is what the sender was told last, without what is personal in it. Rows are few, whatever is sent: reasons and
    fields are those of our own lists.
    """

    source = models.ForeignKey(Source, models.CASCADE, verbose_name=_("source"), related_name="not_taken")
    day = models.DateField(_("day"))
    code = models.CharField(_("reason"), max_length=20, choices=labels.NOT_TAKEN)
    field = models.CharField(_("field"), max_length=30, blank=True)
    count = models.PositiveIntegerField(_("leads"), default=0)
    last_at = models.DateTimeField(_("last one"))
    message = models.CharField(_("what the sender was told last"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("lead not taken")
        verbose_name_plural = _("leads not taken")
        ordering = ["-last_at"]
        constraints = [
            models.UniqueConstraint(fields=["source", "day", "code", "field"], name="not_taken_by_reason"),
        ]
        indexes = [models.Index(fields=["-last_at"], name="not_taken_newest")]

    def __str__(self):
        return f"{self.source}: {self.get_code_display()}"
