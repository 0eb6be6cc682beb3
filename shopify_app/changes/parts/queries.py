"""Telling the lines of orders apart, where the rule of their time gives more for some products than for others."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace
from sqlalchemy import func, select

from shopify_app.changes.queries import load_refunds
from shopify_app.clock import Instant
from shopify_app.db.base import Session, ShopId
from shopify_app.db.dialect import among
from shopify_app.loyalty.earning.order import Earned, Part
from shopify_app.loyalty.programme.rate import COLLECTIONS, Rate
from shopify_app.loyalty.programme.rule import Rule, Version, in_force
from shopify_app.loyalty.shares import shared
from shopify_app.orders.facts import RefundFacts
from shopify_app.orders.model import Order, OrderLine
from shopify_app.products.model import CollectionProduct
from shopify_app.products.past import Shelves
from shopify_app.products.queries import shelves_of


class Line(NamedTuple):
    """A line of an order: what it cost after discounts, in minor units, and the product."""

    line_id: int
    product_id: int | None
    value: int


class Sales(NamedTuple):
    """Who bought something, and for how much after discounts, in minor units; what went back since among it."""

    customers: int
    value: int


def told_apart(session: Session, shop: ShopId, orders: Sequence[Earned], versions: Sequence[Version]) -> list[Earned]:
    """All of the orders, with their parts where the version of their time tells lines apart; else nothing is read."""
    if not any(version.rule.by_line for version in versions):
        return list(orders)
    rules = {order.order_id: in_force(versions, order.placed_at) for order in orders}
    apart = [order for order in orders if (version := rules[order.order_id]) and version.rule.by_line]
    found = with_parts(session, shop, apart, [version.rule for version in versions])
    return [found.get(order.order_id, order) for order in orders]


def with_parts(session: Session, shop: ShopId, orders: Collection[Earned], rules: Sequence[Rule]) -> dict[int, Earned]:
    """By number these orders with their parts, as far as any of these rules tells them apart."""
    if not orders or not any(rule.by_line for rule in rules):
        return {order.order_id: order for order in orders}
    numbers = [order.order_id for order in orders]
    lines = _lines_of(session, shop, numbers)
    backs = {order: _back_by_line(refunds.values()) for order, refunds in load_refunds(session, shop, numbers).items()}
    products = {line.product_id for mine in lines.values() for line in mine if line.product_id is not None}
    shelves = shelves_of(session, shop, frozenset().union(*(rule.collections for rule in rules)), products)
    return {
        order.order_id: replace(
            order, parts=parts_of(order, lines.get(order.order_id, ()), backs.get(order.order_id, {}), shelves)
        )
        for order in orders
    }


def parts_of(order: Earned, lines: Sequence[Line], backs: Mapping[int, int], shelves: Shelves) -> tuple[Part, ...]:
    """What each line is worth, all together the order's value; `backs` are what went back, by line.

    Where the lines add up to something else, each stands for its share of the value. None where they are not known.
    """
    values = [max(line.value, 0) for line in lines]
    if order.value <= 0 or not any(values):
        return ()
    if sum(values) != order.value:
        values = shared(order.value, values)
    return tuple(
        Part(
            value,
            min(max(backs.get(line.line_id, 0), 0), value),
            line.product_id,
            () if line.product_id is None else shelves.of(line.product_id, order.placed_at),
        )
        for line, value in zip(lines, values, strict=True)
    )


def _lines_of(session: Session, shop: ShopId, orders: Collection[int]) -> dict[int, list[Line]]:
    """By order what was bought, gift cards apart."""
    model = OrderLine
    columns = select(model.order_id, model.line_id, model.product_id, model.gross - model.discount)
    mine = model.shop_id == shop, among(session, model.order_id, orders), model.gift_card.is_(False)
    found: dict[int, list[Line]] = defaultdict(list)
    for order, line, product, value in session.execute(columns.where(*mine).order_by(model.order_id, model.line_id)):
        found[order].append(Line(line, product, value))
    return found


def _back_by_line(refunds: Iterable[RefundFacts]) -> dict[int, int]:
    found: dict[int, int] = defaultdict(int)
    for refund in refunds:
        for line, net in refund.lines:
            found[line] += net
    return found


def sales_of(session: Session, shop: ShopId, rate: Rate, currency: str, since: Instant) -> Sales:
    """What was sold since then of the products of a rate, as they stand in its collections now."""
    numbers = [number for number, _ in rate.of]
    line, inside = OrderLine, CollectionProduct
    if rate.what == COLLECTIONS:
        shelved = select(inside.product_id).where(inside.shop_id == shop, inside.collection_id.in_(numbers))
        mine = line.product_id.in_(shelved)
    else:
        mine = line.product_id.in_(numbers)
    both = (Order.shop_id == line.shop_id) & (Order.order_id == line.order_id)
    stands = Order.test.is_(False), Order.cancelled_at.is_(None), Order.deleted_at.is_(None)
    sums = select(func.count(Order.customer_id.distinct()), func.sum(line.gross - line.discount)).join(Order, both)
    sold = line.shop_id == shop, mine, Order.placed_at >= since, Order.currency == currency, *stands
    customers, value = session.execute(sums.where(*sold)).one()
    return Sales(customers, int(value or 0))
