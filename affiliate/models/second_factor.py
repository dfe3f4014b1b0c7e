import base64
import hashlib
import secrets
import time
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_otp.models import Device, ThrottlingMixin
from django_otp.oath import TOTP

from affiliate.models.encryption import EncryptedJSONField, EncryptedTextField

CODES = 10
DIGITS, STEP, TOLERANCE = 6, 30, 1


def new_secret() -> str:
    """Base32, as authenticator applications take it."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


class SecondFactor(ThrottlingMixin, Device):
    """A person's authenticator application, with backup codes. The seed is encrypted, which django-otp's own is not.

    Until `confirmed` by a first code it protects nothing. Of the unused backup codes hashes are kept.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="second_factor")
    secret = EncryptedTextField(default=new_secret)
    codes = EncryptedJSONField(default=list)
    last_step = models.BigIntegerField(default=-1)

    class Meta:
        verbose_name = _("second factor")
        verbose_name_plural = _("second factors")

    def address(self, issuer: str) -> str:
        """For the QR code."""
        label = quote(f"{issuer}:{self.user.get_username()}")
        return f"otpauth://totp/{label}?{urlencode({'secret': self.secret, 'issuer': issuer}, quote_via=quote)}"

    def new_codes(self) -> list[str]:
        """Backup codes to show this once; the earlier ones end. The row must be saved."""
        made = [secrets.token_hex(5) for _number in range(CODES)]
        self.codes = [_hashed(code) for code in made]
        return [f"{code[:5]}-{code[5:]}" for code in made]

    def verify_token(self, token: str) -> bool:
        """A code of the application or a backup code, each once. The row must be locked."""
        if not self.verify_is_allowed()[0]:
            return False
        typed = token.replace(" ", "").replace("-", "").lower()
        if not (self._is_current(typed) or self._is_backup(typed)):
            self.throttle_increment()
            return False
        self.throttle_reset(commit=False)
        self.save()
        return True

    def _is_current(self, typed: str) -> bool:
        if not (typed.isascii() and typed.isdecimal() and len(typed) == DIGITS):
            return False
        totp = TOTP(base64.b32decode(self.secret), STEP, 0, DIGITS)
        totp.time = time.time()
        if not totp.verify(int(typed), TOLERANCE, self.last_step + 1):
            return False
        self.last_step = totp.t()
        return True

    def _is_backup(self, typed: str) -> bool:
        if (found := _hashed(typed)) not in self.codes:
            return False
        self.codes = [code for code in self.codes if code != found]
        return True

    def get_throttle_factor(self) -> int:
        """Seconds to wait after a first wrong code, doubled by each further one."""
        return 1


def _hashed(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
