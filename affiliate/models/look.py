from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from affiliate.models.lead import Lead


class LeadLook(models.Model):
    """Somebody saw a lead's phone and name: its page; or with `lead` None those of leads that `query` finds.

    Those were a page of the list where `listed`, and else a file of them all.
    """

    lead = models.ForeignKey(Lead, models.CASCADE, null=True, blank=True, verbose_name=_("lead"), related_name="looks")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, verbose_name=_("person"), related_name="+"
    )
    query = models.TextField(_("filter"), blank=True, default="")
    listed = models.BooleanField(default=False)
    rows = models.PositiveIntegerField(_("rows"), default=1)
    created_at = models.DateTimeField(_("time"), auto_now_add=True)

    class Meta:
        verbose_name = _("look at a lead")
        verbose_name_plural = _("who saw leads")
        ordering = ["-id"]

    def __str__(self):
        return f"{self.person}: {self.lead or self.query}"
