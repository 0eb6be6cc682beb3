"""A copy of the database for safe keeping, made while it is in use, without the tables that must not be in it."""

import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import NullPool, create_engine, make_url

from shopify_app.db.base import Database

_OWN_TABLES = "name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND sql IS NOT NULL"


def copy_sqlite(database: Database, target: Path, empty: Collection[str]) -> None:
    """Write all rows as of one moment into a new file; the tables in `empty` are there without rows.

    They are left out, not deleted afterwards: what was once written into a file can be found in it. Nobody is
    kept waiting. The file appears under its name when it is complete.
    """
    part = target.with_name(f"{target.name}.part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    engine = create_engine(f"sqlite:///{part}", poolclass=NullPool)
    held = engine.raw_connection()
    try:
        connection: Any = held.driver_connection
        connection.isolation_level = None
        connection.execute("PRAGMA busy_timeout=10000")
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("ATTACH ? AS live", [str(Path(make_url(database.url).database or "").resolve())])
        _copy_rows(connection, empty)
    finally:
        held.close()
        engine.dispose()
    settle(part, target)


def _copy_rows(connection: Any, empty: Collection[str]) -> None:
    # The first look at the live database fixes the moment; the tables' own words make the same tables here.
    connection.execute("BEGIN")
    tables = _described(connection, "table")
    for _, words in (*tables, *_described(connection, "index")):
        connection.execute(words)
    for name, _ in tables:
        if name not in empty:
            connection.execute(f'INSERT INTO main."{name}" SELECT * FROM live."{name}"')  # noqa: S608 - our tables
    numbered = connection.execute("SELECT 1 FROM live.sqlite_master WHERE name = 'sqlite_sequence'").fetchone()
    if numbered:
        # Numbers that were given out stay given out.
        connection.execute("DELETE FROM main.sqlite_sequence")
        connection.execute("INSERT INTO main.sqlite_sequence SELECT * FROM live.sqlite_sequence")
    for _, words in _described(connection, "trigger"):
        connection.execute(words)
    connection.execute("COMMIT")


def _described(connection: Any, kind: str) -> Sequence[tuple[str, str]]:
    statement = f"SELECT name, sql FROM live.sqlite_master WHERE type = ? AND {_OWN_TABLES} ORDER BY rowid"  # noqa: S608
    return list(connection.execute(statement, [kind]))


def pg_dump_call(database: Database, target: Path, empty: Collection[str]) -> str:
    """The shell command that does the same for PostgreSQL; the password is left to PGPASSWORD or ~/.pgpass."""
    url = make_url(database.url).set(drivername="postgresql", password=None)
    without = " ".join(f"--exclude-table-data={name}" for name in empty)
    return f"pg_dump --format=custom {without} --file={target} '{url.render_as_string()}'"


def settle(part: Path, target: Path) -> None:
    """Give a complete file its name, in place of the one before, once all of it is on disk."""
    _to_disk(part)
    part.replace(target)
    _to_disk(target.parent)


def _to_disk(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
