"""Taking turns at the one writer of a SQLite file: first come, first served, and the webhook door before all others."""

import fcntl
import os
import stat
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Line:
    """Processes in a line for the writer, as two locked files beside the database; who dies leaves it.

    Whoever holds the first file stands next, and waits for the second with it in his hand: one who has just written
    and comes again finds himself behind.
    """

    def __init__(self, database: Path) -> None:
        self._database = database
        self._files: list[int] = []

    def take(self) -> None:
        """Wait until it is this process's turn; one thread of it asks at a time."""
        if not self._files:
            self._files = [_opened(self._database, name) for name in ("next", "turn")]
        following, turn = self._files
        fcntl.flock(following, fcntl.LOCK_EX)
        try:
            fcntl.flock(turn, fcntl.LOCK_EX)
        finally:
            fcntl.flock(following, fcntl.LOCK_UN)

    def awaited(self) -> bool:
        """Whether another process stands next, while this one has its turn."""
        try:
            fcntl.flock(self._files[0], fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        fcntl.flock(self._files[0], fcntl.LOCK_UN)
        return False

    def leave(self) -> None:
        """Let the next process write."""
        for turn in self._files[1:]:
            fcntl.flock(turn, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go of the files."""
        for file in self._files:
            os.close(file)
        self._files = []


def _opened(database: Path, name: str) -> int:
    """One of the files, as open to others as the database is: root's commands must not keep the server out."""
    path = database.with_name(f"{database.name}.{name}")
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        file = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if database.exists():
        whose = database.stat()
        os.fchmod(file, stat.S_IMODE(whose.st_mode))
        if os.geteuid() == 0:
            os.fchown(file, whose.st_uid, whose.st_gid)
    return file


class Turns:
    """A lock that hands itself over in order of arrival; those who ask with `first` pass everyone who did not.

    SQLite's own busy handler sleeps and polls: whoever comes back at the right moment wins, and a writer can
    wait for more than a second. Here the one who leaves wakes exactly the one whose turn it is.
    """

    def __init__(self, line: Line) -> None:
        self._line = line
        self._guard = threading.Lock()
        self._taken = False
        self._first: deque[threading.Lock] = deque()
        self._others: deque[threading.Lock] = deque()

    @contextmanager
    def turn(self, *, first: bool = False) -> Iterator[None]:
        """Hold the lock for the length of the block."""
        self._take(first=first)
        try:
            yield
        finally:
            self._line.leave()
            self._leave()

    def waiting(self) -> int:
        """How many of this process wait for their turn."""
        with self._guard:
            return len(self._first) + len(self._others)

    def awaited(self) -> bool:
        """Whether anybody waits, here or in another process; for whoever has the turn."""
        return self.waiting() > 0 or self._line.awaited()

    def _take(self, *, first: bool) -> None:
        self._queue(first=first)
        try:
            self._line.take()
        except BaseException:
            self._leave()
            raise

    def _queue(self, *, first: bool) -> None:
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            called = threading.Lock()
            called.acquire()
            (self._first if first else self._others).append(called)
        called.acquire()

    def _leave(self) -> None:
        with self._guard:
            queue = self._first or self._others
            if queue:
                # Handed over while still taken: nobody who arrives now can slip in between.
                queue.popleft().release()
            else:
                self._taken = False
