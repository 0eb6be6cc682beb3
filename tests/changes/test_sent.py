"""When an order was sent changes what is known of it, and no number."""

from datetime import timedelta
from itertools import permutations

import pytest
from msgspec.structs import replace
from sqlalchemy import func, select

from shopify_app.changes.apply import apply_facts
from shopify_app.changes.facts import OrderSeen
from shopify_app.clock import Instant
from shopify_app.orders.facts import ASKED, Version
from shopify_app.orders.model import Order, OrderRefetch, OrderVersion
from shopify_app.shops.queries import get_shop
from tests.factories import LOOKUP, instant, make_shop, order

NOW = instant("2026-01-01T12:00")
PLAIN = order(1, 5, "2025-01-01", "10").order
FIRST, LAST = instant("2025-01-02"), instant("2025-01-03")
pytestmark = pytest.mark.parametrize("name", ["sqlite", "postgresql"])


@pytest.fixture
def database(request, name):
    return request.getfixturevalue(name)


def seen(minutes: int, at: Instant | None, source: str = "w", *, says: bool = True) -> OrderSeen:
    version = Version(NOW + timedelta(minutes=minutes), NOW + timedelta(minutes=minutes), source)
    return OrderSeen(replace(PLAIN, fulfilled_at=at, tells_sent=says), version)


def told(database, shop, *facts) -> bool:
    with database.transaction() as session:
        return apply_facts(session, shop, facts, NOW, LOOKUP)


def known(database):
    with database.reading() as session:
        return session.execute(select(Order.fulfilled_at)).scalar_one()


def test_it_is_kept_and_no_metric_reads_it(database) -> None:
    shop = make_shop(database)
    told(database, shop, seen(1, None))
    with database.reading() as session:
        before = get_shop(session, shop).facts_version
    assert not told(database, shop, seen(2, LAST)), "no page shows it"
    assert known(database) == LAST
    with database.reading() as session:
        assert get_shop(session, shop).facts_version == before
        assert session.scalar(select(func.count()).select_from(OrderVersion)) == 1
        assert session.scalars(select(OrderRefetch.order_id)).all() == []


@pytest.mark.parametrize("turn", list(permutations([(1, None), (2, FIRST), (3, LAST)])))
def test_the_newest_word_is_right(database, turn) -> None:
    """Whichever comes first."""
    shop = make_shop(database)
    for minutes, at in turn:
        told(database, shop, seen(minutes, at))
    assert known(database) == LAST


def test_a_parcel_that_was_called_off_makes_it_unsent(database) -> None:
    shop = make_shop(database)
    told(database, shop, seen(1, LAST), seen(2, None))
    assert known(database) is None


def test_who_does_not_say_takes_nothing_back(database) -> None:
    shop = make_shop(database)
    for fact in (seen(1, LAST), seen(2, None, says=False), seen(3, None, says=False)):
        told(database, shop, fact)
    assert known(database) == LAST


def test_two_words_of_one_second_are_asked_for_again(database) -> None:
    """The order's own row has whole seconds, and many orders are packed and paid at once."""
    shop = make_shop(database)
    told(database, shop, seen(1, None, "a"), seen(1, LAST, "b"))
    with database.reading() as session:
        assert session.scalars(select(OrderRefetch.order_id)).all() == [1]


def test_the_night_teaches_it_of_an_order_that_was_read_before_it_was_asked_for(database) -> None:
    shop = make_shop(database)
    told(database, shop, seen(1, None, says=False))
    asked = seen(1, LAST, ASKED)
    told(database, shop, OrderSeen(asked.order, Version(asked.version.updated_at, NOW + timedelta(days=1), ASKED)))
    assert known(database) == LAST
