"""Encryption of personal data at rest: AES-256-GCM bound to its place, and keyed blind indexes for exact search.

A stored value is `key id length (1 byte) · key id · nonce (12 bytes) · ciphertext and tag`. The associated data is
"table.column:primary key", so a value copied into another row or column does not open.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

NONCE_BYTES = 12


class Unreadable(Exception):
    """The value does not open with the keys at hand, or stands in a place it was not written for."""


def encrypt(plain: str, *, place: str) -> bytes:
    """Encrypt `plain` for `place` under the current (first) key."""
    return encrypt_bytes(plain.encode(), place=place)


def encrypt_bytes(plain: bytes, *, place: str) -> bytes:
    """As `encrypt`, of bytes."""
    key_id, key = next(iter(settings.CREDENCE_FIELD_KEYS.items()))
    nonce = os.urandom(NONCE_BYTES)
    name = key_id.encode()
    return bytes([len(name)]) + name + nonce + AESGCM(key).encrypt(nonce, plain, place.encode())


def decrypt(stored: bytes, *, place: str) -> str:
    """Open a stored value. Raises Unreadable when the key is unknown or the value was moved or changed."""
    return decrypt_bytes(stored, place=place).decode()


def decrypt_bytes(stored: bytes, *, place: str) -> bytes:
    """As `decrypt`, of bytes."""
    length = stored[0]
    key_id = stored[1 : 1 + length].decode()
    nonce = stored[1 + length : 1 + length + NONCE_BYTES]
    key = settings.CREDENCE_FIELD_KEYS.get(key_id)
    if key is None:
        raise Unreadable(f"no key {key_id!r}")
    try:
        return AESGCM(key).decrypt(nonce, stored[1 + length + NONCE_BYTES :], place.encode())
    except InvalidTag as error:
        raise Unreadable("the value was changed or moved from where it was written") from error


def normalise_identifier(value: str) -> str:
    """What counts as the same identifier, phone or account number: letters and digits only, upper case."""
    return re.sub(r"[^0-9A-Z]", "", value.upper())


def blind_index(value: str, *, kind: str) -> bytes:
    """A keyed fingerprint of an identifier for exact search: equal values of one `kind` meet across tables, nothing else shows."""
    message = f"{kind}:{normalise_identifier(value)}".encode()
    return hmac.new(settings.CREDENCE_INDEX_KEY, message, hashlib.sha256).digest()


def key_number(value: str, *, kind: str) -> int:
    """A keyed 32-bit number of a text, for finding candidates that are compared in full afterwards; signed, as the database keeps it."""
    digest = hashlib.blake2b(f"{kind}:{value}".encode(), key=settings.CREDENCE_INDEX_KEY[:64], digest_size=4).digest()
    return int.from_bytes(digest, "big", signed=True)


def mask(value: str) -> str:
    """How an identifier is shown by default: its last four characters at most, never more than a third of it."""
    shown = min(4, len(value) // 3)
    return "•" * 4 + (value[-shown:] if shown else "")
