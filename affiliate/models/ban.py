import ipaddress

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from affiliate.models.source import Source


class BanKind(models.TextChoices):
    PHONE = "phone", _("phone")
    ADDRESS = "address", _("address")


def as_network(text: str) -> str:
    """An address or a network as bans keep it, always with its length: `203.0.113.7/32`. Raises ValidationError."""
    try:
        return str(ipaddress.ip_network(text.strip(), strict=False))
    except ValueError:
        raise ValidationError(
            _("“%(part)s” is no address: write 203.0.113.7 or, for a whole network, 203.0.113.0/24."),
            params={"part": text[:50]},
        ) from None


def networks_of(address: str) -> list[str]:
    """Every network that holds an address, as bans keep them: at most 33 of IPv4 and 129 of IPv6."""
    one = ipaddress.ip_address(address)
    return [str(ipaddress.ip_network((one, length), strict=False)) for length in range(one.max_prefixlen + 1)]


class Ban(models.Model):
    """A phone, or an address or network of customers, whose leads are rejected."""

    kind = models.CharField(_("kind"), max_length=7, choices=BanKind)
    value = models.CharField(_("value"), max_length=50, help_text=_("A phone in E.164, an address, or a network."))
    source = models.ForeignKey(
        Source,
        models.CASCADE,
        null=True,
        blank=True,
        verbose_name=_("source"),
        related_name="bans",
        help_text=_("Whose leads it stops. Empty: everybody's."),
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True, help_text=_("The sender is told it."))
    until = models.DateTimeField(_("until"), null=True, blank=True, help_text=_("Empty: for ever."))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("ban")
        verbose_name_plural = _("bans")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["value", "source"], name="ban_once_per_source"),
            models.UniqueConstraint(fields=["value"], condition=Q(source=None), name="ban_once_for_all"),
        ]

    def __str__(self):
        return self.value
