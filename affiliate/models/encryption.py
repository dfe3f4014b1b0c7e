"""Values encrypted at rest: the first key encrypts, every key decrypts."""

import json

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models


class CannotDecrypt(Exception):
    """No key of ENCRYPTION_KEYS opens a stored value."""


def _keys() -> MultiFernet:
    try:
        return MultiFernet([Fernet(key) for key in settings.ENCRYPTION_KEYS])
    except ValueError as error:
        raise ImproperlyConfigured(f"ENCRYPTION_KEYS: each key is 32 bytes in URL-safe base64: {error}") from None


def encrypt(text: str) -> str:
    return _keys().encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    try:
        return _keys().decrypt(token.encode()).decode()
    except InvalidToken:
        raise CannotDecrypt(
            "a stored secret cannot be opened: add the key it was written with to ENCRYPTION_KEYS"
        ) from None


class EncryptedJSONField(models.TextField):
    """JSON kept as one Fernet token. Cannot be searched; re-encrypted by `manage.py rotate_keys`."""

    def from_db_value(self, value, expression, connection):
        return None if value in (None, "") else json.loads(decrypt(value))

    def to_python(self, value):
        return json.loads(value) if isinstance(value, str) else value

    def get_prep_value(self, value):
        return None if value is None else encrypt(json.dumps(value, ensure_ascii=False))

    def value_to_string(self, obj):
        return self.get_prep_value(self.value_from_object(obj))


class EncryptedTextField(EncryptedJSONField):
    """Text kept so."""

    def to_python(self, value):
        return value
