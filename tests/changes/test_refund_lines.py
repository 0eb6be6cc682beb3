"""What a refund gave back of which line is kept, whichever wire told it, and asked for where none did."""

from datetime import timedelta
from itertools import permutations

import pytest
from msgspec.structs import replace
from sqlalchemy import func, select

from shopify_app.changes import queries
from shopify_app.changes.apply import apply_facts
from shopify_app.changes.facts import OrderSeen, RefundSeen
from shopify_app.orders.facts import RefundFacts, Version
from shopify_app.orders.model import OrderRefetch, OrderVersion, Refund
from tests.factories import LOOKUP, instant, make_shop, order

NOW = instant("2026-01-01T12:00")
PLAIN = order(1, 5, "2025-01-01", "10").order
TOLD = RefundFacts(7, 1, NOW, 500, lines=((100, 400),))
UNTOLD = RefundFacts(7, 1, NOW, 500, itemised=False)
SHARED = replace(UNTOLD, exact=False)
pytestmark = pytest.mark.parametrize("name", ["sqlite", "postgresql"])


@pytest.fixture
def database(request, name):
    return request.getfixturevalue(name)


def seen(minutes: int, *refunds: RefundFacts, **fields) -> OrderSeen:
    at = NOW + timedelta(minutes=minutes)
    return OrderSeen(replace(PLAIN, refunds=refunds, **fields), Version(at, at, "w"))


def told(database, shop, *facts) -> bool:
    with database.transaction() as session:
        return apply_facts(session, shop, facts, NOW, LOOKUP)


def known(database, shop) -> RefundFacts:
    with database.reading() as session:
        return queries.load_refunds(session, shop, [1])[1][7]


def asked_again(database) -> list[int]:
    with database.reading() as session:
        return list(session.scalars(select(OrderRefetch.order_id)))


@pytest.mark.parametrize("turn", list(permutations([seen(1, UNTOLD), RefundSeen(TOLD), seen(2, SHARED)])))
def test_what_one_wire_tells_another_leaves(database, turn) -> None:
    shop = make_shop(database)
    for fact in turn:
        told(database, shop, fact)
    assert known(database, shop) == TOLD


@pytest.mark.parametrize("wire", [UNTOLD, SHARED])
def test_what_nobody_tells_is_asked_for(database, wire) -> None:
    shop = make_shop(database)
    told(database, shop, seen(1, wire))
    assert asked_again(database) == [1]


def test_what_is_told_is_not_asked_for(database) -> None:
    shop = make_shop(database)
    told(database, shop, RefundSeen(TOLD), seen(1, UNTOLD))
    assert asked_again(database) == []


def test_no_metric_reads_it(database) -> None:
    shop = make_shop(database)
    told(database, shop, seen(1, UNTOLD))
    assert not told(database, shop, RefundSeen(TOLD)), "no page shows it"
    assert known(database, shop) == TOLD
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(OrderVersion)) == 1
    told(database, shop, RefundSeen(replace(TOLD, net=501)))
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(OrderVersion)) == 2


@pytest.mark.parametrize("included", [True, False])
@pytest.mark.parametrize("order_first", [True, False])
def test_tax_is_taken_out_of_each_line_whichever_comes_first(database, included, order_first) -> None:
    shop = make_shop(database)
    refund = RefundFacts(7, 1, NOW, 2_500, tax=300, lines=((100, 1_150), (101, 1_150)), line_taxes=(150, 150))
    facts = [seen(1, taxes_included=included), RefundSeen(refund)]
    for fact in facts if order_first else reversed(facts):
        told(database, shop, fact)
    found = known(database, shop)
    less = 150 if included else 0
    assert found.lines == ((100, 1_150 - less), (101, 1_150 - less))
    assert (found.beyond, found.tax, found.line_taxes) == (200, 0, ())


def test_a_refund_from_before_lines_were_kept_learns_them_with_the_next_news_of_its_order(database) -> None:
    shop = make_shop(database)
    told(database, shop, seen(1, TOLD))
    with database.transaction() as session:
        session.execute(Refund.__table__.update().values(lines=None))
    assert not known(database, shop).itemised
    told(database, shop, seen(2, TOLD))
    assert known(database, shop) == TOLD
