"""Promises about the aggregates: every number is true."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import and_, false, func, or_, select
from sqlalchemy.orm import aliased

from shopify_app.changes.rebuild import drift
from shopify_app.clock import Instant, LocalDay
from shopify_app.customers.model import CustomerHistory
from shopify_app.db.base import Session, ShopId
from shopify_app.errors import Malformed
from shopify_app.invariants.search import SHOP, Cost, never, promise
from shopify_app.invariants.work import REBUILD, owed
from shopify_app.orders.model import Order
from shopify_app.retention.history.queries import Tallies, added_up
from shopify_app.retention.history.usual import kept_of
from shopify_app.retention.model import CountedOrder, TouchedBuyer
from shopify_app.retention.past.queries import stored_reports
from shopify_app.retention.past.report import worked_out_again
from shopify_app.retention.queries import totals
from shopify_app.retention.window import Basis, Unit, Window
from shopify_app.retention.window_sums.queries import WindowSums, kept_sums
from shopify_app.shops.model import Shop

_EXACT = select(Shop.generation).where(Shop.id == SHOP, Shop.behind == false())
"""The generation shown, while it counts all facts. An import stores facts first and counts them at its halts."""

_ROW = and_(CountedOrder.shop_id == SHOP, CountedOrder.generation == _EXACT.scalar_subquery())
_NAMED = (CountedOrder.order_id.label("order"), CountedOrder.basis.label("basis"), CountedOrder.day.label("day"))
_ITS_ORDER = and_(Order.shop_id == CountedOrder.shop_id, Order.order_id == CountedOrder.order_id)
_CURRENCY = select(Shop.currency).where(Shop.id == SHOP).scalar_subquery()


def _drift(session: Session, shop: ShopId, _now: Instant) -> Iterable[str]:
    """Rows that differ from those that the facts alone make."""
    if session.scalar(_EXACT, {"shop": shop}) is None:
        return
    rows = drift(session, shop)
    if rows:
        yield f"Rows of the aggregates that differ from what the orders say: {rows}."


def _reports(session: Session, shop: ShopId, _now: Instant) -> Iterable[str]:
    """Stored reports that the facts of their day do not give again."""
    for report in stored_reports(session, shop, date.min, date.max):
        try:
            same = worked_out_again(session, shop, report) == report.document
        except Malformed:
            # So many orders have changed since that it would take too long to look.
            continue
        if not same:
            yield f"The report of the month that began on {report.start} cannot be worked out again."


def _sums(session: Session, shop: ShopId, _now: Instant) -> Iterable[str]:
    """Kept sums that, brought up to date, differ from what their windows sum to."""
    if session.scalar(_EXACT, {"shop": shop}) is None:
        return
    sums = WindowSums(session, shop)
    for kept in kept_sums(session, shop):
        start = None if kept.first_day == date.min else LocalDay(kept.first_day)
        asked = Window("kept", start, LocalDay(kept.last_day)), Basis(kept.basis), Unit(kept.unit)
        if sums(*asked) != totals(session, shop, *asked):
            yield f"The sums kept of {kept.first_day} to {kept.last_day} in {kept.basis} are not those of the rows."


def _grids(session: Session, shop: ShopId, _now: Instant) -> Iterable[str]:
    """Kept tallies that, brought up to date, differ from what all rows give."""
    if session.scalar(_EXACT, {"shop": shop}) is None:
        return
    asked = kept_of(session, shop)
    brought_up, anew = Tallies(session, shop).several(asked), added_up(session, shop, asked)
    for (tally, basis, unit), kept, true in zip(asked, brought_up, anew, strict=True):
        if kept != true:
            yield f"What is kept of {tally.name} in {basis} by {unit} is not what the rows give."


_OWN = aliased(CountedOrder)
_PLACES = (
    select(
        _OWN.basis,
        _OWN.order_id,
        _OWN.nth,
        _OWN.nth_day,
        func.coalesce(CustomerHistory.earlier, 0).label("earlier"),
        func.row_number()
        .over(partition_by=(_OWN.basis, _OWN.buyer_id), order_by=(_OWN.placed_at, _OWN.order_id))
        .label("place"),
        func.dense_rank().over(partition_by=(_OWN.basis, _OWN.buyer_id), order_by=_OWN.day).label("place_day"),
    )
    .outerjoin(
        CustomerHistory,
        and_(CustomerHistory.shop_id == _OWN.shop_id, CustomerHistory.customer_id == _OWN.buyer_id),
    )
    .where(_OWN.shop_id == SHOP, _OWN.generation == _EXACT.scalar_subquery(), _OWN.orders == 1)
    .subquery()
)
_BOOKED = (
    select(CountedOrder.order_id, CountedOrder.basis, func.sum(CountedOrder.orders).label("times"))
    .where(_ROW)
    .group_by(CountedOrder.order_id, CountedOrder.basis)
    .subquery()
)
_GENERATIONS = select(CountedOrder.generation).where(CountedOrder.shop_id == SHOP).distinct().subquery()

COUNTS = (
    promise("the sums shown are what the orders say", _drift),
    promise("a stored report can be worked out again", _reports),
    promise("a window sums to what is kept of it and what has changed since", _sums),
    promise("what is summed over customers is what is kept of it and what has changed since", _grids),
    never(
        "every counted order is there",
        select(*_NAMED).outerjoin(Order, _ITS_ORDER).where(_ROW, Order.order_id.is_(None)),
        "Order {order} is counted in {basis} on {day}, but is not there.",
    ),
    never(
        "what must not count does not",
        select(*_NAMED)
        .join(Order, _ITS_ORDER)
        .where(
            _ROW,
            or_(
                Order.deleted_at.is_not(None),
                Order.test,
                Order.only_gift_cards,
                Order.currency != _CURRENCY,
                and_(CountedOrder.basis == Basis.KEPT.value, Order.given_up_at.is_not(None)),
            ),
        ),
        "Order {order} is counted in {basis} on {day}: "
        "it is deleted, a test, a gift card's sale, given up or of other money.",
    ),
    never(
        "an order is counted under its own buyer",
        select(*_NAMED)
        .join(Order, _ITS_ORDER)
        .where(
            _ROW,
            or_(
                CountedOrder.buyer_id != func.coalesce(Order.customer_id, -Order.order_id),
                CountedOrder.placed_at != Order.placed_at,
            ),
        ),
        "Order {order} is counted in {basis} on {day} for another buyer or moment than its own.",
    ),
    never(
        "an order is booked once in a basis",
        select(_BOOKED.c.order_id.label("order"), _BOOKED.c.basis.label("basis"), _BOOKED.c.times.label("times")).where(
            _BOOKED.c.times != 1
        ),
        "Order {order} is booked {times} times in {basis}.",
    ),
    never(
        "a buyer's orders are numbered in the order they were placed",
        select(_PLACES.c.order_id.label("order"), _PLACES.c.basis.label("basis"), _PLACES.c.place.label("place")).where(
            or_(
                _PLACES.c.nth != _PLACES.c.place + _PLACES.c.earlier,
                _PLACES.c.nth_day != _PLACES.c.place_day + _PLACES.c.earlier,
            )
        ),
        "Order {order} is its buyer's number {place} of those we know in {basis}, but is numbered otherwise.",
    ),
    never(
        "a rebuild that ended well leaves nothing behind",
        select(_GENERATIONS.c.generation.label("generation"))
        .join(Shop, Shop.id == SHOP)
        .where(
            _GENERATIONS.c.generation != Shop.generation,
            _GENERATIONS.c.generation.is_distinct_from(Shop.building),
            ~owed(REBUILD),
        ),
        "Generation {generation} has rows, but is neither shown nor being built, and no rebuild will drop them.",
    ),
    never(
        "buyers are only marked for the generation being built",
        select(TouchedBuyer.generation.label("generation"))
        .join(Shop, Shop.id == TouchedBuyer.shop_id)
        .where(TouchedBuyer.shop_id == SHOP, TouchedBuyer.generation.is_distinct_from(Shop.building)),
        "A buyer is marked for generation {generation}, which is not being built.",
        Cost.CHEAP,
    ),
    never(
        "nothing is counted before the shop is known",
        select(CountedOrder.order_id.label("order"))
        .join(Shop, Shop.id == CountedOrder.shop_id)
        .where(CountedOrder.shop_id == SHOP, Shop.shopify_id.is_(None)),
        "Order {order} is counted, though currency and zone of the shop are not known yet.",
        Cost.CHEAP,
    ),
)
