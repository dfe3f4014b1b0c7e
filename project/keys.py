"""Keys of the embedded mode: made once, kept in a private file."""

import contextlib
import json
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet


def load_or_make(path: Path) -> dict:
    """`{"secret_key": str, "encryption_keys": [str]}`; several processes may start at once, the first one's keys hold."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        keys = {"secret_key": secrets.token_urlsafe(50), "encryption_keys": [Fernet.generate_key().decode()]}
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(keys, file)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return json.loads(path.read_text())
