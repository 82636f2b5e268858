"""
Values that are encrypted in the database (AES-256-GCM).

The stored text is `key id:base64(nonce + ciphertext)`. Keys come from
`FIELD_KEYS` ("id:base64,…", newest first) and never from `SECRET_KEY`; a value
is written with the first key and read with whichever key it names.
Source: PIPL 28 (financial accounts and identity numbers are sensitive).
"""

import base64
import hashlib
import hmac
import os
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import models

NONCE_BYTES = 12


def _keys() -> dict[str, bytes]:
    """Return the keys by id, newest first. Raise ValueError on a malformed setting."""
    keys = {}
    for entry in settings.FIELD_KEYS.split(","):
        key_id, _, encoded = entry.strip().partition(":")
        key = base64.b64decode(encoded)
        if not key_id or len(key) != 32:
            raise ValueError("FIELD_KEYS must be a comma-separated list of id:base64 of 32 bytes")
        keys[key_id] = key
    return keys


def encrypt(text: str) -> str:
    """Return `text` encrypted with the newest key."""
    key_id, key = next(iter(_keys().items()))
    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, text.encode(), key_id.encode())
    return f"{key_id}:{base64.b64encode(nonce + sealed).decode()}"


def decrypt(stored: str) -> str:
    """Return the plain text of a stored value. Raise KeyError when its key is not in `FIELD_KEYS`."""
    key_id, _, encoded = stored.partition(":")
    raw = base64.b64decode(encoded)
    opened = AESGCM(_keys()[key_id]).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], key_id.encode())
    return opened.decode()


def keyed_hash(text: str) -> str:
    """
    Return a hex digest by which equal values can be found without reading them.

    It uses the oldest key, which stays. Begin `text` with what it is (`phone|…`),
    so that equal texts of two kinds have unequal digests.
    """
    key = list(_keys().values())[-1]
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


class EncryptedTextField(models.TextField):
    """A text that is encrypted at rest, not to be searched or ordered: keep a `keyed_hash` beside it."""

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return decrypt(value) if value else value

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return encrypt(value) if value else value
