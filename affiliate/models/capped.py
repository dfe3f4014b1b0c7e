"""Caps that a network and a flow have alike."""

import re

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from affiliate.models import countries


def validate_country_caps(caps) -> None:
    """`{"RO": 50}`: two-letter codes and whole numbers."""
    if not isinstance(caps, dict) or not all(_is_cap(code, cap) for code, cap in caps.items()):
        raise ValidationError(
            _('Caps by country are country codes with whole numbers: {"RO": 50, "BG": 20}; {} for none.')
        )


def read_country_caps(text: str) -> dict[str, int]:
    """`RO 50, BG 20` → `{"RO": 50, "BG": 20}`. Raises ValidationError."""
    caps = {}
    for part in filter(None, (part.strip() for part in re.split("[,;\n]", text.upper()))):
        match = re.fullmatch(r"([A-Z]{2})[\s:=]+([0-9]{1,9})", part)
        if not match or match[1] not in countries.codes():
            told = _("“%(part)s” is no cap of a country: write country codes with numbers, RO 50, BG 20.")
            raise ValidationError(told, params={"part": part})
        caps[match[1]] = int(match[2])
    return caps


def country_caps_text(caps: dict[str, int]) -> str:
    return ", ".join(f"{code} {cap}" for code, cap in sorted(caps.items()))


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
