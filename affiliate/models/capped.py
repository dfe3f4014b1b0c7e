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
    """`RO 50, BG 20`, or one a line → `{"RO": 50, "BG": 20}`. Raises ValidationError with what is wrong of each part."""
    caps, wrong = {}, []
    for part in filter(None, (part.strip() for part in re.split("[,;\n]", text))):
        try:
            code, cap = _read_cap(part)
            if code in caps:
                raise ValidationError(
                    _("“%(part)s”: %(code)s stands there twice."), params={"part": part, "code": code}
                )
            caps[code] = cap
        except ValidationError as error:
            wrong.append(error)
    if wrong:
        raise ValidationError(wrong)
    return caps


def _read_cap(part: str) -> tuple[str, int]:
    code, _space, number = re.sub(r"[\s:=]+", " ", part).partition(" ")
    if code.upper() not in countries.codes():
        told = _("“%(part)s”: “%(code)s” is no code of a country. Begin with two letters, for example RO 50.")
    elif not number:
        told = _("“%(part)s”: the number is missing. Write, for example, %(code)s 50; 0 lets no lead through.")
    elif not re.fullmatch("[0-9]{1,9}", number):
        told = _("“%(part)s”: “%(number)s” is no whole number. Write, for example, %(code)s 50.")
    else:
        return code.upper(), int(number)
    raise ValidationError(told, params={"part": part, "code": code.upper(), "number": number})


def country_caps_text(caps: dict[str, int], *, between: str = ", ") -> str:
    return between.join(f"{code} {cap}" for code, cap in sorted(caps.items()))


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
