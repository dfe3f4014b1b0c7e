from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from affiliate.integrations import registry
from affiliate.integrations.base import Integration
from affiliate.integrations.fields import Credential
from affiliate.models.capped import Capped
from affiliate.models.encryption import EncryptedJSONField
from affiliate.models.fields import new_key, validate_addresses


def integration_choices():
    """From the registry, so that a new integration makes no migration."""
    return sorted(
        ((slug, one.title) for slug, one in registry.integrations().items()), key=lambda pair: pair[1].lower()
    )


def new_postback_keys() -> list[str]:
    return [new_key()]


def validate_time_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(
            _("There is no time zone %(name)s. Write it as Europe/Bucharest; UTC where there is none."),
            params={"name": name},
        )


def validate_work_days(days) -> None:
    """`[1, 2, 3, 4, 5]`: Monday is 1, Sunday is 7."""
    if not isinstance(days, list) or any(type(day) is not int or not 1 <= day <= 7 for day in days):
        raise ValidationError(_("Working days are numbers from 1 (Monday) to 7 (Sunday): [1, 2, 3, 4, 5]."))


# The longest list of waits, and the longest wait, in seconds.
MOST_TRIES, LONGEST_WAIT = 30, 7 * 24 * 3600


def validate_retry_schedule(waits) -> None:
    """`[10, 30, 600]`: how many seconds the first, the second, … next try waits."""
    good = isinstance(waits, list) and len(waits) <= MOST_TRIES
    if not good or any(type(wait) is not int or not 1 <= wait <= LONGEST_WAIT for wait in waits):
        raise ValidationError(
            _(
                "Waits are whole seconds from 1 to %(longest)s, at most %(most)s of them, for example 10, 60, 600, 3600."
            ),
            params={"longest": LONGEST_WAIT, "most": MOST_TRIES},
        )


class Upsell(models.TextChoices):
    """What a postback with another payout means for a lead that has one already."""

    REPLACE = "replace", _("the new payout replaces the old one")
    ADD = "add", _("payouts add up")


class Network(Capped):
    """One account at an affiliate network."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    integration = models.CharField(_("integration"), max_length=40, choices=integration_choices)
    base_url = models.CharField(
        _("network's address"),
        blank=True,
        max_length=300,
        validators=[URLValidator(["https", "http"])],
        help_text=_("Leave empty for the address the hub knows."),
    )
    credentials = EncryptedJSONField(_("credentials"), default=dict, blank=True)
    description = models.JSONField(_("protocol description"), default=dict, blank=True)
    postback_keys = EncryptedJSONField(_("postback keys"), default=new_postback_keys, editable=False)
    postback_ips = models.TextField(
        _("addresses that postbacks come from"),
        blank=True,
        validators=[validate_addresses],
        help_text=_("Addresses or networks, for example 203.0.113.7, 198.51.100.0/24. Empty: from anywhere."),
    )
    upsell = models.CharField(_("upsell"), max_length=10, choices=Upsell, default=Upsell.REPLACE)
    enabled = models.BooleanField(_("enabled"), default=True, help_text=_("A disabled network keeps its leads queued."))
    max_in_flight = models.PositiveSmallIntegerField(
        _("in flight"), default=8, help_text=_("How many leads may be on their way to the network at once.")
    )
    requests_per_second = models.FloatField(
        _("requests per second"), null=True, blank=True, help_text=_("Leave empty for the network's own limit.")
    )
    deadline_hours = models.PositiveSmallIntegerField(
        _("deadline, hours"),
        default=24,
        help_text=_(
            "A lead that was tried in vain for so many hours is marked failed; one that waits for a paused network is kept."
        ),
    )
    retry_schedule = models.JSONField(
        _("waits between tries"), default=list, blank=True, validators=[validate_retry_schedule]
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=40,
        blank=True,
        validators=[validate_time_zone],
        help_text=_("Of the working hours and of the day of caps, for example Europe/Bucharest. Empty: the hub's own."),
    )
    works_from = models.TimeField(_("works from"), null=True, blank=True, help_text=_("Empty: from midnight."))
    works_until = models.TimeField(
        _("works until"),
        null=True,
        blank=True,
        help_text=_("Empty: until midnight. An earlier time than the start is one of the next day."),
    )
    work_days = models.JSONField(
        _("working days"),
        default=list,
        blank=True,
        validators=[validate_work_days],
        help_text=_("1 is Monday, 7 is Sunday: [1, 2, 3, 4, 5]. Empty: every day."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("network")
        verbose_name_plural = _("networks")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=models.Q(max_in_flight__gte=1), name="network_in_flight_positive"),
            models.CheckConstraint(
                condition=models.Q(requests_per_second__isnull=True) | models.Q(requests_per_second__gt=0),
                name="network_rate_positive",
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def integration_class(self) -> type[Integration]:
        return registry.get(self.integration)

    def integrate(self, parameters: dict | None = None) -> Integration:
        """The integration with this account's values and, for a push, a flow's resolved parameters."""
        return self.integration_class(
            self.credentials, parameters, base_url=self.base_url, description=self.description
        )

    @property
    def postback_key(self) -> str:
        return self.postback_keys[0]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone or settings.TIME_ZONE)

    @property
    def rate(self) -> float | None:
        return self.requests_per_second or self.integration_class.requests_per_second

    def clean(self):
        try:
            integration = self.integration_class
        except registry.UnknownIntegration:
            return
        if integration.needs_base_url and not (self.base_url or integration.base_url):
            raise ValidationError(
                {"base_url": _("This network gives each partner an address of its own: type it here.")}
            )
        errors = {}
        for name, value in integration.declared(Credential).items():
            try:
                value.clean(self.credentials.get(name))
            except ValueError as error:
                errors[name] = f"{value.label}: {error}"
        if errors:
            raise ValidationError(list(errors.values()))


class NetworkState(models.Model):
    """What workers share about a network; apart from `Network` so that saving a form never overwrites it."""

    network = models.OneToOneField(Network, models.CASCADE, primary_key=True, related_name="state")
    paused_at = models.DateTimeField(_("paused at"), null=True, blank=True)
    paused_reason = models.CharField(_("why paused"), max_length=300, blank=True)
    next_slot_at = models.DateTimeField(null=True, blank=True)
    # Slots of the in-flight limit that drains hold: {key: [slots, unix time until when]}, see `limits.Share`.
    shares = models.JSONField(default=dict, blank=True)
    # The breaker: conversations that failed in a row; those that ended and failed since the window began; the end of the
    # rest, kept until one lead has passed.
    failures = models.PositiveIntegerField(default=0)
    # Refusals in a row that gave the same reason, without its numbers.
    refusals = models.PositiveIntegerField(default=0)
    refusal_reason = models.CharField(max_length=300, blank=True)
    window_since = models.DateTimeField(null=True, blank=True)
    window_ended = models.PositiveIntegerField(default=0)
    window_failed = models.PositiveIntegerField(default=0)
    open_until = models.DateTimeField(null=True, blank=True)
    poll_failures = models.PositiveIntegerField(default=0)
    poll_after = models.DateTimeField(null=True, blank=True)
    # Which place of the poll's rota comes next.
    poll_turn = models.PositiveSmallIntegerField(default=0, db_default=0)

    class Meta:
        verbose_name = _("network state")
        verbose_name_plural = _("network states")

    def __str__(self):
        return str(self.network)
