"""The app's database with three seams: others may run before a transaction, writes may fail, the process may die."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

from shopify_app.db.base import Database, Session
from shopify_app.db.turns import Turns

if TYPE_CHECKING:
    from tests.simulation.process import Process


class Engines:
    """The two engines of one process; they outlive it, because they only know how to connect.

    What was compiled once need not be compiled again after each crash: that alone is half of the speed.
    """

    def __init__(self, database: Database, process: "Process") -> None:
        self.writing, self.reading = database.writing, database._reading
        self._process = process
        self.line = database._line
        self._open: list[Any] = []
        pools: list[Engine] = [self.writing] + ([] if database.dialect == "postgresql" else [self.reading])
        for engine in pools:
            event.listen(engine, "connect", self._connected)
            event.listen(engine, "before_cursor_execute", self._statement)
            event.listen(engine, "commit", self._commit)
        self._pools = pools

    def _connected(self, connection: Any, _record: Any) -> None:
        # Nobody pulls the plug here, and the disk's honesty is not what is tested: kills of the real server do that.
        on_sqlite = isinstance(connection, sqlite3.Connection)
        connection.execute("PRAGMA synchronous=OFF" if on_sqlite else "SET synchronous_commit = off")
        if not on_sqlite:
            connection.commit()
        self._open.append(connection)

    def _statement(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        self._process.moment("statement", statement)

    def _commit(self, _connection: Any) -> None:
        self._process.moment("commit")

    def kill(self) -> None:
        """Close every connection as a dead process does: whatever was not committed is gone."""
        for connection in self._open:
            connection.close()
        self._open.clear()
        if self.line is not None:
            self.line.close()

    def forget(self) -> None:
        """Throw the pools away; the next connection is a new one."""
        for engine in self._pools:
            engine.dispose(close=False)


class SimulatedDatabase(Database):
    """As the app's own, but every way in is a seam."""

    def __init__(self, url: str, process: "Process", engines: Engines | None) -> None:
        super().__init__(url)
        self.engines = engines or Engines(self, process)
        self.writing, self._reading = self.engines.writing, self.engines.reading
        self._line = self.engines.line
        self._turns = Turns(self._line) if self._line is not None else None
        self.busy = False
        self._process = process

    @contextmanager
    def transaction(self, *, first: bool = False) -> Iterator[Session]:
        self._process.may_pause("transaction")
        try:
            with super().transaction(first=first) as session:
                self.busy = True
                try:
                    yield session
                finally:
                    self.busy = False
        finally:
            self._process.world.observer.writes += 1
            self._process.world.readings.look()
        self._process.moment("committed")

    @contextmanager
    def reading(self) -> Iterator[Session]:
        if not self.busy:
            self._process.may_pause("reading")
        with super().reading() as session:
            yield session


def disk_trouble(statement: str) -> OperationalError:
    """What a full disk looks like to the app."""
    return OperationalError(statement[:20], None, sqlite3.OperationalError("database or disk is full"))
