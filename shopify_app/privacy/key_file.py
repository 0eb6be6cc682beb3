"""What a backup must not have: the shops' wrapped keys and who was redacted, in one file that is always replaced."""

import os
from datetime import datetime
from pathlib import Path

import msgspec

from shopify_app.db.backup import settle
from shopify_app.errors import AppError


class KeptKey(msgspec.Struct, frozen=True):
    """A shop's data key, wrapped by a master key."""

    shop: int
    domain: str
    wrapped: bytes


class KeptRedaction(msgspec.Struct, frozen=True):
    """A customer that must stay forgotten, by keyed hash, and the opaque number in their place."""

    shop: int
    customer: str
    opaque: int


class KeyFile(msgspec.Struct, frozen=True):
    """All of them at one moment."""

    written_at: datetime
    keys: list[KeptKey]
    redacted: list[KeptRedaction]


def write_key_file(path: Path, kept: KeyFile) -> None:
    """Replace the file in one go: there is never half of one, and of the one before nothing is left to be found."""
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(kept)))
    settle(part, path)


def read_key_file(path: Path) -> KeyFile:
    """The file's contents; AppError with a sentence when it is none."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=KeyFile)
    except (OSError, msgspec.DecodeError) as problem:
        raise AppError(f"{path} is not a key file that can be read.") from problem
