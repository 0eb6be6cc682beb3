"""What Shopify's sales reports add up of a span of time, and what they leave out, from the stored orders."""

from dataclasses import dataclass
from datetime import timedelta
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, and_, case, distinct, false, func, literal, or_, select, true
from sqlalchemy.orm import Session, aliased

from shopify_app.clock import Instant
from shopify_app.db.base import ShopId
from shopify_app.orders.model import Order, OrderEdit, OrderLine, OrderRefetch, Refund
from shopify_app.retention.counting import NEVER_PAID
from shopify_app.retention.matching.sums import Changed, Late, People, Placed, Sums
from shopify_app.retention.model import CountedOrder as Row
from shopify_app.retention.window import Basis, Window
from shopify_app.shops.queries import get_shop

COUNTED = "counted"
MOST_LATE = 500
"""Moments of late that are looked at: Shopify says that its reports are hours behind, not days."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time; `start` is None where it goes back to the first order."""

    start: Instant | None
    end: Instant
    """Just after it."""


def period(session: Session, shop: ShopId, currency: str, span: Span, by_utc: Span) -> Sums:
    """Everything about one period, whatever it is compared with; `by_utc` are the same days in UTC."""
    kinds = placed(session, shop, currency, span)
    nothing = Placed()
    return Sums(
        placed=kinds.get(COUNTED, nothing),
        changed=changed(session, shop, currency, span),
        by_utc=placed(session, shop, currency, by_utc).get(COUNTED, nothing),
        changed_by_utc=changed(session, shop, currency, by_utc),
        called_off=called_off(session, shop, currency, span),
        free=free(session, shop, currency, span),
        unpaid=unpaid(session, shop, currency, span),
        test=kinds.get("test", nothing),
        gift_card_orders=kinds.get("gift_cards", nothing).orders,
        gift_cards=gift_cards_sold(session, shop, currency, span),
        other_currency=kinds.get("other_currency", nothing).orders,
        refunded_of_placed=refunded_of_placed(session, shop, currency, span),
        tax_included=tax_included(session, shop, currency, span),
        asked_again=asked_again(session, shop),
    )


def placed(session: Session, shop: ShopId, currency: str, span: Span) -> dict[str, Placed]:
    """The orders placed in a span by kind: COUNTED, or why Shopify's reports leave them out."""
    kind = case(
        (Order.deleted_at.is_not(None), "deleted"),
        (Order.test, "test"),
        (Order.currency != currency, "other_currency"),
        (Order.only_gift_cards, "gift_cards"),
        else_=COUNTED,
    )
    statement = _placed_sums(shop, kind).where(_orders(shop, span)).group_by(kind)
    return {name: Placed(*map(int, sums)) for name, *sums in session.execute(statement)}


def _placed_sums(shop: ShopId, *columns: Any) -> Any:
    added = (
        select(
            OrderEdit.order_id,
            func.sum(OrderEdit.gross).label("gross"),
            func.sum(OrderEdit.discount).label("discount"),
        )
        .where(OrderEdit.shop_id == shop)
        .group_by(OrderEdit.order_id)
        .subquery()
    )
    return select(
        *columns,
        func.count(),
        func.coalesce(func.sum(Order.gross - func.coalesce(added.c.gross, 0)), 0),
        func.coalesce(func.sum(Order.discounts - func.coalesce(added.c.discount, 0)), 0),
    ).outerjoin(added, added.c.order_id == Order.order_id)


def called_off(session: Session, shop: ShopId, currency: str, span: Span) -> Placed:
    """Of the orders that count, those that were cancelled or never paid."""
    off = or_(Order.cancelled_at.is_not(None), Order.financial_status.in_(NEVER_PAID))
    return _some(session, shop, currency, span, off)


def unpaid(session: Session, shop: ShopId, currency: str, span: Span) -> Placed:
    """Of the orders that count, those that were given up as unpaid and not cancelled."""
    given_up = and_(Order.given_up_at.is_not(None), Order.cancelled_at.is_(None))
    return _some(session, shop, currency, span, given_up)


def free(session: Session, shop: ShopId, currency: str, span: Span) -> Placed:
    """Of the orders that count, those with nothing to pay when they were placed."""
    mine = and_(OrderEdit.shop_id == Order.shop_id, OrderEdit.order_id == Order.order_id)
    added = select(func.coalesce(func.sum(OrderEdit.gross - OrderEdit.discount), 0)).where(mine).scalar_subquery()
    return _some(session, shop, currency, span, Order.gross - Order.discounts <= added)


def _some(session: Session, shop: ShopId, currency: str, span: Span, which: ColumnElement[bool]) -> Placed:
    statement = _placed_sums(shop).where(_orders(shop, span), _counts(currency), which)
    return Placed(*map(int, session.execute(statement).one()))


def changed(session: Session, shop: ShopId, currency: str, span: Span) -> Changed:
    """Edits and refunds made in a span."""
    edits = select(
        func.count(),
        func.coalesce(func.sum(OrderEdit.gross), 0),
        func.coalesce(func.sum(OrderEdit.discount), 0),
        func.coalesce(func.sum(OrderEdit.removed), 0),
    ).where(OrderEdit.shop_id == shop, _during(OrderEdit.edited_at, span), _of_counted(OrderEdit, currency))
    refunds = select(func.count(), func.coalesce(func.sum(Refund.net), 0)).where(
        Refund.shop_id == shop, _during(Refund.refunded_at, span), _of_counted(Refund, currency)
    )
    return Changed(*map(int, (*session.execute(edits).one(), *session.execute(refunds).one())))


def refunded_of_placed(session: Session, shop: ShopId, currency: str, span: Span) -> int:
    """Refunds, whenever they were made, of orders that were placed in a span."""
    theirs = and_(Order.shop_id == Refund.shop_id, Order.order_id == Refund.order_id)
    statement = select(func.coalesce(func.sum(Refund.net), 0)).join(Order, theirs)
    return int(session.scalar(statement.where(_orders(shop, span), _counts(currency))) or 0)


def gift_cards_sold(session: Session, shop: ShopId, currency: str, span: Span) -> int:
    """What was paid for gift cards, alone or among other things."""
    theirs = and_(Order.shop_id == OrderLine.shop_id, Order.order_id == OrderLine.order_id)
    cards = select(func.coalesce(func.sum(OrderLine.gross - OrderLine.discount), 0)).join(Order, theirs)
    sold = and_(Order.deleted_at.is_(None), Order.test == false(), Order.currency == currency)
    return int(session.scalar(cards.where(_orders(shop, span), sold, OrderLine.gift_card)) or 0)


def tax_included(session: Session, shop: ShopId, currency: str, span: Span) -> int:
    """Orders that count and whose prices include tax: it was taken out, and may have been rounded otherwise."""
    statement = select(func.count()).where(_orders(shop, span), _counts(currency), Order.taxes_included)
    return int(session.scalar(statement) or 0)


def asked_again(session: Session, shop: ShopId) -> int:
    """Orders of which Shopify is yet to say how they are."""
    return int(session.scalar(select(func.count()).where(OrderRefetch.shop_id == shop)) or 0)


def again(session: Session, shop: ShopId, window: Window) -> int:
    """Customers with an order in the window who by now have bought more than once."""
    mine = and_(Row.shop_id == shop, Row.generation == get_shop(session, shop).generation)
    orders = and_(mine, Row.basis == Basis.SHOPIFY.value, Row.orders == 1, Row.buyer_id > 0)
    during = and_(Row.day <= window.end, true() if window.start is None else Row.day >= window.start)
    people = select(Row.buyer_id).where(orders, during).distinct()
    more = select(Row.buyer_id).where(orders, Row.nth > 1, Row.buyer_id.in_(people)).distinct()
    return int(session.scalar(select(func.count()).select_from(more.subquery())) or 0)


def people(session: Session, shop: ShopId, window: Window, span: Span) -> People:
    """Who bought in a span that begins and ends within a day of the window's days."""
    first = None if window.start is None else window.start - timedelta(days=1)
    days = and_(Row.day <= window.end + timedelta(days=1), true() if first is None else Row.day >= first)
    mine = and_(Row.shop_id == shop, Row.generation == get_shop(session, shop).generation)
    orders = and_(mine, Row.basis == Basis.SHOPIFY.value, Row.orders == 1, Row.buyer_id > 0, days)
    came_back = case((Row.nth > 1, Row.buyer_id))
    counts = select(func.count(distinct(Row.buyer_id)), func.count(distinct(came_back)))
    return People(*map(int, session.execute(counts.where(orders, _during(Row.placed_at, span))).one()))


def late(session: Session, shop: ShopId, currency: str, span: Span, since: Instant) -> tuple[Late, ...]:
    """What happened in a span after a moment, the newest first; of each kind the newest alone."""
    recent = Span(since if span.start is None else max(since, span.start), span.end)
    edits = (
        select(OrderEdit.edited_at, literal(0), OrderEdit.gross, OrderEdit.discount, OrderEdit.removed)
        .where(OrderEdit.shop_id == shop, _during(OrderEdit.edited_at, recent), _of_counted(OrderEdit, currency))
        .order_by(OrderEdit.edited_at.desc())
    )
    refunds = (
        select(Refund.refunded_at, literal(0), literal(0), literal(0), Refund.net)
        .where(Refund.shop_id == shop, _during(Refund.refunded_at, recent), _of_counted(Refund, currency))
        .order_by(Refund.refunded_at.desc())
    )
    each: list[Any] = [_late_orders(session, shop, currency, span, recent), edits, refunds]
    found = [Late(*row) for statement in each for row in session.execute(statement.limit(MOST_LATE))]
    return tuple(sorted(found, key=attrgetter("at"), reverse=True)[:MOST_LATE])


def _late_orders(session: Session, shop: ShopId, currency: str, span: Span, recent: Span) -> Any:
    added = [
        select(func.coalesce(func.sum(column), 0))
        .where(OrderEdit.shop_id == Order.shop_id, OrderEdit.order_id == Order.order_id)
        .scalar_subquery()
        for column in (OrderEdit.gross, OrderEdit.discount)
    ]
    first, nth = _is_first(shop, currency, span), _nth(session, shop)
    people = case((first, 1), else_=0), case((or_(nth == 2, and_(nth > 2, first)), 1), else_=0)
    return (
        select(Order.placed_at, literal(1), Order.gross - added[0], Order.discounts - added[1], literal(0), *people)
        .where(_orders(shop, recent), _counts(currency))
        .order_by(Order.placed_at.desc())
    )


def _nth(session: Session, shop: ShopId) -> ScalarSelect[int]:
    """Which of its buyer's orders an order is."""
    mine = and_(Row.shop_id == shop, Row.generation == get_shop(session, shop).generation)
    counted = and_(mine, Row.basis == Basis.SHOPIFY.value, Row.orders == 1, Row.order_id == Order.order_id)
    return select(Row.nth).where(counted).scalar_subquery()


def _is_first(shop: ShopId, currency: str, span: Span) -> ColumnElement[bool]:
    """Whether an order is its customer's first in a span."""
    before = aliased(Order)
    earlier = or_(
        before.placed_at < Order.placed_at,
        and_(before.placed_at == Order.placed_at, before.order_id < Order.order_id),
    )
    theirs = and_(before.shop_id == shop, before.customer_id == Order.customer_id, earlier)
    found = select(before.order_id).where(theirs, _during(before.placed_at, span), _counts(currency, before))
    return and_(Order.customer_id.is_not(None), ~found.exists())


def _orders(shop: ShopId, span: Span) -> ColumnElement[bool]:
    during = and_(Order.shop_id == shop, _during(Order.placed_at, span))
    if span.start is None:
        return during
    # None was made before it was placed: the index on when they were made finds the few that matter.
    return and_(during, or_(Order.created_at >= span.start, Order.created_at.is_(None)))


def _during(moment: Any, span: Span) -> ColumnElement[bool]:
    before = moment < span.end
    return before if span.start is None else and_(moment >= span.start, before)


def _counts(currency: str, order: Any = Order) -> ColumnElement[bool]:
    return and_(
        order.deleted_at.is_(None),
        order.test == false(),
        order.currency == currency,
        order.only_gift_cards == false(),
    )


def _of_counted(part: Any, currency: str) -> ColumnElement[bool]:
    theirs = and_(Order.shop_id == part.shop_id, Order.order_id == part.order_id)
    return select(Order.order_id).where(theirs, _counts(currency)).exists()
