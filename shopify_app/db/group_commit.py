"""Many small writes in one commit: whoever finds no one writing writes for all, then hands over to the next."""

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

MOST = 64
"""Items in one transaction: it stays short, and the disk is asked once for all of them."""


class WriterStopped(Exception):
    """The one who wrote for all was stopped before the commit: nothing was acknowledged."""


class _Waiting(Generic[Item, Result]):
    """One caller's item, and what became of it."""

    __slots__ = ("called", "error", "item", "result", "settled")

    def __init__(self, item: Item) -> None:
        self.item = item
        self.settled = False
        self.result: Result | None = None
        self.error: Exception | None = None
        # Each waits at a lock of its own: woken once, when its item is settled or it is to write.
        self.called = threading.Lock()
        self.called.acquire()

    def settle(self, result: Result | None = None, error: Exception | None = None) -> None:
        """Say what became of it."""
        self.result, self.error, self.settled = result, error, True


class GroupCommit(Generic[Item, Result]):
    """`write` stores a batch in one transaction and returns one result an item, in order.

    `submit` returns when its item is committed, and raises when it is not. Where a batch fails, each of its
    items is tried alone: a bad one takes nobody with it.
    """

    def __init__(self, write: Callable[[Sequence[Item]], Sequence[Result]]) -> None:
        self._write = write
        self._queue: list[_Waiting[Item, Result]] = []
        self._guard = threading.Lock()
        self._writing = False

    def submit(self, item: Item) -> Result:
        """Have the item committed, together with those of others who ask at the same time."""
        mine = _Waiting[Item, Result](item)
        with self._guard:
            waits = self._writing
            self._writing = True
            if waits:
                self._queue.append(mine)
        if waits:
            mine.called.acquire()
        if not mine.settled:
            self._write_for_all(mine)
        if mine.error is not None:
            raise mine.error
        return mine.result  # type: ignore[return-value]  # settled without an error: there is one

    def _write_for_all(self, mine: _Waiting[Item, Result]) -> None:
        with self._guard:
            others, self._queue = self._queue[: MOST - 1], self._queue[MOST - 1 :]
        try:
            self._settle([mine, *others])
        finally:
            self._hand_over()
            for waiting in others:
                waiting.called.release()

    def _hand_over(self) -> None:
        with self._guard:
            heir = self._queue.pop(0) if self._queue else None
            self._writing = heir is not None
        if heir is not None:
            heir.called.release()

    def _settle(self, batch: list[_Waiting[Item, Result]]) -> None:
        try:
            results = self._write([waiting.item for waiting in batch])
        except Exception as error:
            if len(batch) == 1:
                batch[0].settle(error=error)
                return
            for waiting in batch:
                self._settle([waiting])
            return
        except BaseException:
            # The thread is being ended: those who wait for it must not wait for ever.
            for waiting in batch:
                waiting.settle(error=WriterStopped())
            raise
        for waiting, result in zip(batch, results, strict=True):
            waiting.settle(result)
