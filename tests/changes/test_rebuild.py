"""Another zone or currency: nothing is counted twice, left behind or shown under the wrong name."""

from shopify_app.changes.apply import apply_facts
from shopify_app.retention.queries import totals
from shopify_app.retention.window import Basis, Unit, Window
from shopify_app.shops.queries import get_shop
from tests.factories import LOOKUP, instant, make_shop, order, rebuilt


def test_amounts_are_never_shown_in_another_currency(small_world):
    """10.00 dollars are not 1.000 dinars, nor do they add to dinars, until the rebuild has run."""
    world = small_world
    shop = world.store.add_shop("alice.myshopify.com", currency="USD")
    world.install(shop)
    world.work()
    shop.place_order(None, [{"price": "10.00", "quantity": 1}])
    world.work()
    shop.change(currency="KWD")
    shop.place_order(None, [{"price": "3.000", "quantity": 1}])
    world.store.deliver_due()
    world.wafa.drain.sweep()
    assert world.json(shop, "/reports/numbers?window=all")["metrics"]["net_revenue"]["value"] in ("3", "10")


def test_a_page_that_is_being_read_sees_one_generation(database):
    """The page reads the shop's row first and its sums later; a rebuild may end in between."""
    shop, now = make_shop(database), instant("2026-01-01")
    with database.transaction() as session:
        apply_facts(session, shop, [order(1, 5, "2025-01-01", "10")], now, LOOKUP)
    with database.reading() as session:
        row = get_shop(session, shop)
        rebuilt(database, shop)
        sums = totals(session, shop, Window("all", None, now.date()), Basis.KEPT, Unit.ORDER)
        assert (row.generation, sums.orders) == (1, 1)
