"""What an order is sorted by: where it went and by which discount it came, whoever told it and in whatever order."""

from datetime import timedelta
from itertools import permutations

import pytest
from msgspec.structs import replace
from sqlalchemy import func, select

from shopify_app.changes.apply import apply_facts
from shopify_app.changes.facts import CustomersMerged, OrderSeen
from shopify_app.invariants.promises import broken
from shopify_app.orders.facts import ASKED, Version
from shopify_app.orders.model import Order, OrderRefetch, OrderVersion
from shopify_app.privacy.redact import apply_and_forget, redact_customer
from shopify_app.shops.queries import get_shop
from tests.factories import LOOKUP, instant, make_shop, order

NOW = instant("2026-01-01T12:00")
PLAIN = order(1, 5, "2025-01-01", "10").order


def seen(minutes: int, country: str | None, code: str | None = "", customer: int = 5, source: str = "w") -> OrderSeen:
    at = NOW + timedelta(minutes=minutes)
    labelled = replace(PLAIN, country=country, discount_code=code, customer_id=customer)
    return OrderSeen(labelled, Version(at, at, source))


def told(database, shop, *facts) -> bool:
    with database.transaction() as session:
        return apply_and_forget(session, shop, facts, NOW, LOOKUP)


def known(database) -> tuple[str | None, str | None]:
    with database.reading() as session:
        return tuple(session.execute(select(Order.country, Order.discount_code)).one())


def test_what_nobody_says_leaves_what_was_said(database) -> None:
    """The address is kept from us since, or the body is from before we asked for it."""
    shop = make_shop(database)
    for fact in (seen(1, "KW", "EID"), seen(2, None, None), seen(3, None, "")):
        told(database, shop, fact)
    assert known(database) == ("KW", "")


@pytest.mark.parametrize("turn", list(permutations([(1, None, None), (2, "KW", "EID"), (3, None, None)])))
def test_what_one_word_says_is_known_whichever_came_first(database, turn) -> None:
    shop = make_shop(database)
    for minutes, country, code in turn:
        told(database, shop, seen(minutes, country, code))
    assert known(database) == ("KW", "EID")


@pytest.mark.parametrize("turn", list(permutations([(1, "SA", "A"), (2, "KW", "B"), (3, "AE", "C")])))
def test_of_two_that_say_it_the_newest_is_right(database, turn) -> None:
    shop = make_shop(database)
    for fact in turn:
        told(database, shop, seen(*fact))
    assert known(database) == ("AE", "C")


def test_a_country_alone_is_no_reason_to_ask_again_nor_another_state_to_count(database) -> None:
    shop = make_shop(database)
    told(database, shop, seen(1, None, None))
    with database.reading() as session:
        before = get_shop(session, shop).facts_version
    assert told(database, shop, seen(1, "KW", "EID", source=ASKED))
    with database.reading() as session:
        assert get_shop(session, shop).facts_version > before, "whoever looks at countries must look again"
        assert session.scalar(select(func.count()).select_from(OrderVersion)) == 1
        assert session.scalars(select(OrderRefetch.order_id)).all() == []
    assert not told(database, shop, seen(1, None, None, source="z"))


@pytest.mark.parametrize("later", [None, seen(2, "KW", "NOURA-7Q"), seen(0, "KW", "NOURA-7Q")])
def test_orders_of_nobody_say_neither(database, later) -> None:
    """Nor when the same is told once more, by an import or an old delivery."""
    shop = make_shop(database)
    told(database, shop, seen(1, "KW", "NOURA-7Q"))
    with database.transaction() as session:
        redact_customer(session, shop, 5, LOOKUP, NOW)
    if later:
        told(database, shop, later)
    assert known(database) == (None, None)
    with database.reading() as session:
        assert broken(session, shop, NOW, LOOKUP) == []


def test_whose_merge_is_told_after_they_were_forgotten_is_forgotten_too(database) -> None:
    shop = make_shop(database)
    told(database, shop, order(9, 6, "2025-01-01", "10"), seen(1, "KW", "EID"))
    with database.transaction() as session:
        redact_customer(session, shop, 6, LOOKUP, NOW)
    with database.transaction() as session:
        session.delete(session.get(Order, (shop, 9)))
    told(database, shop, CustomersMerged(6, 5, NOW))
    assert known(database) == (None, None)


def test_an_order_that_has_another_customer_since_says_both(database) -> None:
    shop = make_shop(database)
    told(database, shop, seen(1, "KW", "EID"))
    with database.transaction() as session:
        redact_customer(session, shop, 5, LOOKUP, NOW)
    told(database, shop, seen(2, "SA", "", customer=7))
    assert known(database) == ("SA", "")


def test_facts_are_applied_once_whatever_was_told(database) -> None:
    shop = make_shop(database)
    with database.transaction() as session:
        apply_facts(session, shop, [seen(1, None, None), seen(1, "KW", "EID"), seen(2, None, None)], NOW, LOOKUP)
    assert known(database) == ("KW", "EID")
