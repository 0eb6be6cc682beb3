"""Tables' common base, the column types, and the engines with the one way to write."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, NewType

from sqlalchemy import (
    BigInteger,
    DateTime,
    Dialect,
    Engine,
    Integer,
    MetaData,
    QueuePool,
    TypeDecorator,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Session as Session
from sqlalchemy.types import TypeEngine

from shopify_app.clock import Instant
from shopify_app.db.turns import Line, Turns

ShopId = NewType("ShopId", int)
"""Our own number for a shop; the first part of every tenant table's key."""

BIG = BigInteger().with_variant(Integer, "sqlite")
"""64-bit integer; on SQLite the only spelling that autoincrements."""

_TEXT = len("2026-01-31 23:59:59.000000")

DatabaseRefused = (DataError, IntegrityError, OverflowError)
"""What `except` catches when the database refuses these very rows: it would refuse them again.

A lost connection or a full disk is none of them. SQLite's driver says OverflowError by itself.
"""

DatabaseTrouble = SQLAlchemyError
"""What `except` catches for all that the database may say; where it is no refusal, the rows are not to blame."""


class _PostgresqlUtc(DateTime):
    """An Instant as psycopg takes and gives it."""

    def bind_processor(self, _dialect: Dialect) -> Callable[[datetime | None], Instant | None]:
        """What the driver gets."""
        return _utc_of

    def result_processor(self, _dialect: Dialect, _coltype: object) -> Callable[[datetime | None], Instant | None]:
        """What came back: always aware, always UTC."""
        return _utc_of


class _SqliteUtc(sqlite.DATETIME):
    """An Instant as text; one function a value, because an import binds millions."""

    def bind_processor(self, _dialect: Dialect) -> Callable[[datetime | None], str | None]:
        """What the driver gets."""
        return _text_of

    def result_processor(self, _dialect: Dialect, _coltype: object) -> Callable[[str | None], Instant | None]:
        """What came back: always aware, always UTC."""
        return _of_text


_SQLITE_UTC: TypeEngine[Any] = _SqliteUtc()  # type: ignore[no-untyped-call]
_POSTGRESQL_UTC = _PostgresqlUtc(timezone=True)


class UtcTime(TypeDecorator[datetime]):
    """An Instant: TIMESTAMPTZ on PostgreSQL, sortable ISO text in UTC on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The database's own column type, with processors of ours."""
        return _SQLITE_UTC if dialect.name == "sqlite" else _POSTGRESQL_UTC


def _utc_of(value: datetime | None) -> Instant | None:
    """Refuses naive times: a time without an offset is a bug somewhere above."""
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("a naive datetime reached the database")
    return Instant(value if value.tzinfo is UTC else value.astimezone(UTC))


# A moment goes into several columns of a row and of rows beside it.
@lru_cache(1 << 13)
def _text_of(value: datetime | None) -> str | None:
    moment = _utc_of(value)
    return None if moment is None else moment.isoformat(" ", "microseconds")[:_TEXT]


def _of_text(text: str | None) -> Instant | None:
    return None if text is None else Instant(datetime.fromisoformat(f"{text}+00:00"))


class Base(DeclarativeBase):
    """Base of every table; constraints are named so that migrations can speak of them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Database:
    """One database, SQLite or PostgreSQL; `transaction()` is the only way to write."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.dialect = make_url(url).get_backend_name()
        if self.dialect == "sqlite":
            path = _sqlite_file(url)
            self.writing, self._reading = _sqlite_engines(url)
            self._line: Line | None = Line(path)
            self._turns: Turns | None = Turns(self._line)
        else:
            self.writing = create_engine(url, pool_size=16, max_overflow=16, pool_pre_ping=True)
            # One moment for a whole page, as SQLite gives it: a rebuild may end between two queries.
            self._reading = self.writing.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            self._line = self._turns = None

    @contextmanager
    def transaction(self, *, first: bool = False) -> Iterator[Session]:
        """A session that commits when the block ends well and rolls back when it does not.

        SQLite has one writer at a time: the block holds the process's turn, so it must be short and must not
        wait for the network. `first` is for the webhook door, where Shopify waits for an answer.
        """
        turn = nullcontext() if self._turns is None else self._turns.turn(first=first)
        with turn, Session(self.writing, expire_on_commit=False) as session, session.begin():
            yield session

    def awaited(self) -> bool:
        """Whether somebody waits for the writer, which the caller holds; on PostgreSQL nobody does."""
        return self._turns is not None and self._turns.awaited()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that cannot write and never waits for a writer."""
        with Session(self._reading, expire_on_commit=False) as session:
            yield session

    def is_current(self) -> bool:
        """Whether the database answers and has been migrated."""
        try:
            with self._reading.connect() as connection:
                connection.execute(text("SELECT version_num FROM alembic_version"))
        except SQLAlchemyError:
            return False
        return True

    def close(self) -> None:
        """Let go of every connection."""
        self.writing.dispose()
        self._reading.dispose()
        if self._line is not None:
            self._line.close()


def _sqlite_file(url: str) -> Path:
    path = make_url(url).database
    if not path or path == ":memory:":
        raise ValueError("SQLite needs a file: readers and the writer are separate connections")
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    return Path(path)


def _sqlite_engines(url: str) -> tuple[Engine, Engine]:
    writing = create_engine(url, poolclass=QueuePool, pool_size=1, max_overflow=0)
    reading = create_engine(url, poolclass=QueuePool, pool_size=8, max_overflow=8)
    # What was deleted must not stay readable in the file's free pages.
    pragmas = ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA secure_delete=ON")
    _listen(writing, *pragmas, begin="BEGIN IMMEDIATE")
    _listen(reading, "PRAGMA query_only=ON", begin="BEGIN")
    return writing, reading


def _listen(engine: Engine, *pragmas: str, begin: str) -> None:
    # The driver's own BEGIN is deferred: a transaction that reads first and then writes would fail at
    # once with "database is locked" instead of waiting for its turn.
    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("PRAGMA busy_timeout=10000", "PRAGMA foreign_keys=ON", *pragmas):
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def on_begin(connection: Any) -> None:
        connection.exec_driver_sql(begin)
