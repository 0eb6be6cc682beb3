"""Taking turns at the one writer of a SQLite file: first come, first served, and the webhook door before all others."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """A lock that hands itself over in order of arrival; those who ask with `first` pass everyone who did not.

    SQLite's own busy handler sleeps and polls: whoever comes back at the right moment wins, and a writer can
    wait for more than a second. Here the one who leaves wakes exactly the one whose turn it is.
    """

    def __init__(self) -> None:
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
            self._leave()

    def waiting(self) -> int:
        """How many wait for their turn."""
        with self._guard:
            return len(self._first) + len(self._others)

    def _take(self, *, first: bool) -> None:
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
