"""Loading what a batch touches and storing the differences: one query and one executemany a table."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, delete, select, tuple_, update
from sqlalchemy.orm import Session

from shopify_app.changes.state import OrderState, State
from shopify_app.clock import Instant, LocalDay
from shopify_app.customers.model import Customer, CustomerAlias
from shopify_app.db.base import ShopId
from shopify_app.db.dialect import bulk_upsert
from shopify_app.orders.facts import OrderFacts, RefundFacts, Version
from shopify_app.orders.model import Order, OrderLine, OrderVersion, Refund
from shopify_app.retention.counting import Booking
from shopify_app.retention.model import CountedOrder
from shopify_app.retention.window import Basis
from shopify_app.shops.model import Shop

_AT_ONCE = 500
"""Values in one IN list: well under what either database takes."""

Rows = dict[tuple[str, int], list[Booking]]


def _chunks(ids: Collection[int]) -> Iterator[list[int]]:
    ordered = sorted(ids)
    return (ordered[start : start + _AT_ONCE] for start in range(0, len(ordered), _AT_ONCE))


def load_aliases(session: Session, shop: ShopId, customers: Collection[int]) -> dict[int, int]:
    """Who the named customers are now, with every link of their chains."""
    found: dict[int, int] = {}
    wanted = set(customers)
    while wanted:
        links: dict[int, int] = {}
        for ids in _chunks(wanted):
            statement = select(CustomerAlias.customer_id, CustomerAlias.kept_id).where(
                CustomerAlias.shop_id == shop, CustomerAlias.customer_id.in_(ids)
            )
            links.update({row.customer_id: row.kept_id for row in session.execute(statement)})
        found.update(links)
        wanted = set(links.values()) - found.keys()
    return found


def load_orders(
    session: Session, shop: ShopId, orders: Collection[int], customers: Collection[int]
) -> list[OrderState]:
    """The named orders, and all orders of the named customers."""
    found: dict[int, OrderState] = {}
    for column, wanted in ((Order.order_id, orders), (Order.customer_id, customers)):
        for ids in _chunks(wanted):
            rows = session.scalars(select(Order).where(Order.shop_id == shop, column.in_(ids)))
            found.update({row.order_id: _order_state(row) for row in rows})
    session.expunge_all()
    return list(found.values())


def _order_state(row: Order) -> OrderState:
    return OrderState(
        order_id=row.order_id,
        name=row.name,
        customer_id=row.customer_id,
        placed_at=row.placed_at,
        currency=row.currency,
        gross=row.gross,
        discounts=row.discounts,
        only_gift_cards=row.only_gift_cards,
        test=row.test,
        cancelled_at=row.cancelled_at,
        financial_status=row.financial_status,
        source_name=row.source_name,
        version=Version(row.updated_at, row.known_at, row.source),
        deleted_at=row.deleted_at,
        number=row.version_number,
    )


def load_refunds(session: Session, shop: ShopId, orders: Collection[int]) -> dict[int, dict[int, RefundFacts]]:
    """The refunds of the named orders, by order and refund."""
    found: dict[int, dict[int, RefundFacts]] = {}
    for ids in _chunks(orders):
        columns = (Refund.refund_id, Refund.order_id, Refund.refunded_at, Refund.net, Refund.exact)
        for row in session.execute(select(*columns).where(Refund.shop_id == shop, Refund.order_id.in_(ids))):
            found.setdefault(row.order_id, {})[row.refund_id] = RefundFacts(*row)
    return found


def load_customers(session: Session, shop: ShopId, customers: Collection[int]) -> dict[int, tuple[Instant, Instant]]:
    """When the named customers were created and last changed."""
    found = {}
    for ids in _chunks(customers):
        columns = (Customer.customer_id, Customer.created_at, Customer.updated_at)
        for row in session.execute(select(*columns).where(Customer.shop_id == shop, Customer.customer_id.in_(ids))):
            found[row.customer_id] = (row.created_at, row.updated_at)
    return found


def load_bookings(session: Session, shop: ShopId, generation: int, buyers: Collection[int]) -> Rows:
    """All rows of the named buyers in one generation."""
    found: Rows = {}
    for ids in _chunks(buyers):
        statement = select(*_BOOKING).where(
            CountedOrder.shop_id == shop, CountedOrder.generation == generation, CountedOrder.buyer_id.in_(ids)
        )
        for basis, *rest in session.execute(statement):
            booking = Booking(_BASES[basis], *rest)
            found.setdefault((basis, booking.buyer_id), []).append(booking)
    return found


# In the order of Booking's fields. Whole mapped objects would cost three times as much, and an import loads many.
_BOOKING = (
    CountedOrder.basis,
    CountedOrder.order_id,
    CountedOrder.day,
    CountedOrder.buyer_id,
    CountedOrder.placed_at,
    CountedOrder.orders,
    CountedOrder.value,
    CountedOrder.net,
    CountedOrder.nth,
    CountedOrder.nth_day,
)
_BASES = {basis.value: basis for basis in Basis}


def shop_circumstances(session: Session, shop: ShopId) -> tuple[ZoneInfo, str, int]:
    """The shop's zone, its currency, and the generation of aggregates that is shown."""
    row = session.execute(select(Shop.timezone, Shop.currency, Shop.generation).where(Shop.id == shop)).one()
    return ZoneInfo(row.timezone), row.currency, row.generation


def store_orders(session: Session, shop: ShopId, orders: Iterable[OrderState]) -> None:
    """Write the orders' current state."""
    bulk_upsert(session, Order, [_order_row(shop, order) for order in orders])


def _order_row(shop: ShopId, order: OrderState) -> dict[str, Any]:
    return {
        "shop_id": shop,
        "order_id": order.order_id,
        "name": order.name,
        "customer_id": order.customer_id,
        "placed_at": order.placed_at,
        "currency": order.currency,
        "gross": order.gross,
        "discounts": order.discounts,
        "only_gift_cards": order.only_gift_cards,
        "test": order.test,
        "cancelled_at": order.cancelled_at,
        "deleted_at": order.deleted_at,
        "financial_status": order.financial_status,
        "source_name": order.source_name,
        "updated_at": order.version.updated_at,
        "known_at": order.version.known_at,
        "source": order.version.source,
        "version_number": order.number,
    }


def store_lines(session: Session, shop: ShopId, orders: Iterable[OrderFacts]) -> None:
    """Write the lines of orders that were seen anew."""
    rows = [
        {
            "shop_id": shop,
            "order_id": order.order_id,
            "line_id": line.line_id,
            "product_id": line.product_id,
            "title": line.title[:512],
            "quantity": line.quantity,
            "gross": line.gross,
            "discount": line.discount,
            "gift_card": line.gift_card,
        }
        for order in orders
        for line in order.lines
    ]
    bulk_upsert(session, OrderLine, rows)


def store_refunds(session: Session, shop: ShopId, refunds: Iterable[RefundFacts]) -> None:
    """Write refunds by their ids."""
    rows = [
        {
            "shop_id": shop,
            "refund_id": refund.refund_id,
            "order_id": refund.order_id,
            "refunded_at": refund.refunded_at,
            "net": refund.net,
            "exact": refund.exact,
        }
        for refund in refunds
    ]
    bulk_upsert(session, Refund, rows)


def store_versions(session: Session, shop: ShopId, state: State, orders: Iterable[OrderState], now: Instant) -> None:
    """Keep what metrics read of each changed order, known from now on."""
    rows = [
        {
            "shop_id": shop,
            "order_id": order.order_id,
            "number": order.number,
            "known_at": now,
            "customer_id": order.customer_id,
            "placed_at": order.placed_at,
            "gross": order.gross,
            "discounts": order.discounts,
            "refunded": state.refunded(order.order_id),
            "only_gift_cards": order.only_gift_cards,
            "test": order.test,
            "cancelled_at": order.cancelled_at,
            "deleted_at": order.deleted_at,
            "financial_status": order.financial_status,
        }
        for order in orders
    ]
    bulk_upsert(session, OrderVersion, rows)


def store_customers(session: Session, shop: ShopId, customers: Mapping[int, tuple[Instant, Instant]]) -> None:
    """Write customers that were created or changed."""
    rows = [
        {"shop_id": shop, "customer_id": customer, "created_at": created, "updated_at": updated}
        for customer, (created, updated) in customers.items()
    ]
    bulk_upsert(session, Customer, rows)


def store_aliases(session: Session, shop: ShopId, aliases: Mapping[int, int], now: Instant) -> None:
    """Write who was merged into whom."""
    rows = [{"shop_id": shop, "customer_id": old, "kept_id": kept, "merged_at": now} for old, kept in aliases.items()]
    bulk_upsert(session, CustomerAlias, rows)


def store_bookings(session: Session, shop: ShopId, generation: int, before: Rows, after: Rows) -> bool:
    """Write the differences between a buyer's rows before and after; True when there were any."""
    old = {_booking_key(row): row for rows in before.values() for row in rows}
    new = {_booking_key(row): row for rows in after.values() for row in rows}
    gone = sorted(old.keys() - new.keys())
    changed = [row for key, row in new.items() if old.get(key) != row]
    for start in range(0, len(gone), _AT_ONCE):
        _delete_bookings(session, shop, generation, gone[start : start + _AT_ONCE])
    bulk_upsert(session, CountedOrder, [booking_row(shop, generation, row) for row in changed])
    return bool(gone or changed)


def _booking_key(row: Booking) -> tuple[str, int, LocalDay]:
    return row.basis.value, row.order_id, row.day


def _delete_bookings(session: Session, shop: ShopId, generation: int, keys: list[tuple[str, int, LocalDay]]) -> None:
    named = tuple_(CountedOrder.basis, CountedOrder.order_id, CountedOrder.day).in_(keys)
    scope = and_(CountedOrder.shop_id == shop, CountedOrder.generation == generation)
    session.execute(delete(CountedOrder).where(scope, named).execution_options(synchronize_session=False))


def booking_row(shop: ShopId, generation: int, row: Booking) -> dict[str, Any]:
    """A booking as a row of the aggregate table."""
    return {
        "shop_id": shop,
        "generation": generation,
        "basis": row.basis.value,
        "order_id": row.order_id,
        "day": row.day,
        "buyer_id": row.buyer_id,
        "placed_at": row.placed_at,
        "orders": row.orders,
        "value": row.value,
        "net": row.net,
        "nth": row.nth,
        "nth_day": row.nth_day,
    }


def all_orders(session: Session, shop: ShopId) -> list[OrderState]:
    """Every order of the shop, tombstones included."""
    rows = session.scalars(select(Order).where(Order.shop_id == shop).execution_options(yield_per=1000))
    found = [_order_state(row) for row in rows]
    session.expunge_all()
    return found


def all_refunds(session: Session, shop: ShopId) -> dict[int, dict[int, RefundFacts]]:
    """Every refund of the shop, by order and refund."""
    return load_refunds(session, shop, set(session.scalars(select(Refund.order_id).where(Refund.shop_id == shop))))


def all_bookings(session: Session, shop: ShopId, generation: int) -> Rows:
    """Every row of one generation."""
    scope = and_(CountedOrder.shop_id == shop, CountedOrder.generation == generation)
    buyers = set(session.scalars(select(CountedOrder.buyer_id).where(scope).distinct()))
    return load_bookings(session, shop, generation, buyers)


def add_bookings(session: Session, shop: ShopId, generation: int, rows: Iterable[Booking]) -> None:
    """Write rows of a generation that is not shown yet."""
    bulk_upsert(session, CountedOrder, [booking_row(shop, generation, row) for row in rows])


def show_generation(session: Session, shop: ShopId, generation: int, timezone: str, currency: str) -> None:
    """Let the pages show a generation, in the zone and currency that it was counted in."""
    session.execute(
        update(Shop)
        .where(Shop.id == shop)
        .values(generation=generation, timezone=timezone, currency=currency, facts_version=Shop.facts_version + 1)
        .execution_options(synchronize_session=False)
    )


def drop_generation(session: Session, shop: ShopId, generation: int) -> None:
    """Delete a generation that is not shown."""
    scope = and_(CountedOrder.shop_id == shop, CountedOrder.generation == generation)
    session.execute(delete(CountedOrder).where(scope).execution_options(synchronize_session=False))


def currency_of(session: Session, shop: ShopId, order_id: int) -> str | None:
    """The currency of a known order."""
    found = session.scalar(select(Order.currency).where(Order.shop_id == shop, Order.order_id == order_id))
    return found or None
