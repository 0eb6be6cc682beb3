"""A bell between the web process and the one that works: rung for each delivery, heard at once."""

import logging
import os
import select
import stat
import time
from contextlib import suppress
from pathlib import Path

_MANY = 1 << 16
_log = logging.getLogger(__name__)


class Bell:
    """A named pipe. To ring never waits and never fails: who does not hear it looks for himself every few seconds."""

    def __init__(self, path: Path) -> None:
        self._pipe: int | None = None
        try:
            self._pipe = _pipe(path)
        except OSError as problem:
            _log.warning("%s cannot be used (%s): webhooks are handled some seconds later", path, problem)

    @classmethod
    def of(cls, port: int, directory: Path = Path("var")) -> "Bell":
        """That of the server on this port."""
        return cls(directory / f"wake-{port}")

    def ring(self, _domain: str = "") -> None:
        """Wake who works, now or as soon as he listens."""
        if self._pipe is not None:
            with suppress(BlockingIOError):
                os.write(self._pipe, b"!")

    def heard(self, seconds: float) -> bool:
        """Wait that long for it to be rung; whether it was."""
        if self._pipe is None:
            time.sleep(seconds)
            return False
        if not select.select([self._pipe], [], [], seconds)[0]:
            return False
        with suppress(BlockingIOError):
            os.read(self._pipe, _MANY)
        return True


def _pipe(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.mkfifo(path, 0o600)
    # Open at both ends: then neither has to be there before the other.
    pipe = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    if not stat.S_ISFIFO(os.fstat(pipe).st_mode):
        os.close(pipe)
        raise OSError("it is no pipe")
    return pipe
