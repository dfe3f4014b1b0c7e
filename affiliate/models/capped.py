"""Caps that a network and a flow have alike."""

import re

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _


def validate_country_caps(caps) -> None:
    """`{"RO": 50}`: two-letter codes and whole numbers."""
    if not isinstance(caps, dict) or not all(_is_cap(code, cap) for code, cap in caps.items()):
        raise ValidationError(
            _('Caps by country are country codes with whole numbers: {"RO": 50, "BG": 20}; {} for none.')
        )


def _is_cap(code: str, cap) -> bool:
    return bool(re.fullmatch("[A-Z]{2}", code)) and type(cap) is int and cap >= 0


class Capped(models.Model):
    """What may be taken of leads: in a day of the network's time zone and ever, altogether and by country.

    None, and a country that is not named, mean no cap; 0 means no leads.
    """

    daily_cap = models.PositiveIntegerField(
        _("daily cap"), null=True, blank=True, help_text=_("Leads in a day of the network's time zone. Empty: no cap.")
    )
    total_cap = models.PositiveIntegerField(
        _("total cap"), null=True, blank=True, help_text=_("Leads ever. Empty: no cap.")
    )
    daily_country_caps = models.JSONField(
        _("daily caps by country"),
        default=dict,
        blank=True,
        validators=[validate_country_caps],
        help_text=_('For example {"RO": 50, "BG": 20}. A country that is not named has no cap of its own.'),
    )
    total_country_caps = models.JSONField(
        _("total caps by country"), default=dict, blank=True, validators=[validate_country_caps]
    )

    class Meta:
        abstract = True

    @property
    def capped(self) -> bool:
        caps = (self.daily_cap, self.total_cap)
        return any(cap is not None for cap in caps) or bool(self.daily_country_caps or self.total_country_caps)

    @property
    def capped_for_ever(self) -> bool:
        return self.total_cap is not None or bool(self.total_country_caps)
