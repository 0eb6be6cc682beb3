"""What numbers looked like at an earlier moment: the same, to the last digit, whatever became known since."""

from datetime import date, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shopify_app.changes.apply import apply_facts, prepare, store
from shopify_app.changes.facts import OrderSeen
from shopify_app.clock import Instant, LocalDay
from shopify_app.privacy.redact import redact_customer
from shopify_app.retention.measure import measure, resolved
from shopify_app.retention.past.queries import Epoch, as_it_was, position
from shopify_app.retention.queries import Behind, last_day, monthly, orders_behind, totals
from shopify_app.retention.window import Basis, Unit, parse_window
from shopify_app.shops.model import Shop
from shopify_app.shops.queries import get_shop
from tests.changes.test_incremental_is_rebuild import START, facts_and_waiting, shops
from tests.examples import examples
from tests.factories import LOOKUP, instant, make_shop, order, rebuilt

AS_OF = LocalDay(date(2025, 4, 20))
WINDOWS = [parse_window(text, AS_OF) for text in ("all", "30d", "2025-03-05..2025-03-12")]
DRILLS = ("all", "customers", "repeat", "returning", "guest")
MONTHS = [(LocalDay(date(2025, 3, 1)), LocalDay(date(2025, 3, 31)))]


def told(session, shop, replaced=None):
    """Everything that pages say of a shop: figures, first and last days, months, and the orders behind each number."""
    found, as_then = [], partial(totals, session, shop, replaced=replaced)
    for basis in Basis:
        found.append(last_day(session, shop, basis, AS_OF, replaced))
        found += monthly(session, shop, basis, MONTHS, AS_OF, as_then)
        for window in WINDOWS:
            found.append(resolved(session, shop, window, basis, replaced))
            for unit in Unit:
                found.append(measure(session, shop, window, basis, unit, as_then))
                for drill in DRILLS:
                    found.append(listed(session, shop, Behind(basis, window, unit, drill, replaced)))
    return found


def listed(session, shop, behind):
    """All pages of a list; nobody's number is compared, for it may have been redacted since."""
    rows, after = orders_behind(session, shop, behind, None, 3)
    while after:
        more, after = orders_behind(session, shop, behind, after, 3)
        rows += more
    return [(row.order_id, row.day, row.customer_id is None, row.nth, row.orders, row.value, row.net) for row in rows]


def looked(database, shop):
    """What was known at this moment, by which a later reader asks for it, and what is told."""
    with database.reading() as session:
        row = get_shop(session, shop)
        return position(session, shop), Epoch(row.currency, row.timezone), told(session, shop)


def known(fact, earlier):
    """The same fact, its customer with orders that Shopify does not show us."""
    if isinstance(fact, OrderSeen) and earlier and fact.order.customer_id:
        return OrderSeen(replace(fact.order, customer_orders=earlier), fact.version)
    return fact


def moved(database, shop, timezone):
    with database.transaction() as session:
        session.get(Shop, shop).told_timezone = timezone
    rebuilt(database, shop)


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_every_moment_looks_as_it_did(request, name):
    database = request.getfixturevalue(name)

    @examples(name, 60, 25)
    @given(
        facts=facts_and_waiting,
        cut=st.integers(1, 9),
        earlier=st.lists(st.integers(0, 5), min_size=25, max_size=25),
        forgotten=st.sets(st.integers(1, 4), max_size=2),
        timezone=st.sampled_from([None, None, "Asia/Kuwait"]),
    )
    def check(facts, cut, earlier, forgotten, timezone):
        shop = make_shop(database, f"p{next(shops)}.myshopify.com", scopes="read_orders" if any(earlier[:5]) else "")
        facts = [known(fact, count) for fact, count in zip(facts, earlier, strict=False)]
        seen = []
        for start in range(0, len(facts), cut):
            with database.transaction() as session:
                # The clock stands still, or goes back: what was known when is told apart all the same.
                now = Instant(START - timedelta(hours=start))
                apply_facts(session, shop, facts[start : start + cut], now, LOOKUP)
            seen.append(looked(database, shop))
        for customer in sorted(forgotten):
            with database.transaction() as session:
                redact_customer(session, shop, customer, LOOKUP, Instant(START))
            seen.append(looked(database, shop))
        if timezone:
            moved(database, shop, timezone)
        with database.reading() as session:
            for moment, epoch, before in seen:
                if moment is not None:
                    assert told(session, shop, as_it_was(session, shop, moment, epoch)) == before

    check()


def test_what_was_known_and_is_not_counted_yet_belongs_to_an_earlier_day(database):
    """A second import stores orders that are counted at its end; meanwhile a day has gone by."""
    shop = make_shop(database)
    with database.transaction() as session:
        apply_facts(session, shop, [order(1, 5, "2025-01-01", "10")], instant("2025-01-02"), LOOKUP)
    with database.transaction() as session:
        prepared = prepare(session, shop, [order(2, 6, "2025-01-02", "10")], LOOKUP, counting=False)
        store(session, shop, prepared, instant("2025-01-03"))
    everything = parse_window("all", AS_OF)
    with database.reading() as session:
        replaced = as_it_was(session, shop, instant("2025-01-04"), Epoch("USD", "UTC"))
        assert totals(session, shop, everything, Basis.KEPT, Unit.ORDER, replaced).orders == 2


def test_an_order_is_no_other_one_because_its_buyer_ordered_again(database):
    shop = make_shop(database)
    first, second = (order(number, 5, f"2025-01-0{number}", "10") for number in (1, 2))
    for sold, day in ((first, "2025-01-02"), (second, "2025-01-03")):
        with database.transaction() as session:
            facts = OrderSeen(replace(sold.order, source_name="pos", country="KW"), sold.version)
            apply_facts(session, shop, [facts], instant(day), LOOKUP)
    with database.reading() as session:
        replaced = as_it_was(session, shop, instant("2025-01-02"), Epoch("USD", "UTC"))
        assert [replaced.differing(WINDOWS[0], basis) for basis in Basis] == [1, 1]
