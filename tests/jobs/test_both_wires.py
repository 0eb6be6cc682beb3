"""One order, two wires: what a bulk query says of it is what its webhook says of it."""

import json
import random
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from shopify_app.admin_api import bulk
from shopify_app.admin_api.client import AdminApi
from shopify_app.db.base import ShopId
from shopify_app.orders.bulk_payload import Unreadable, read_orders
from shopify_app.orders.facts import OrderFacts
from shopify_app.orders.payload import read_order
from shopify_app.shops.queries import find_shop

if TYPE_CHECKING:
    from tests.world import World


@pytest.fixture
def shop(small_world: "World") -> Any:
    """A shop with every kind of order that the store can make."""
    made = small_world.store.add_shop("a.myshopify.com", currency="KWD", timezone="Asia/Kuwait")
    now, choose = small_world.clock(), random.Random(5)
    oud = made.add_product("Oud", "10.000").id
    buyers = [made.create_customer(f"A{at}", "B", f"{at}@x.test").id for at in range(6)]
    for at in range(60):
        lines = [{"price": "10.000", "quantity": choose.randint(1, 3), "product_id": oud}]
        lines += [{"price": "25.000", "quantity": 1, "gift_card": True}] * (at % 5 == 0)
        order = made.place_order(
            customer_id=None if at % 9 == 0 else choose.choice(buyers),
            lines=lines,
            discount="1.000" if at % 2 else "0",
            shipping="2.000",
            at=now - timedelta(days=90 - at),
            test=at % 13 == 0,
            source="pos" if at % 4 == 0 else "web",
            financial_status="pending" if at % 8 == 3 else "paid",
        )
        if at % 8 != 3 and at % 3 == 0:
            made.refund(order.id, amount="4.500")
        if at % 8 != 3 and at % 7 == 0:
            made.refund(order.id, lines={line.id: 1 for line in order.lines})
        if at % 10 == 4:
            made.cancel(order.id)
    return made


def by_bulk(world: "World", domain: str) -> dict[int, OrderFacts]:
    admin: AdminApi = world.wafa.admin
    with world.wafa.database.reading() as session:
        row = find_shop(session, domain)
        assert row is not None
    started = bulk.start(admin, ShopId(row.id), "start_orders_import", "orders_bulk")
    operation = bulk.look(admin, ShopId(row.id), started.id)
    assert operation.status == bulk.COMPLETED
    with admin.download(operation.url) as chunks:
        lines = b"".join(chunks).splitlines()
    assert len(lines) == operation.objects
    found = list(read_orders(lines, operation.created_at))
    assert not [one for one in found if isinstance(one, Unreadable)]
    return {one[0].order_id: one[0] for one in found if not isinstance(one, Unreadable)}


def comparable(facts: OrderFacts) -> tuple[Any, ...]:
    lines = sorted(facts.lines, key=lambda line: line.line_id)
    refunds = sorted(facts.refunds, key=lambda refund: refund.refund_id)
    exact = [refund.net for refund in refunds] if len(refunds) == 1 else []
    return (
        facts.order_id,
        (facts.name, facts.placed_at, facts.currency, facts.customer_id, facts.cancelled_at, facts.test),
        (facts.financial_status, facts.source_name, facts.gross, facts.discounts, lines),
        [(refund.refund_id, refund.refunded_at) for refund in refunds],
        sum(refund.net for refund in refunds),
        exact,
    )


def test_both_wires_tell_the_same_of_every_order(small_world: "World", shop: Any) -> None:
    small_world.install(shop)
    told = by_bulk(small_world, shop.domain)
    assert len(told) == 60
    for order in shop.orders.values():
        webhook, _ = read_order(json.dumps(shop.payload("orders/updated", order)).encode())
        assert comparable(told[order.id]) == comparable(webhook)
    refunds = [refund for facts in told.values() for refund in facts.refunds]
    assert {refund.exact for refund in refunds} == {True, False}
    assert 4500 in {refund.net for refund in refunds}
