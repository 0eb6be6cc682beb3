"""Killing the process, in effect, at a chosen place: nothing is written after it, whatever `finally` would like."""

from types import TracebackType
from typing import Any, Self

from sqlalchemy import event

from shopify_app.db.base import Database


class Killed(BaseException):
    """Not an Exception: nothing in the app may catch it and go on."""


class Crash:
    """Kills at the `at`-th statement, counted from 1, before it is carried out; a commit counts as one.

    Without `at` it only counts.
    """

    def __init__(self, database: Database, at: int | None = None) -> None:
        self._engine = database.writing
        self._at = at
        self.statements = 0

    def __enter__(self) -> Self:
        event.listen(self._engine, "before_cursor_execute", self._next)
        event.listen(self._engine, "commit", self._next)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        event.remove(self._engine, "before_cursor_execute", self._next)
        event.remove(self._engine, "commit", self._next)
        return kind is Killed

    def _next(self, *_arguments: Any) -> None:
        self.statements += 1
        if self._at is not None and self.statements >= self._at:
            raise Killed
