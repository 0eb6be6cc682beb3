"""Crashes: a fuse that burns down with every statement, commit and call, and what is raised when it is out."""


class Crash(BaseException):
    """The process is gone. No `except Exception` sees it; no `finally` can write, for all its seams raise it."""


class Broken(BaseException):
    """A promise that does not hold, in one sentence; no `except Exception` of the app swallows it."""


class Fuse:
    """Counts the moments at which a process can die; lit, it says so when the last one is reached."""

    def __init__(self) -> None:
        self._left = 0
        self._kind = ""

    def light(self, moments: int, kind: str = "") -> None:
        """It burns for so many moments, of one kind where one is named."""
        self._left, self._kind = moments, kind

    def quench(self) -> None:
        self._left = 0

    def burns_out(self, kind: str) -> bool:
        """One moment has passed: is this the one?"""
        if not self._left or self._kind not in ("", kind):
            return False
        self._left -= 1
        return not self._left
