import hashlib
import hmac
import re

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from affiliate.models.duplicates import DuplicateRules
from affiliate.models.fields import new_key, validate_addresses

_SITE = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?")


def hash_key(key: str) -> str:
    """Keys are random and long, so a plain hash is enough."""
    return hashlib.sha256(key.encode()).hexdigest()


def split_sites(text: str) -> list[str]:
    """Origins as a browser sends them: `https://shop.example`."""
    return [site.rstrip("/").lower() for site in re.split(r"[\s,;]+", text) if site]


def validate_sites(text: str) -> None:
    for site in split_sites(text):
        if not _SITE.fullmatch(site):
            raise ValidationError(
                _(
                    "“%(site)s” is no site: write it with https:// and without a path, for example https://shop.example."
                ),
                params={"site": site},
            )


class Source(DuplicateRules):
    """Who hands us leads: a landing, a team, a partner."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    enabled = models.BooleanField(_("enabled"), default=True)
    ips = models.TextField(
        _("addresses that leads come from"),
        blank=True,
        validators=[validate_addresses],
        help_text=_(
            "Servers that may use the keys, for example 203.0.113.7, 198.51.100.0/24. Empty: from anywhere. Form keys "
            "are not bound to them: browsers use those."
        ),
    )
    sites = models.TextField(
        _("sites with forms"),
        blank=True,
        validators=[validate_sites],
        help_text=_("Whose pages may send leads from the browser, for example https://shop.example."),
    )
    per_minute = models.PositiveIntegerField(
        _("calls a minute"), null=True, blank=True, help_text=_("Empty: the hub's own limit. 0: no limit.")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = ["name"]

    def __str__(self):
        return self.name

    def issue_key(self, **rights) -> str:
        """A new key `<source id>-<secret>` beside the others; only its hash is kept, so it can be shown this once.

        `rights` are columns of SourceKey. The row must be saved.
        """
        secret = new_key()
        self.keys.create(hash=hash_key(secret), hint=secret[-4:], **rights)
        return f"{self.pk}-{secret}"

    def form_key(self) -> str:
        """The public key of the source's forms, made when it is asked for first. The row must be saved."""
        key = self.keys.filter(form=True, enabled=True, valid_until=None).first()
        if key is None:
            secret = new_key()
            rights = {"can_read": False, "can_list_offers": False}
            key = self.keys.create(hash=hash_key(secret), hint=secret[-4:], form=True, public=secret, **rights)
        return key.text


class SourceKey(models.Model):
    """One key of a source and what it may do. Several are good at once, so that a key can be changed without a pause."""

    source = models.ForeignKey(Source, models.CASCADE, verbose_name=_("source"), related_name="keys")
    name = models.CharField(
        _("used by"), max_length=100, blank=True, help_text=_("A note for people: which server or page has the key.")
    )
    hash = models.CharField(max_length=64, editable=False)
    hint = models.CharField(_("ends with"), max_length=4, editable=False)
    # Of a form key: everybody can read it in the page's source.
    public = models.CharField(max_length=40, editable=False, blank=True)
    can_send = models.BooleanField(_("may send leads"), default=True)
    can_read = models.BooleanField(_("may read leads"), default=True)
    can_list_offers = models.BooleanField(_("may list offers"), default=True)
    form = models.BooleanField(
        _("form key"),
        default=False,
        help_text=_("Public: for forms in pages of the source's sites; it only sends leads."),
    )
    enabled = models.BooleanField(_("enabled"), default=True)
    valid_until = models.DateTimeField(_("good until"), null=True, blank=True, help_text=_("Empty: without an end."))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("source key")
        verbose_name_plural = _("source keys")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(form=False) | Q(can_read=False, can_list_offers=False), name="source_key_form_only_sends"
            ),
            models.CheckConstraint(condition=Q(form=True) | Q(public=""), name="source_key_secret_is_not_kept"),
        ]

    def __str__(self):
        return f"{self.source}: …{self.hint}"

    @property
    def text(self) -> str:
        """A form key as pages hold it."""
        return f"{self.source_id}-{self.public}"

    def holds(self, secret: str) -> bool:
        return hmac.compare_digest(self.hash, hash_key(secret))
