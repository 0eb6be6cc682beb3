"""Looking at the database from outside, without the app: on a connection of its own that writes nothing."""

import sqlite3
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

import psycopg
from sqlalchemy import LargeBinary, make_url

from shopify_app.clock import Instant
from shopify_app.db.base import Base

_NEXT = (
    "SELECT (SELECT min(due_at) FROM delivery WHERE state = 'waiting'),"
    " (SELECT min(due_at) FROM task WHERE state IN ('waiting', 'running'))"
)


class Observer:
    """Plain SQL on either database."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self._sqlite = parsed.get_backend_name() == "sqlite"
        if self._sqlite:
            self._connection: Any = sqlite3.connect(str(parsed.database), isolation_level=None)
        else:
            plain = parsed.set(drivername="postgresql").render_as_string(hide_password=False)
            self._connection = psycopg.connect(plain, autocommit=True)
        self.writes = 0
        """Transactions that somebody has ended; where there was none, nothing can look otherwise than before."""
        self._due: tuple[int, list[Any]] = (-1, [])

    def _next(self) -> list[Any]:
        """When the next delivery and the next task are due, as stored."""
        if self._due[0] != self.writes:
            self._due = self.writes, list(self.rows(_NEXT)[0])
        return self._due[1]

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """What a query finds now; values stand where the question marks are."""
        text = statement if self._sqlite else statement.replace("?", "%s")
        found: list[tuple[Any, ...]] = self._connection.execute(text, values).fetchall()
        return found

    def waits(self, now: Instant) -> tuple[bool, bool]:
        """Whether a delivery, and whether a task, is due."""
        moment = now.replace(tzinfo=None).isoformat(" ", "microseconds") if self._sqlite else now
        due = self._next()
        return due[0] is not None and due[0] <= moment, due[1] is not None and due[1] <= moment

    def next_due(self) -> list[Instant]:
        """When the next waiting delivery and the next step of a task are due."""
        return [self.moment(text) for text in self._next() if text is not None]

    def moment(self, value: Any) -> Any:
        """A stored time as an aware one."""
        if value is None:
            return None
        return datetime.fromisoformat(value).replace(tzinfo=UTC) if isinstance(value, str) else value.astimezone(UTC)

    def digest(self) -> str:
        """A fingerprint of everything that is stored, sealed bytes left out."""
        told = blake2b(digest_size=16)
        for table in Base.metadata.sorted_tables:
            names = ", ".join(f'"{column.name}"' for column in table.c if not isinstance(column.type, LargeBinary))
            keys = ", ".join(f'"{column.name}"' for column in table.primary_key)
            told.update(table.name.encode())
            for row in self.rows(f'SELECT {names} FROM "{table.name}" ORDER BY {keys}'):
                told.update(repr(row).encode())
        return told.hexdigest()

    def close(self) -> None:
        self._connection.close()
