"""What counts as a repeat of a lead, and what becomes of it: the same settings on an offer and on a source."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from affiliate.vocabulary import Status


class OnDuplicate(models.TextChoices):
    INHERIT = "", _("as the offer says")
    OFF = "off", _("take it like any other")
    MARK = "mark", _("take it and mark it as a duplicate")
    REJECT = "reject", _("reject it")


class DuplicateBy(models.TextChoices):
    PHONE = "phone", _("phone")
    EMAIL = "email", _("e-mail")
    EITHER = "either", _("phone or e-mail")
    BOTH = "both", _("phone and e-mail")


def validate_statuses(statuses) -> None:
    """`["wait", "hold"]`."""
    known = {status.value for status in Status}
    if not isinstance(statuses, list) or any(status not in known for status in statuses):
        raise ValidationError(_("Statuses are a list of: %(known)s."), params={"known": ", ".join(sorted(known))})


class DuplicateRules(models.Model):
    """A lead repeats an earlier one of its offer that matches all of these settings. Days 0: however old."""

    on_duplicate = models.CharField(
        _("what to do with a duplicate"), max_length=6, choices=OnDuplicate, default=OnDuplicate.INHERIT, blank=True
    )
    duplicate_by = models.CharField(
        _("a duplicate has the same"), max_length=6, choices=DuplicateBy, default=DuplicateBy.PHONE
    )
    duplicate_days = models.PositiveSmallIntegerField(
        _("within days"), default=1, help_text=_("Of the earlier lead's arrival. 0: however old it is.")
    )
    duplicate_statuses = models.JSONField(
        _("while the earlier lead is"),
        default=list,
        blank=True,
        validators=[validate_statuses],
        help_text=_("None chosen: whatever its status."),
    )
    duplicate_own_source = models.BooleanField(
        _("only leads of the same source"), default=True, help_text=_("Otherwise leads of all sources are compared.")
    )

    class Meta:
        abstract = True
