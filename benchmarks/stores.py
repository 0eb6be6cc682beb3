"""The two databases that a benchmark runs on: prepared once, copied for each round, with real durability."""

import shutil
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from tests import postgres

_DURABLE = ("-c", "max_connections=100")
"""PostgreSQL as it comes: fsync and synchronous_commit are on."""

Prepare = Callable[[str], None]


class Store:
    """A database that was prepared, and copies of it."""

    name: str

    def copy(self) -> str:
        """The URL of a fresh copy."""
        raise NotImplementedError

    def drop(self, url: str) -> None:
        """Remove a copy."""
        raise NotImplementedError

    def servers(self) -> tuple[int, ...]:
        """Processes that work for us beside our own."""
        return ()

    @contextmanager
    def copied(self) -> Iterator[str]:
        """A fresh copy for the length of a block."""
        url = self.copy()
        try:
            yield url
        finally:
            self.drop(url)


class SQLite(Store):
    """A file, and copies of it beside it."""

    name = "sqlite"

    def __init__(self, directory: Path, prepare: Prepare) -> None:
        self._original = directory / "original.db"
        prepare(f"sqlite:///{self._original}")
        with closing(sqlite3.connect(self._original)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def copy(self) -> str:
        """A copy of the file."""
        path = self._original.with_name(f"{uuid.uuid4().hex}.db")
        shutil.copyfile(self._original, path)
        return f"sqlite:///{path}"

    def drop(self, url: str) -> None:
        """Remove the copy and what SQLite put beside it."""
        path = Path(str(make_url(url).database))
        for each in path.parent.glob(f"{path.name}*"):
            each.unlink()


class PostgreSQL(Store):
    """A database of a server that was started for us, and copies by CREATE DATABASE ... TEMPLATE."""

    name = "postgresql"

    def __init__(self, admin: str, prepare: Prepare) -> None:
        self._admin = admin
        self._original = f"original_{uuid.uuid4().hex[:12]}"
        self._administer(f"CREATE DATABASE {self._original}")
        prepare(self._named(self._original))
        with self._connected() as connection:
            self._server = _parent(connection.info.backend_pid)

    def copy(self) -> str:
        """A copy of the database, on disk before it is used."""
        name = f"copy_{uuid.uuid4().hex[:12]}"
        self._administer(f"CREATE DATABASE {name} TEMPLATE {self._original}")
        self._administer("CHECKPOINT")
        return self._named(name)

    def drop(self, url: str) -> None:
        """Remove the copy."""
        self._administer(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")

    def servers(self) -> tuple[int, ...]:
        """The server's first process."""
        return (self._server,) if self._server else ()

    def _named(self, name: str) -> str:
        return make_url(self._admin).set(database=name).render_as_string(hide_password=False)

    def _connected(self) -> psycopg.Connection:
        return psycopg.connect(plain(self._admin), autocommit=True)

    def _administer(self, statement: str) -> None:
        with self._connected() as connection:
            connection.execute(statement.encode())


def plain(url: str) -> str:
    """The URL as the driver takes it."""
    return url.replace("+psycopg", "")


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


@contextmanager
def stores(directory: Path, prepare: Prepare, names: list[str]) -> Iterator[list[Store]]:
    """The named databases, prepared alike; PostgreSQL is left out, with a loud line, where there is none."""
    found: list[Store] = [SQLite(directory, prepare)] if "sqlite" in names else []
    if "postgresql" not in names:
        yield found
        return
    with postgres.server(_DURABLE) as admin:
        yield [*found, PostgreSQL(admin, prepare)] if admin else found
