import hashlib
import hmac

from django.db import models
from django.utils.translation import gettext_lazy as _

from affiliate.models.fields import new_key


def hash_key(key: str) -> str:
    """Keys are random and long, so a plain hash is enough."""
    return hashlib.sha256(key.encode()).hexdigest()


class Source(models.Model):
    """Who hands us leads: a landing, a team, a partner."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    enabled = models.BooleanField(_("enabled"), default=True)
    key_hash = models.CharField(max_length=64, editable=False, blank=True)
    key_hint = models.CharField(_("key ends with"), max_length=4, editable=False, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = ["name"]

    def __str__(self):
        return self.name

    def issue_key(self) -> str:
        """A new key `<source id>-<secret>`; only its hash is kept, so it can be shown this once. The row must be saved."""
        secret = new_key()
        self.key_hash, self.key_hint = hash_key(secret), secret[-4:]
        self.save(update_fields=["key_hash", "key_hint"])
        return f"{self.pk}-{secret}"

    def has_key(self, secret: str) -> bool:
        return bool(self.key_hash) and hmac.compare_digest(self.key_hash, hash_key(secret))
