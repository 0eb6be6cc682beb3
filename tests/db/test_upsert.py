"""Upserts of few rows and of many: on PostgreSQL they go two roads, and must leave the same."""

from contextlib import nullcontext
from typing import Any

import pytest
from sqlalchemy import select

from shopify_app.db import dialect
from shopify_app.db.base import Database, DatabaseRefused, ShopId
from shopify_app.db.dialect import insert_many, upsert
from shopify_app.orders.model import OrderLine
from tests.factories import make_shop

COLUMNS = ("shop_id", "order_id", "line_id", "product_id", "title", "quantity", "gross", "discount", "gift_card")
MANY = dialect._MANY


def lines(shop: ShopId, count: int, **fields: Any) -> list[list[Any]]:
    plain = {
        "product_id": None,
        "title": "Oud\t\\N\n",
        "quantity": 1,
        "gross": 1 << 40,
        "discount": -2,
        "gift_card": True,
    }
    return [[shop, 7, number, *(plain | fields).values()] for number in range(count)]


def stored(database: Database, shop: ShopId) -> list[list[Any]]:
    with database.reading() as session:
        found = select(*(getattr(OrderLine, name) for name in COLUMNS)).where(OrderLine.shop_id == shop)
        return [list(row) for row in session.execute(found.order_by(OrderLine.line_id))]


@pytest.mark.parametrize("count", [1, MANY - 1, MANY, 3 * MANY])
def test_rows_come_back_as_they_went_in_and_are_replaced_by_key(database: Database, count: int) -> None:
    shop = make_shop(database)
    for fields in ({}, {"title": "عود", "product_id": 5, "gift_card": False}):
        with database.transaction() as session:
            upsert(session, OrderLine, COLUMNS, lines(shop, count, **fields))
        assert stored(database, shop) == lines(shop, count, **fields)


def test_many_rows_twice_in_one_transaction(database: Database) -> None:
    shop = make_shop(database)
    for _ in range(2):
        with database.transaction() as session:
            upsert(session, OrderLine, COLUMNS, lines(shop, MANY + 1))
            upsert(session, OrderLine, COLUMNS, lines(shop, MANY, title="later"))
        assert stored(database, shop) == [*lines(shop, MANY, title="later"), *lines(shop, MANY + 1)[MANY:]]


@pytest.mark.parametrize("count", [2, MANY])
def test_of_two_rows_with_one_key_the_later_stays(database: Database, count: int) -> None:
    shop = make_shop(database)
    with database.transaction() as session:
        upsert(session, OrderLine, COLUMNS, lines(shop, count) + lines(shop, count, title="later"))
    assert stored(database, shop) == lines(shop, count, title="later")


def test_what_was_rolled_back_is_not_written_by_the_next(database: Database) -> None:
    shop = make_shop(database)
    with database.transaction() as session:
        upsert(session, OrderLine, COLUMNS, lines(shop, 2 * MANY))
        session.rollback()
    with database.transaction() as session:
        upsert(session, OrderLine, COLUMNS, lines(shop, MANY))
    assert stored(database, shop) == lines(shop, MANY)


@pytest.mark.parametrize("count", [1, MANY])
@pytest.mark.parametrize("fields", [{"gross": 1 << 70}, {"title": None}])
def test_rows_that_the_database_refuses(database: Database, count: int, fields: dict[str, Any]) -> None:
    shop = make_shop(database)
    with pytest.raises(DatabaseRefused), database.transaction() as session:
        upsert(session, OrderLine, COLUMNS, lines(shop, count, **fields))
    assert stored(database, shop) == []


@pytest.mark.parametrize("count", [0, 1, MANY - 1, MANY, 3 * MANY])
def test_new_rows_come_back_as_they_went_in(database: Database, count: int) -> None:
    shop = make_shop(database)
    with database.transaction() as session:
        insert_many(session, OrderLine, COLUMNS, lines(shop, count))
    assert stored(database, shop) == lines(shop, count)


def test_many_new_rows_of_which_one_is_there_are_refused(database: Database) -> None:
    shop = make_shop(database)
    for count in (1, MANY):
        with pytest.raises(DatabaseRefused) if count == MANY else nullcontext(), database.transaction() as session:
            insert_many(session, OrderLine, COLUMNS, lines(shop, count, quantity=count))
    assert stored(database, shop) == lines(shop, 1)


def test_few_new_rows_replace_what_is_there(database: Database) -> None:
    shop = make_shop(database)
    for title in ("earlier", "later"):
        with database.transaction() as session:
            insert_many(session, OrderLine, COLUMNS, lines(shop, MANY - 1, title=title))
    assert stored(database, shop) == lines(shop, MANY - 1, title="later")


@pytest.mark.parametrize("fields", [{"gross": 1 << 70}, {"title": None}])
def test_new_rows_that_the_database_refuses(database: Database, fields: dict[str, Any]) -> None:
    shop = make_shop(database)
    with pytest.raises(DatabaseRefused), database.transaction() as session:
        insert_many(session, OrderLine, COLUMNS, lines(shop, MANY, **fields))
    assert stored(database, shop) == []
