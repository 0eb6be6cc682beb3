"""Many small writes in one commit: whoever finds no one writing writes for all who wait."""

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

    __slots__ = ("error", "item", "result", "settled")

    def __init__(self, item: Item) -> None:
        self.item = item
        self.settled = False
        self.result: Result | None = None
        self.error: Exception | None = None


class GroupCommit(Generic[Item, Result]):
    """`write` stores a batch in one transaction and returns one result an item, in order.

    `submit` returns when its item is committed, and raises when it is not. Where a batch fails, each of its
    items is tried alone: a bad one takes nobody with it.
    """

    def __init__(self, write: Callable[[Sequence[Item]], Sequence[Result]]) -> None:
        self._write = write
        self._queue: list[_Waiting[Item, Result]] = []
        self._guard = threading.Lock()
        self._leading = threading.Lock()

    def submit(self, item: Item) -> Result:
        """Have the item committed, together with those of others who ask at the same time."""
        mine = _Waiting[Item, Result](item)
        with self._guard:
            self._queue.append(mine)
        while not mine.settled:
            # The one who gets in writes for everybody; the rest find themselves settled when they get in.
            with self._leading:
                if not mine.settled:
                    self._settle(self._next())
        if mine.error is not None:
            raise mine.error
        return mine.result  # type: ignore[return-value]  # settled without an error: there is one

    def _next(self) -> list[_Waiting[Item, Result]]:
        with self._guard:
            batch, self._queue = self._queue[:MOST], self._queue[MOST:]
        return batch

    def _settle(self, batch: list[_Waiting[Item, Result]]) -> None:
        try:
            results = self._write([waiting.item for waiting in batch])
        except Exception as error:
            if len(batch) == 1:
                batch[0].error, batch[0].settled = error, True
                return
            for waiting in batch:
                self._settle([waiting])
            return
        except BaseException:
            # The thread is being ended: those who wait for it must not wait for ever.
            for waiting in batch:
                waiting.error, waiting.settled = WriterStopped(), True
            raise
        for waiting, result in zip(batch, results, strict=True):
            waiting.result, waiting.settled = result, True
