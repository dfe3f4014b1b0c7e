from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from affiliate.integrations import registry
from affiliate.integrations.fields import Parameter
from affiliate.models.capped import Capped
from affiliate.models.duplicates import DuplicateRules, OnDuplicate
from affiliate.models.fields import COUNTRY, split_countries, validate_countries
from affiliate.models.network import Network


class Offer(DuplicateRules):
    """What is sold; its leads go out through flows."""

    title = models.CharField(_("title"), max_length=150, unique=True)
    enabled = models.BooleanField(_("enabled"), default=True)
    parameters = models.JSONField(_("parameters"), default=dict, blank=True)
    required_fields = models.JSONField(
        _("required fields"),
        default=list,
        blank=True,
        help_text=_("A lead without one of them is not taken. The phone is always required."),
    )
    on_duplicate = models.CharField(
        _("what to do with a duplicate"),
        max_length=6,
        choices=[choice for choice in OnDuplicate.choices if choice[0]],
        default=OnDuplicate.OFF,
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        ordering = ["title"]

    def __str__(self):
        return self.title


class Flow(Capped):
    """The way an offer's leads take to one network."""

    offer = models.ForeignKey(Offer, models.CASCADE, verbose_name=_("offer"), related_name="flows")
    network = models.ForeignKey(Network, models.PROTECT, verbose_name=_("network"), related_name="flows")
    title = models.CharField(_("title"), max_length=150, blank=True)
    enabled = models.BooleanField(_("enabled"), default=True)
    priority = models.PositiveSmallIntegerField(
        _("priority"), default=10, help_text=_("The flow with the smallest number goes first.")
    )
    weight = models.PositiveSmallIntegerField(
        _("weight"), default=1, help_text=_("Flows of one priority share leads by weight.")
    )
    countries = models.CharField(
        _("countries"),
        max_length=500,
        blank=True,
        validators=[validate_countries],
        help_text=_("Two-letter codes with commas: RO, BG. Empty: every country."),
    )
    parameters = models.JSONField(_("parameters"), default=dict, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("flow")
        verbose_name_plural = _("flows")
        ordering = ["offer", "priority", "id"]
        indexes = [models.Index(fields=["offer", "enabled", "priority"], name="flow_route")]

    def __str__(self):
        return self.title or f"{self.offer} → {self.network}"

    @property
    def country_codes(self) -> list[str]:
        return split_countries(self.countries)

    @property
    def zone(self) -> ZoneInfo:
        return self.network.zone

    def clean(self):
        self.countries = ", ".join(self.country_codes)


class Geo(models.Model):
    """A country's overrides of a flow's parameters."""

    flow = models.ForeignKey(Flow, models.CASCADE, verbose_name=_("flow"), related_name="geos")
    country = models.CharField(_("country"), max_length=2, validators=[COUNTRY])
    parameters = models.JSONField(_("parameters"), default=dict, blank=True)

    class Meta:
        verbose_name = _("geo")
        verbose_name_plural = _("geos")
        ordering = ["country"]
        constraints = [models.UniqueConstraint(fields=["flow", "country"], name="geo_once_per_flow")]

    def __str__(self):
        return f"{self.flow}: {self.country}"


def clean_parameters(integration_slug: str, raw: dict, *, partial: bool) -> dict:
    """The declared parameters of an integration out of `raw`, checked.

    `partial` lets required ones be missing: they may stand on a more general level. Raises ValidationError by name.
    """
    cleaned, errors = {}, {}
    for name, value in registry.get(integration_slug).declared(Parameter).items():
        given = (raw or {}).get(name)
        if partial and given in (None, ""):
            continue
        try:
            if text := value.clean(given):
                cleaned[name] = text
        except ValueError as error:
            errors[name] = str(error)
    if errors:
        raise ValidationError(errors)
    return cleaned
