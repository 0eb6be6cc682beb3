"""Sealing with AES-GCM under a data key, data keys wrapped by a master key, and keyed hashes."""

import hashlib
import hmac
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shopify_app.errors import AppError

_NONCE = 12
KEY_BYTES = 32


class Unreadable(AppError):
    """Sealed bytes that none of the keys at hand can open."""

    def __init__(self) -> None:
        super().__init__("Stored data could not be opened with the configured keys.")


def new_data_key() -> bytes:
    """A fresh random key for one shop."""
    return os.urandom(KEY_BYTES)


def seal(key: bytes, plain: bytes, context: str) -> bytes:
    """Encrypt and authenticate; `context` must be given again to open, so bytes cannot be moved elsewhere."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, context.encode())


def open_sealed(key: bytes, sealed: bytes, context: str) -> bytes:
    """The plain bytes; Unreadable when key, context or bytes are not the ones that sealed."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], context.encode())
    except (InvalidTag, ValueError):
        raise Unreadable from None


def opens(key: bytes, sealed: bytes, context: str) -> bool:
    """Whether this very key and context sealed the bytes."""
    try:
        open_sealed(key, sealed, context)
    except Unreadable:
        return False
    return True


def wrap(master_keys: Sequence[bytes], data_key: bytes, context: str) -> bytes:
    """Seal a data key under the first master key."""
    return seal(master_keys[0], data_key, context)


def unwrap(master_keys: Sequence[bytes], wrapped: bytes, context: str) -> bytes:
    """Open a data key with whichever master key wrapped it: the first wraps, all unwrap."""
    for key in master_keys:
        try:
            return open_sealed(key, wrapped, context)
        except Unreadable:
            continue
    raise Unreadable


def derive(master_key: bytes, purpose: str) -> bytes:
    """A key of its own for a purpose that belongs to no shop yet."""
    return hmac.digest(master_key, purpose.encode(), hashlib.sha256)


def keyed_hash(lookup_key: bytes, value: str) -> str:
    """A stable name for a value that must be found again but not read back."""
    return hmac.digest(lookup_key, value.encode(), hashlib.sha256).hex()
