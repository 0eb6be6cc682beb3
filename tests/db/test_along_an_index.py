"""Pages of rows that were just written: PostgreSQL must not sort all of them for each page."""

from sqlalchemy import text

from shopify_app.changes.apply import apply_facts
from shopify_app.changes.generations.queries import orders_of_next_customers
from shopify_app.db.base import Database
from shopify_app.db.dialect import along_an_index
from tests.factories import EPOCH, LOOKUP, make_shop, order

PAGE = """
    EXPLAIN SELECT order_id FROM orders WHERE shop_id = 1 AND customer_id > 0 ORDER BY customer_id, order_id LIMIT 9
"""


MANY = """
    INSERT INTO orders (shop_id, order_id, name, customer_id, placed_at, currency, gross, discounts, only_gift_cards,
        test, financial_status, source_name, updated_at, known_at, source, version_number, lines_mark)
    SELECT 1, number, '', number % 2500, now(), 'USD', 1, 0, false, false, '', '', now(), now(), '', 1, 0
    FROM generate_series(1, 10000) AS number
"""


def test_a_page_follows_the_index(postgresql: Database) -> None:
    make_shop(postgresql)
    with postgresql.transaction() as session:
        session.execute(text(MANY))
    with postgresql.reading() as session, along_an_index(session):
        plan = "\n".join(session.scalars(text(PAGE)).all())
    assert "Scan using ix_orders_shop_id_customer_id" in plan
    assert "Sort" not in plan


def test_afterwards_all_is_as_it_was(database: Database) -> None:
    shop = make_shop(database)
    with database.transaction() as session:
        apply_facts(session, shop, [order(1, 5, "2025-01-01", "10")], EPOCH, LOOKUP)
        assert len(orders_of_next_customers(session, shop, -1, 9, "USD")) == 1
        if database.dialect == "postgresql":
            assert session.scalar(text("SHOW enable_sort")) == "on"
