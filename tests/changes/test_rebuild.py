"""Another zone or currency: nothing is counted twice, left behind or shown under the wrong name."""

from datetime import timedelta

import pytest

from shopify_app.changes.apply import apply_facts
from shopify_app.clock import Instant
from shopify_app.jobs.learn_shop import REBUILD
from shopify_app.retention.queries import totals
from shopify_app.retention.window import Basis, Unit, Window
from shopify_app.shops.queries import change_settings, get_shop
from shopify_app.tasks.queries import request
from tests.factories import EPOCH, LOOKUP, instant, make_shop, order, rebuilt


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


@pytest.mark.parametrize("changed", [{"currency": "KWD"}, {"timezone": "Asia/Kuwait"}])
def test_what_is_changed_back_while_it_is_counted_is_counted_anew(database, changed):
    """The shown generation is right again, the one that is being built is not any more."""
    shop, start = make_shop(database, currency="USD", timezone="UTC"), EPOCH
    at = (Instant(start + timedelta(minutes=minute)) for minute in range(100))

    def change(settings):
        moment = next(at)
        with database.transaction() as session:
            if change_settings(session, shop, settings, moment, moment):
                request(session, shop, REBUILD, None, "test", moment)

    def once():
        if back:
            change(back.pop())

    back = [{"currency": "USD", "timezone": "UTC"}]
    change(changed)
    rebuilt(database, shop, once)
    with database.reading() as session:
        row = get_shop(session, shop)
        assert (row.currency, row.timezone) == (row.told_currency, row.told_timezone) == ("USD", "UTC")
