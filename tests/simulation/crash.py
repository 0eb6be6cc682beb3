"""Crashes: a fuse that burns down with every statement, commit and call, and what is raised when it is out."""


class Crash(BaseException):
    """The process is gone. No `except Exception` sees it; no `finally` can write, for all its seams raise it."""


class Broken(BaseException):
    """A promise that does not hold, in one sentence; no `except Exception` of the app swallows it."""


class Fuse:
    """Counts the moments at which a process can die; lit, it says so when the last one is reached."""

    def __init__(self) -> None:
        self._left = 0

    def light(self, moments: int) -> None:
        self._left = moments

    def quench(self) -> None:
        self._left = 0

    def burns_out(self) -> bool:
        """One moment has passed: is this the one?"""
        if not self._left:
            return False
        self._left -= 1
        return not self._left
