"""The SQL that has to be written twice, once for SQLite and once for PostgreSQL."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CursorResult,
    Date,
    Dialect,
    Integer,
    Select,
    String,
    Table,
    any_,
    func,
    literal,
    select,
    text,
    type_coerce,
)
from sqlalchemy import cast as cast_to
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.elements import ColumnElement, UnaryExpression
from sqlalchemy.sql.operators import custom_op

from shopify_app.db.base import Base

Row = Mapping[str, Any]
ColumnOf = InstrumentedAttribute[int] | InstrumentedAttribute[int | None]


def table_of(model: type[Base]) -> Table:
    """The Core table under a mapped class."""
    return cast(Table, model.__table__)


def bulk_upsert(session: Session, model: type[Base], rows: Sequence[Row]) -> None:
    """Insert or replace rows by primary key; every row names the same columns."""
    if rows:
        upsert(session, model, tuple(rows[0]), [list(row.values()) for row in rows])


def upsert(session: Session, model: type[Base], columns: tuple[str, ...], rows: Sequence[list[Any]]) -> None:
    """The same for rows as lists of values in the order of `columns`; the lists are used up.

    Straight to the driver: SQLAlchemy's own way of binding costs more than the insert itself. Of two rows with
    one key the later stays.
    """
    if not rows:
        return
    table = table_of(model)
    plan = _bound(session, table, columns, rows)
    if plan.copy and len(rows) >= _MANY and _first_time(session, table):
        _copied(session, plan, rows)
    else:
        _put(session, plan, plan.upserted, rows)


def insert_many(session: Session, model: type[Base], columns: tuple[str, ...], rows: Sequence[list[Any]]) -> None:
    """Insert rows as `upsert` does, none of whose keys is there or comes twice: in half the time on PostgreSQL.

    Where a key is there after all, many rows raise IntegrityError, and few replace what they find: whoever tries
    again with few at a time gets through.
    """
    if len(rows) < _MANY:
        upsert(session, model, columns, rows)
        return
    plan = _bound(session, table_of(model), columns, rows)
    if plan.copy:
        _copy_rows(session, plan.copy.straight, rows)
    else:
        _put(session, plan, "", rows)


def _put(session: Session, plan: "_Plan", otherwise: str, rows: Sequence[list[Any]]) -> None:
    """Insert rows; `otherwise` says what becomes of those whose key is there."""
    connection, at = session.connection(), 0
    if plan.copy:
        connection.exec_driver_sql(plan.insert + plan.marks + otherwise, [tuple(row) for row in rows])
        return
    for size in _AT_ONCE:
        while len(rows) - at >= size:
            values = tuple(chain.from_iterable(rows[at : at + size]))
            connection.exec_driver_sql(_many(plan.insert, plan.marks, otherwise, size), values)
            at += size


# The very same text each time: the driver then finds the compiled statement without reading all of it.
@lru_cache(1024)
def _many(insert: str, marks: str, otherwise: str, size: int) -> str:
    return insert + ", ".join([marks] * size) + otherwise


_AT_ONCE = (256, 64, 16, 4, 1)
"""Rows of one statement on SQLite, whose driver lets go of the interpreter at each: where another thread computes, it
waits for it a thousandth of a second each time, with the one writer in its hands. In few sizes, so that each statement
is compiled once."""


def _bound(session: Session, table: Table, columns: tuple[str, ...], rows: Sequence[list[Any]]) -> "_Plan":
    """How to write these rows, and in them every value as the driver takes it."""
    plan = _plan(session.get_bind().dialect, table, columns)
    for place, bind in plan.binds:
        for row in rows:
            row[place] = bind(row[place])
    return plan


_MANY = 50
"""Rows from which PostgreSQL's COPY and its three statements are cheaper than one statement a row."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """An upsert for one dialect, and which values must be turned into what its driver takes."""

    insert: str
    marks: str
    """The values of one row."""
    upserted: str
    """What becomes of a row that is there."""
    binds: tuple[tuple[int, Callable[[Any], Any]], ...]
    key: Callable[[list[Any]], Any]
    """The primary key of a row."""
    copy: "_Copy | None"


@dataclass(frozen=True, slots=True)
class _Copy:
    """On PostgreSQL: COPY into the table; or make a temporary one, COPY into that, and upsert from it."""

    straight: str
    create: str
    staged: str
    upsert: str


@lru_cache(256)
def _plan(dialect: Dialect, table: Table, columns: tuple[str, ...]) -> _Plan:
    keys = [column.name for column in table.primary_key]
    changed = [f"{name} = excluded.{name}" for name in columns if name not in keys]
    action = f"DO UPDATE SET {', '.join(changed)}" if changed else "DO NOTHING"
    mark = "?" if dialect.paramstyle == "qmark" else "%s"
    # Names of our own tables and columns alone stand in these statements.
    names, upserted = ", ".join(columns), f" ON CONFLICT ({', '.join(keys)}) {action}"
    values = f"({', '.join([mark] * len(columns))})"
    insert = f"INSERT INTO {table.name} ({names}) VALUES "  # noqa: S608
    copy = _copy(table, names, upserted) if dialect.name == "postgresql" else None
    binds, key = _binds(dialect, table, columns), itemgetter(*map(columns.index, keys))
    return _Plan(insert, values, upserted, binds, key, copy)


@lru_cache(256)
def _binds(dialect: Dialect, table: Table, columns: tuple[str, ...]) -> tuple[tuple[int, Callable[[Any], Any]], ...]:
    """The places whose values the driver does not take as they are, and what turns them into what it takes."""
    binds = ((place, _bind(dialect, table, name)) for place, name in enumerate(columns))
    return tuple((place, bind) for place, bind in binds if bind is not None)


def _bind(dialect: Dialect, table: Table, name: str) -> Callable[[Any], Any] | None:
    kind = table.c[name].type
    if dialect.name == "sqlite" and isinstance(kind, Boolean):
        # The driver knows them, and an import binds millions.
        return None
    if dialect.name == "sqlite" and isinstance(kind, Date):
        return _day_text
    return kind.dialect_impl(dialect).bind_processor(dialect)


@lru_cache(4096)
def _day_text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _copy(table: Table, names: str, upserted: str) -> _Copy:
    staged = f"staged_{table.name}"
    return _Copy(
        f"COPY {table.name} ({names}) FROM STDIN",
        f"CREATE TEMPORARY TABLE IF NOT EXISTS {staged} (LIKE {table.name} INCLUDING DEFAULTS) ON COMMIT DELETE ROWS",
        f"COPY {staged} ({names}) FROM STDIN",
        f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {staged}{upserted}",  # noqa: S608
    )


def _first_time(session: Session, table: Table) -> bool:
    """Whether nothing was staged for this table in this transaction: it is emptied by the commit alone."""
    staged = session.info.setdefault("staged", {})
    transaction = session.get_transaction()
    first = staged.get(table.name) is not transaction
    staged[table.name] = transaction
    return first


def _copied(session: Session, plan: _Plan, rows: Sequence[list[Any]]) -> None:
    if plan.copy is None:
        raise TypeError("only PostgreSQL copies")
    connection = session.connection()
    connection.exec_driver_sql(plan.copy.create)
    # One statement cannot write a row twice.
    _copy_rows(session, plan.copy.staged, {plan.key(row): row for row in rows}.values())
    connection.exec_driver_sql(plan.copy.upsert)


def _copy_rows(session: Session, statement: str, rows: Iterable[list[Any]]) -> None:
    dialect, driver = session.get_bind().dialect, cast("Any", session.connection().connection.driver_connection)
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except dialect.loaded_dbapi.Error as error:
        # As SQLAlchemy would have said it: callers know no other errors.
        raised = DBAPIError.instance(
            statement, None, error, dialect.loaded_dbapi.Error, hide_parameters=True, dialect=dialect
        )
        raise raised from error


def insert_once(session: Session, model: type[Base], row: Row) -> bool:
    """Insert a row unless any unique key already has it; True when it is new."""
    table = table_of(model)
    statement = _insert(session, table).on_conflict_do_nothing().execution_options(preserve_rowcount=True)
    result = session.execute(statement, dict(row))
    return cast("CursorResult[Any]", result).rowcount == 1


def add_up(session: Session, model: type[Base], rows: Select[*tuple[Any, ...]], column: str) -> None:
    """Insert the rows that a query with a condition gives; where one's key is there, add its `column` to it."""
    table = table_of(model)
    insert = _insert(session, table).from_select([one.name for one in rows.selected_columns], rows)
    keys = [one.name for one in table.primary_key]
    session.execute(
        insert.on_conflict_do_update(index_elements=keys, set_={column: table.c[column] + insert.excluded[column]})
    )


def insert_new(
    session: Session, model: type[Base], columns: tuple[str, ...], rows: Sequence[list[Any]], named: tuple[str, ...]
) -> set[tuple[Any, ...]]:
    """Insert those rows that no unique key refuses, in one statement; the `named` columns of those that were new.

    The lists are used up. Few statements: between two the other threads run, and whoever asks is waiting.
    """
    dialect, table = session.get_bind().dialect, table_of(model)
    for place, bind in _binds(dialect, table, columns):
        for row in rows:
            row[place] = bind(row[place])
    mark = "?" if dialect.paramstyle == "qmark" else "%s"
    values = ", ".join([f"({', '.join([mark] * len(columns))})"] * len(rows))
    sql = (
        f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES {values} "  # noqa: S608 - our own names alone
        f"ON CONFLICT DO NOTHING RETURNING {', '.join(named)}"
    )
    found = session.connection().exec_driver_sql(sql, tuple(value for row in rows for value in row))
    return {tuple(row) for row in found}


def _insert(session: Session, table: Table) -> Any:
    name = session.get_bind().dialect.name
    return postgresql.insert(table) if name == "postgresql" else sqlite.insert(table)


def among(session: Session, column: ColumnOf, numbers: Collection[int]) -> ColumnElement[bool]:
    """Whether a column of numbers holds one of these, which are bound as one value however many they are."""
    if session.get_bind().dialect.name == "postgresql":
        return column == any_(literal(list(numbers), ARRAY(BigInteger)))
    listed = func.json_each(json.dumps(list(numbers))).table_valued("value")
    return column.in_(select(listed.c.value))


def among_texts(session: Session, column: InstrumentedAttribute[Any], texts: Collection[str]) -> ColumnElement[bool]:
    """The same for a column of text."""
    if session.get_bind().dialect.name == "postgresql":
        return column == any_(literal(list(texts), ARRAY(String)))
    listed = func.json_each(json.dumps(list(texts))).table_valued("value")
    return column.in_(select(listed.c.value))


@contextmanager
def along_an_index(session: Session) -> Iterator[None]:
    """For the queries of the block that ask for an order and a limit: let them walk an index that has this order.

    Of rows that were just written PostgreSQL has no statistics. It takes them for few, and would sort all of them
    for each page of them.
    """
    if session.get_bind().dialect.name != "postgresql":
        yield
        return
    session.execute(_NO_SORT)
    yield
    session.execute(_SORT_AGAIN)


def beside_its_index(session: Session, column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """The column's value, by no index of its own: SQLite knows too little of the rows to choose among several.

    PostgreSQL knows how many rows have which values, and is left to choose.
    """
    if session.get_bind().dialect.name == "postgresql":
        return cast("ColumnElement[Any]", column)
    return UnaryExpression(cast("ColumnElement[Any]", column), operator=_ITSELF, type_=column.type)


_ITSELF = custom_op[Any]("+")
_NO_SORT, _SORT_AGAIN = text("SET LOCAL enable_sort = off"), text("SET LOCAL enable_sort TO DEFAULT")


def greatest(session: Session, *values: Any) -> ColumnElement[Any]:
    """The larger of several values in SQL."""
    name = "greatest" if session.get_bind().dialect.name == "postgresql" else "max"
    return cast("ColumnElement[Any]", getattr(func, name)(*values))


def days_between(session: Session, earlier: Any, later: Any) -> ColumnElement[int]:
    """How many days lie between two columns of days, or a column and a day."""
    if session.get_bind().dialect.name == "postgresql":
        return type_coerce(cast_to(later, Date) - cast_to(earlier, Date), Integer)
    return cast_to(func.julianday(later) - func.julianday(earlier), Integer)


def holds(session: Session, column: Any, text: str) -> ColumnElement[bool]:
    """Whether this text stands somewhere in the column's, letter for letter."""
    find = func.strpos if session.get_bind().dialect.name == "postgresql" else func.instr
    return find(column, text) > 0


def rows_changed(result: Any) -> int:
    """How many rows an UPDATE or DELETE matched."""
    return cast("CursorResult[Any]", result).rowcount
