"""The SQL that has to be written twice, once for SQLite and once for PostgreSQL."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import CursorResult, Table, func
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from shopify_app.db.base import Base

Row = Mapping[str, Any]


def table_of(model: type[Base]) -> Table:
    """The Core table under a mapped class."""
    return cast(Table, model.__table__)


def bulk_upsert(session: Session, model: type[Base], rows: Sequence[Row]) -> None:
    """Insert or replace rows by primary key, one executemany; every row names the same columns."""
    if not rows:
        return
    table = table_of(model)
    insert = _insert(session, table)
    keys = [column.name for column in table.primary_key]
    changed = {name: insert.excluded[name] for name in rows[0] if name not in keys}
    statement = (
        insert.on_conflict_do_update(index_elements=keys, set_=changed)
        if changed
        else insert.on_conflict_do_nothing(index_elements=keys)
    )
    session.execute(statement, [dict(row) for row in rows])


def insert_once(session: Session, model: type[Base], row: Row) -> bool:
    """Insert a row unless any unique key already has it; True when it is new."""
    table = table_of(model)
    statement = _insert(session, table).on_conflict_do_nothing().execution_options(preserve_rowcount=True)
    result = session.execute(statement, dict(row))
    return cast("CursorResult[Any]", result).rowcount == 1


def _insert(session: Session, table: Table) -> Any:
    name = session.get_bind().dialect.name
    return postgresql.insert(table) if name == "postgresql" else sqlite.insert(table)


def greatest(session: Session, *values: Any) -> ColumnElement[Any]:
    """The larger of several values in SQL."""
    name = "greatest" if session.get_bind().dialect.name == "postgresql" else "max"
    return cast("ColumnElement[Any]", getattr(func, name)(*values))


def rows_changed(result: Any) -> int:
    """How many rows an UPDATE or DELETE matched."""
    return cast("CursorResult[Any]", result).rowcount
