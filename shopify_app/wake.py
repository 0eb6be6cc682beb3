"""A bell between the web process and the one that works: rung for each delivery, heard at once."""

import os
import select
from contextlib import suppress
from pathlib import Path

_MANY = 1 << 16


class Bell:
    """A named pipe. To ring never waits and never fails: who does not hear it looks for himself every few seconds."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            os.mkfifo(path, 0o600)
        # Open at both ends: then neither has to be there before the other.
        self._pipe = os.open(path, os.O_RDWR | os.O_NONBLOCK)

    @classmethod
    def of(cls, port: int, directory: Path = Path("var")) -> "Bell":
        """That of the server on this port."""
        return cls(directory / f"wake-{port}")

    def ring(self, _domain: str = "") -> None:
        """Wake who works, now or as soon as he listens."""
        with suppress(BlockingIOError):
            os.write(self._pipe, b"!")

    def heard(self, seconds: float) -> bool:
        """Wait that long for it to be rung; whether it was."""
        if not select.select([self._pipe], [], [], seconds)[0]:
            return False
        with suppress(BlockingIOError):
            os.read(self._pipe, _MANY)
        return True
