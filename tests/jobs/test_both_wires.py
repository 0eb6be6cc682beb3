"""One order, two wires: what a bulk query says of it is what its webhook says of it."""

import json
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from devstore import fulfilments
from devstore.labels import Labels
from shopify_app.admin_api import bulk
from shopify_app.admin_api.client import AdminApi
from shopify_app.changes.rebuild import computed, drift
from shopify_app.db.base import Database, ShopId
from shopify_app.jobs import import_windows
from shopify_app.orders.bulk_payload import Unreadable, read_orders
from shopify_app.orders.facts import OrderFacts
from shopify_app.orders.model import Order, OrderEdit, Refund
from shopify_app.orders.payload import read_order
from shopify_app.orders.queries import refetches
from shopify_app.shops.queries import find_shop
from tests.simulation.truth import true_order, true_rows
from tests.world import World

TAXES = {"no tax": (0, False), "tax on top": (1_500, False), "tax included": (1_500, True)}
"""Basis points, and whether the prices include them."""


@pytest.fixture(params=TAXES)
def shop(small_world: World, request: pytest.FixtureRequest) -> Any:
    """A shop with every kind of order that the store can make."""
    made = small_world.store.add_shop("a.myshopify.com", currency="KWD", timezone="Asia/Kuwait")
    fill(small_world, made, *TAXES[request.param])
    return made


LABELS = [
    (Labels(), "", ""),
    (Labels("KW"), "KW", ""),
    (Labels("SA", "KW", codes=("welcome10",)), "SA", "WELCOME10"),
    (Labels(None, "AE", codes=("Eid", "friend")), "AE", "EID"),
    (Labels("KW", offer="White Friday"), "KW", "White Friday"),
    (Labels("KW", codes=("عيد",), offer="White Friday"), "KW", "عيد"),
]
"""What orders have of these, and what is to be known of it."""


def fill(world: World, made: Any, rate: int, included: bool) -> None:
    made.tax_rate, made.taxes_included = rate, included
    now, choose = world.clock(), random.Random(5)
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
            tip="3.000" if at % 4 == 0 else "0",
            at=now - timedelta(days=90 - at),
            test=at % 13 == 0,
            source="pos" if at % 4 == 0 else "web",
            labels=LABELS[at // 2 % len(LABELS)][0],
            financial_status="pending" if at % 8 == 3 else "paid",
        )
        send(made, order, at, now - timedelta(days=89 - at))
        if at % 8 != 3 and at % 3 == 0:
            made.refund(order.id, amount="4.500")
        if at % 8 != 3 and at % 7 == 0:
            made.refund(order.id, lines={line.id: 1 for line in order.lines})
        if at % 11 == 6 or at == 34:
            edit(made, order, at)
        if at % 10 == 4:
            made.cancel(order.id)
    for at, what in enumerate(ABROAD):
        lines = [{"price": "10.000", "quantity": 3, "product_id": oud}, {"price": "4.125", "quantity": 2}]
        lines += [{"price": "25.000", "gift_card": True}] * (at % 3 == 0)
        placed = now - timedelta(days=30 - at)
        terms = {"discount": "1.001", "shipping": "2.000", "duties": "3.002", "fee": "0.500", "at": placed}
        order = made.place_order(choose.choice(buyers), lines, tip="3.000" if at % 4 == 0 else "0", **terms)
        send(made, order, at, placed + timedelta(days=2))
        what(made, order, order.lines[0].id)


def send(made: Any, order: Any, at: int, when: datetime) -> None:
    """All, a piece, all in two parcels, a parcel that is called off, or nothing; some of it has left at once."""
    left = {line.id: fulfilments.left(order, line) for line in order.lines if fulfilments.left(order, line)}
    if not left or at % 5 == 4:
        return
    if at % 5 in (1, 2):
        made.sending.send(order.id, {min(left): 1}, when)
    if at % 5 == 2 and sum(left.values()) > 1:
        made.sending.send(order.id, at=when + timedelta(hours=5))
    if at % 5 in (0, 3):
        parcel = made.sending.send(order.id, at=when)
        if at % 10 == 3:
            made.sending.call_off(order.id, parcel.id, when + timedelta(hours=1))


def come_back(made: Any, order: Any, pieces: dict[int, int], exchange: Any = (), fee: str = "0") -> int:
    """A return that is processed at once."""
    found = made.returns.open(order.id, pieces, exchange, fee)
    made.returns.process(order.id, found.id)
    return int(found.id)


def returned_with_money(made: Any, order: Any, line: int, amount: str | None = None, duties: bool = False) -> None:
    found = come_back(made, order, {line: 2})
    made.returns.refund(order.id, found, amount, duties=duties)


def exchanged(made: Any, order: Any, line: int, price: str = "12.500") -> None:
    found = come_back(made, order, {line: 1}, [{"price": price}, {"price": "5.000", "gift_card": True}], "0.750")
    if order.overpaid:
        made.returns.refund(order.id, found)


def all_sorts(made: Any, order: Any, line: int) -> None:
    """Two returns, one paid for; then an edit, and the money of a piece that nobody sent back."""
    come_back(made, order, {line: 1})
    second = come_back(made, order, {line: 1, order.lines[1].id: 1})
    made.returns.refund(order.id, second)
    edit(made, order, 1)
    made.refund(order.id, lines={order.lines[1].id: 1}, duties=True)


def called_off(made: Any, order: Any, line: int) -> None:
    come_back(made, order, {line: 1})
    made.cancel(order.id)


def changed_mind(made: Any, order: Any, line: int) -> None:
    made.returns.cancel(order.id, made.returns.open(order.id, {line: 1}).id)


ABROAD: list[Callable[[Any, Any, int], object]] = [
    lambda _made, _order, _line: None,
    lambda made, order, line: made.refund(order.id, lines={line: 1}, duties=True),
    lambda made, order, line: made.refund(order.id, lines={line: 1}),
    lambda made, order, _line: made.refund(order.id, duties=True),
    lambda made, order, _line: made.refund(order.id, shipping="1.250"),
    lambda made, order, _line: made.refund(order.id, "1.500"),
    lambda made, order, _line: made.refund(order.id),
    lambda made, order, _line: made.cancel(order.id),
    lambda made, order, line: made.returns.open(order.id, {line: 1}),
    lambda made, order, line: come_back(made, order, {line: 1}),
    lambda made, order, _line: come_back(made, order, {one.id: one.quantity for one in order.lines if not one.tip}),
    returned_with_money,
    lambda made, order, line: returned_with_money(made, order, line, duties=True),
    lambda made, order, line: returned_with_money(made, order, line, "25.000"),
    lambda made, order, line: returned_with_money(made, order, line, "1.000"),
    exchanged,
    lambda made, order, line: exchanged(made, order, line, "1.250"),
    all_sorts,
    called_off,
    changed_mind,
]
"""What became of orders from abroad, with duties and a fee on top."""


def edit(made: Any, order: Any, at: int) -> None:
    """Pieces taken off, or lines added, or both as in an exchange; one of each order's kinds of history before it."""
    left = next(line for line in order.lines if line.current_quantity)
    added = [{"price": "7.250", "quantity": 2}, {"price": "5.000", "gift_card": True}][: 1 + at % 2]
    made.edit(order.id, added if at % 3 else (), {left.id: 1} if at % 4 else {})
    if at % 2 and order.overpaid:
        made.refund(order.id, amount="1.000")


UNPAID = timedelta(days=30)
"""For so long an order that nobody pays counts."""


def by_bulk(world: World, domain: str) -> dict[int, OrderFacts]:
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
    return (
        facts.order_id,
        (facts.name, facts.placed_at, facts.currency, facts.customer_id, facts.cancelled_at, facts.test),
        (facts.financial_status, facts.source_name, facts.gross, facts.discounts, lines),
        (facts.country, facts.discount_code),
        (facts.fulfilled_at, facts.tells_sent),
        [(refund.refund_id, refund.refunded_at) for refund in refunds],
    )


def test_both_wires_tell_the_same_of_every_order(small_world: World, shop: Any) -> None:
    small_world.install(shop)
    told = by_bulk(small_world, shop.domain)
    assert len(told) == 60 + len(ABROAD)
    for order in shop.orders.values():
        webhook, _ = read_order(json.dumps(shop.payload("orders/updated", order)).encode())
        bulk_facts = told[order.id]
        assert comparable(bulk_facts) == comparable(webhook)
        assert bulk_facts.edited == (bool(order.edits) or order.return_status != "NO_RETURN")
        taken_off = [part.quantity for one in order.edits for part in one.parts if part.quantity < 0]
        assert webhook.unaccounted == -sum(taken_off)
        lines = true_order(order).given_back
        assert {one.refund_id: [*map(list, one.lines)] for one in webhook.refunds} == lines
        itemised = {one.refund_id: [*map(list, one.lines)] for one in bulk_facts.refunds if one.itemised}
        assert itemised.items() <= lines.items()
        nets = {refund.refund_id: refund.net for refund in webhook.refunds}
        assert not [one for one in bulk_facts.refunds if one.exact and one.net != nets[one.refund_id]]
        if order.edits:
            # A bulk query does not tell what was taken off by whom: it is asked for again.
            continue
        # Shopify rounds the tax of each piece that is given back, and a bulk query does not tell how.
        rounded = 1 if any(not refund.exact for refund in bulk_facts.refunds) and webhook.taxes_included else 0
        both = [sum(refund.net for refund in one.refunds) for one in (bulk_facts, webhook)]
        assert abs(both[0] - both[1]) <= rounded * sum(line.quantity for line in webhook.lines)
    assert {facts.fulfilled_at is None for facts in told.values()} == {True, False}
    refunds = [refund for facts in told.values() for refund in facts.refunds]
    assert {refund.exact for refund in refunds} == {True, False}
    assert 4500 in {refund.net for refund in refunds}
    assert {bool(refund.lines) for refund in refunds if refund.itemised} == {True, False}


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
@pytest.mark.parametrize("tax", TAXES)
@pytest.mark.parametrize("road", ["import", "windows", "webhooks", "half and half"])
def test_by_whichever_road_an_order_came_its_facts_are_the_stores(
    request: pytest.FixtureRequest,
    name: str,
    tax: str,
    road: str,
    config: Any,
    clock: Any,
    tmp_path: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What a bulk query or a webhook leaves open is asked for again, order by order."""
    database = request.getfixturevalue(name)
    world = World(config, database, clock, tmp_path)
    shop = world.store.add_shop("a.myshopify.com", currency="KWD", timezone="Asia/Kuwait")
    if road == "webhooks":
        world.install(shop)
        world.work()
        fill(world, shop, *TAXES[tax])
    elif road in ("import", "windows"):
        with shop.history():
            fill(world, shop, *TAXES[tax])
        if road == "windows":
            monkeypatch.setattr(import_windows, "ONE_GO", 20)
            clock.forward(30 * 86_400)
        world.install(shop)
    else:
        # The import reads the orders, and the news of them wait to be handled.
        world.install(shop)
        fill(world, shop, *TAXES[tax])
    world.work()
    assert road != "windows" or len(shop.bulk.listed(clock())) == 2
    given_up, late = check_stored(database, shop)
    assert given_up == late or road in ("webhooks", "half and half"), "an import gives up what it reads too late"


def labels_of(order: Any) -> tuple[str, str]:
    country, code = next(found[1:] for found in LABELS if found[0] == order.labels)
    # What gave the shipping stands on no line: a bulk query would not tell it.
    return country, code if order.discount or order.labels.codes else ""


COUNTED = attrgetter("basis", "order_id", "day", "buyer_id", "orders", "value", "net", "nth", "nth_day")
"""Of a row what the store's records tell."""


def check_stored(database: Database, shop: Any) -> tuple[set[int], set[int]]:
    """What is stored of the shop and counted is what the store's own records say.

    Which orders were given up, and which have stayed unpaid for too long: the others are for the night.
    """
    with database.reading() as session:
        ours = find_shop(session, shop.domain)
        assert ours is not None
        number = ShopId(ours.id)
        orders, edits, refunds = (
            session.scalars(select(model).where(model.shop_id == number)).all() for model in (Order, OrderEdit, Refund)
        )
        assert drift(session, number) == 0
        assert not refetches(session, number, 10)
        rows = [row for each in computed(session, number).values() for row in each]
    assert {row.order_id: (row.country, row.discount_code) for row in orders} == {
        order.id: labels_of(order) for order in shop.orders.values()
    }
    gone = {order.order_id for order in orders if order.given_up_at is not None}
    truth = [replace(true_order(order), given_up=order.id in gone) for order in shop.orders.values()]
    late = {one.order_id for one in truth if one.status == "pending" and shop.store.now() - one.placed_at > UNPAID}
    assert gone <= late
    assert any(order.edits for order in truth)
    assert {row.exact for row in refunds} == {True}
    assert {row.order_id: row.fulfilled_at for row in orders} == {one.order_id: one.fulfilled_at for one in truth}
    assert {row.refund_id: json.loads(row.lines or "null") for row in refunds} == {
        refund: lines for one in truth for refund, lines in one.given_back.items()
    }
    assert {row.refund_id: row.net for row in refunds} == {one: net for each in truth for one, _, net in each.refunds}
    assert sorted((row.order_id, row.added, row.removed) for row in edits) == sorted(
        (each.order_id, added, removed) for each in truth for _, added, removed in each.edits
    )
    placed = {row.order_id: row.gross - row.discounts for row in orders}
    for row in edits:
        placed[row.order_id] -= row.added
    assert placed == {each.order_id: each.gross - each.discounts for each in truth}
    buyers: dict[int, int | None] = {customer: customer for customer in shop.customers}
    expected = true_rows(truth, buyers, ZoneInfo("Asia/Kuwait"), "KWD")
    assert {COUNTED(row) for row in rows} == expected
    ways = {row.order_id: (row.source_name, row.country or "", row.discounts > 0) for row in orders}
    assert {row.order_id: row.sold for row in rows if row.sold} == {
        order: f"{channel}|{country}|{'1' if less else ''}"
        for order, (channel, country, less) in ways.items()
        if order in {row.order_id for row in rows if row.basis == "kept"}
    }
    return gone, late
