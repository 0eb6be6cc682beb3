"""Writing rows by hand: the raw driver, one set-based statement a table and batch, nothing else.

The yardstick of the drain and of the import: the same rows, keys, indexes and durability as the app's.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import psycopg
from sqlalchemy import make_url

from benchmarks.stores import plain
from shopify_app.db.base import Base

Row = tuple[Any, ...]
Rows = dict[str, list[Row]]
"""By table, in the order of its columns."""


def fact_tables() -> list[str]:
    """Tables whose rows each come from one order."""
    return [table.name for table in Base.metadata.sorted_tables if "order_id" in table.columns]


def columns_of(table: str) -> list[str]:
    """The columns' names in their order."""
    return [column.name for column in Base.metadata.tables[table].columns]


def connect(url: str) -> "Bare":
    """A connection with the app's durability."""
    return BareSQLite(url) if make_url(url).get_backend_name() == "sqlite" else BarePostgreSQL(url)


class Bare:
    """One raw connection; `write` upserts one batch in the transaction that `commit` ends."""

    def begin(self) -> None:
        """Open a transaction that may write."""
        raise NotImplementedError

    def read(self, statement: str, values: Sequence[Any] = ()) -> Iterable[Row]:
        """Rows of a query; `?` marks a value."""
        raise NotImplementedError

    def write(self, table: str, rows: Sequence[Row]) -> None:
        """Insert rows, or replace those whose key is there."""
        raise NotImplementedError

    def add(self, table: str, rows: Sequence[Row]) -> None:
        """Insert new rows, the fastest way there is, in a transaction of their own."""
        raise NotImplementedError

    def pages(self, table: str, size: int) -> Iterator[Sequence[Row]]:
        """All rows of a table, so many at a time."""
        raise NotImplementedError

    def mark(self, ids: Sequence[int], at: Any) -> None:
        """Mark deliveries as handled."""
        raise NotImplementedError

    def commit(self) -> None:
        """End the transaction."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go."""
        raise NotImplementedError


def _names(table: str) -> str:
    return ", ".join(f'"{name}"' for name in columns_of(table))


def _upsert(table: str, values: str) -> str:
    columns = columns_of(table)
    keys = [column.name for column in Base.metadata.tables[table].primary_key]
    changed = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in keys)
    action = f"DO UPDATE SET {changed}" if changed else "DO NOTHING"
    return f'INSERT INTO "{table}" ({_names(table)}) {values} ON CONFLICT ({", ".join(keys)}) {action}'


class BareSQLite(Bare):
    """sqlite3 with WAL and synchronous=FULL."""

    def __init__(self, url: str) -> None:
        self._connection = sqlite3.connect(str(make_url(url).database), isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._upserts = {
            name: _upsert(name, f"VALUES ({','.join('?' * len(columns_of(name)))})") for name in fact_tables()
        }

    def begin(self) -> None:
        """Open a transaction that may write."""
        self._connection.execute("BEGIN IMMEDIATE")

    def read(self, statement: str, values: Sequence[Any] = ()) -> Iterable[Row]:
        """Rows as SQLite stores them."""
        return self._connection.execute(statement, values).fetchall()

    def write(self, table: str, rows: Sequence[Row]) -> None:
        """One executemany."""
        if rows:
            self._connection.executemany(self._upserts[table], rows)

    def add(self, table: str, rows: Sequence[Row]) -> None:
        """One executemany."""
        marks = ",".join("?" * len(columns_of(table)))
        self.begin()
        self._connection.executemany(f'INSERT INTO "{table}" ({_names(table)}) VALUES ({marks})', rows)
        self.commit()

    def pages(self, table: str, size: int) -> Iterator[Sequence[Row]]:
        """Fetched from one cursor."""
        cursor = self._connection.execute(f'SELECT {_names(table)} FROM "{table}"')
        while rows := cursor.fetchmany(size):
            yield rows

    def mark(self, ids: Sequence[int], at: Any) -> None:
        """One UPDATE."""
        marks = ",".join("?" * len(ids))
        self._connection.execute(
            f"UPDATE delivery SET state = 'handled', error = '', handled_at = ? WHERE id IN ({marks})",
            [at, *ids],
        )

    def commit(self) -> None:
        """End the transaction."""
        self._connection.execute("COMMIT")

    def close(self) -> None:
        """Let go."""
        self._connection.close()


class BarePostgreSQL(Bare):
    """psycopg with whole arrays as values: the fastest idempotent way for batches of this size."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(plain(url), autocommit=True)
        self._upserts = {name: _upsert(name, f"SELECT * FROM unnest({self._arrays(name)})") for name in fact_tables()}

    def _arrays(self, table: str) -> str:
        kinds = self._connection.execute(
            "SELECT format_type(atttypid, NULL) FROM pg_attribute "
            "WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY array_position(%s, attname)",
            [f'"{table}"', columns_of(table)],
        )
        return ", ".join(f"%b::{kind}[]" for (kind,) in kinds)

    def begin(self) -> None:
        """Open a transaction that may write."""
        self._connection.execute("BEGIN")

    def read(self, statement: str, values: Sequence[Any] = ()) -> Iterable[Row]:
        """Rows as Python sees them."""
        return self._connection.execute(statement.replace("?", "%s").encode(), values).fetchall()

    def write(self, table: str, rows: Sequence[Row]) -> None:
        """One INSERT from arrays, a column each."""
        if rows:
            columns = [list(column) for column in zip(*rows, strict=True)]
            self._connection.execute(self._upserts[table].encode(), columns)

    def add(self, table: str, rows: Sequence[Row]) -> None:
        """One COPY."""
        statement = f'COPY "{table}" ({_names(table)}) FROM STDIN'.encode()
        with self._connection.transaction(), self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)

    def pages(self, table: str, size: int) -> Iterator[Sequence[Row]]:
        """Fetched from one cursor of the server's."""
        with self._connection.transaction(), self._connection.cursor("pages") as cursor:
            cursor.execute(f'SELECT {_names(table)} FROM "{table}"'.encode())
            while rows := cursor.fetchmany(size):
                yield rows

    def mark(self, ids: Sequence[int], at: Any) -> None:
        """One UPDATE."""
        self._connection.execute(
            "UPDATE delivery SET state = 'handled', error = '', handled_at = %s WHERE id = ANY(%s)", [at, list(ids)]
        )

    def commit(self) -> None:
        """End the transaction."""
        self._connection.execute("COMMIT")

    def close(self) -> None:
        """Let go."""
        self._connection.close()


def all_rows(bare: Bare) -> Rows:
    """Every row that facts left behind, by table."""
    found: Rows = {}
    for table in fact_tables():
        found[table] = list(bare.read(f'SELECT {_names(table)} FROM "{table}"'))
    return found
