"""Loading what a batch touches and storing the differences: one query and one executemany a table."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from msgspec.structs import astuple
from sqlalchemy import BindParameter, and_, bindparam, delete, exists, select, tuple_, update
from sqlalchemy.orm import Session

from shopify_app.changes.state import CustomerState, OrderState, State
from shopify_app.clock import Instant, LocalDay
from shopify_app.customers.consent import Consent
from shopify_app.customers.model import Customer, CustomerAlias, CustomerHistory
from shopify_app.db.base import Base, ShopId
from shopify_app.db.dialect import among, insert_many, upsert
from shopify_app.orders.facts import EditFacts, RefundFacts, Version
from shopify_app.orders.given_back import refund_of, row_of
from shopify_app.orders.model import Order, OrderEdit, OrderVersion, Refund
from shopify_app.retention.counting import Booking, Rows, later_text
from shopify_app.retention.model import CountedOrder, TouchedBuyer
from shopify_app.retention.past.queries import position
from shopify_app.retention.people.queries import store_customers as store_counted_customers
from shopify_app.retention.people.row import customers_in
from shopify_app.retention.queries import BOOKING
from shopify_app.retention.window import Basis
from shopify_app.shops.access import ALL_ORDERS, missing_scopes
from shopify_app.shops.model import Shop

_STEP = timedelta(microseconds=1)
_AT_ONCE = 500
"""Keys named in one DELETE: well under what either database takes."""

Customers = dict[int, CustomerState]


def load_aliases(session: Session, shop: ShopId, customers: Collection[int]) -> dict[int, int]:
    """Who the named customers are now, with every link of their chains."""
    found: dict[int, int] = {}
    wanted = set(customers)
    while wanted:
        statement = select(CustomerAlias.customer_id, CustomerAlias.kept_id).where(
            CustomerAlias.shop_id == shop, among(session, CustomerAlias.customer_id, wanted)
        )
        links = {row.customer_id: row.kept_id for row in session.execute(statement)}
        found.update(links)
        wanted = set(links.values()) - found.keys()
    return found


def load_orders(
    session: Session, shop: ShopId, orders: Collection[int], customers: Collection[int]
) -> list[OrderState]:
    """The named orders, and all orders of the named customers."""
    found: dict[int, OrderState] = {}
    for column, wanted in ((Order.order_id, orders), (Order.customer_id, customers)):
        if wanted:
            rows = session.execute(select(*ORDER).where(Order.shop_id == shop, among(session, column, wanted)))
            found.update({row[0]: order_state(row) for row in rows.all()})
    return list(found.values())


ORDER = (
    Order.order_id,
    Order.name,
    Order.customer_id,
    Order.placed_at,
    Order.currency,
    Order.gross,
    Order.discounts,
    Order.only_gift_cards,
    Order.test,
    Order.cancelled_at,
    Order.financial_status,
    Order.source_name,
    Order.updated_at,
    Order.known_at,
    Order.source,
    Order.created_at,
    Order.lines_mark,
    Order.deleted_at,
    Order.version_number,
    Order.taxes_included,
    Order.given_up_at,
    Order.country,
    Order.discount_code,
    Order.fulfilled_at,
)
"""The columns of an order in the order of OrderState's fields, the version's three parts in its place."""
_VERSION = slice(12, 15)


def order_state(row: Any) -> OrderState:
    """An order from its columns in the order of ORDER."""
    values: list[Any] = [*row[: _VERSION.start], Version(*row[_VERSION]), *row[_VERSION.stop :]]
    return OrderState(*values)


def load_refunds(session: Session, shop: ShopId, orders: Collection[int]) -> dict[int, dict[int, RefundFacts]]:
    """The refunds of the named orders, by order and refund."""
    found: dict[int, dict[int, RefundFacts]] = {}
    if orders:
        columns = [getattr(Refund, name) for name in _REFUND]
        rows = session.execute(select(*columns).where(Refund.shop_id == shop, among(session, Refund.order_id, orders)))
        for row in rows.all():
            found.setdefault(row.order_id, {})[row.refund_id] = refund_of(*row)
    return found


_REFUND = ("refund_id", "order_id", "refunded_at", "net", "exact", "tax", "lines")


def load_edits(session: Session, shop: ShopId, orders: Collection[int]) -> dict[int, dict[int, EditFacts]]:
    """What changed the named orders later, by order and edit."""
    found: dict[int, dict[int, EditFacts]] = {}
    if orders:
        columns = [getattr(OrderEdit, name) for name in _EDIT]
        named = among(session, OrderEdit.order_id, orders)
        for row in session.execute(select(*columns).where(OrderEdit.shop_id == shop, named)).all():
            found.setdefault(row.order_id, {})[row.edit_id] = EditFacts(*row)
    return found


_EDIT = EditFacts.__struct_fields__


def load_customers(session: Session, shop: ShopId, customers: Collection[int]) -> Customers:
    """What is known of the named customers."""
    if not customers:
        return {}
    columns = [getattr(Customer, name) for name in _CUSTOMER[1:]]
    named = among(session, Customer.customer_id, customers)
    rows = session.execute(select(*columns).where(Customer.shop_id == shop, named))
    return {
        number: CustomerState(created, updated, Consent(*both[:3]), Consent(*both[3:]))
        for number, created, updated, *both in rows.tuples()
    }


_CUSTOMER = (
    *("shop_id", "customer_id", "created_at", "updated_at"),
    *("email_consent", "email_consent_at", "email_agreed_at"),
    *("sms_consent", "sms_consent_at", "sms_agreed_at"),
)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """How the shop's orders are counted, and into which generations."""

    zone: ZoneInfo
    currency: str
    generation: int
    building: int | None
    behind: bool
    limited: bool
    """Whether Shopify hides older orders from us; before anything was granted nobody knows."""
    histories: bool
    """Whether anything is known of what customers had bought before the orders that we see."""
    edits: bool
    """Whether any order was ever edited."""


def circumstances(session: Session, shop: ShopId) -> Circumstances:
    """The shop's zone and currency, and the generations of aggregates that are shown and being built."""
    zone, currency, generation, building, behind, scopes, histories, edits = session.execute(
        _CIRCUMSTANCES, {"shop": shop}
    ).one()
    limited = bool(scopes and missing_scopes(scopes, [ALL_ORDERS]))
    return Circumstances(ZoneInfo(zone), currency, generation, building, behind, limited, bool(histories), bool(edits))


_SHOP: BindParameter[int] = bindparam("shop")
# What few shops have is looked for in one statement with what all have: most need ask no more.
_CIRCUMSTANCES = select(
    Shop.timezone,
    Shop.currency,
    Shop.generation,
    Shop.building,
    Shop.behind,
    Shop.scopes,
    exists().where(CustomerHistory.shop_id == _SHOP),
    exists().where(OrderEdit.shop_id == _SHOP),
).where(Shop.id == _SHOP)


def store_orders(session: Session, shop: ShopId, orders: Iterable[OrderState], *, first: bool) -> None:
    """Write the orders' current state; `first` says, here and below, that none of the rows is there yet."""
    _write(session, Order, _ORDER_NAMES, [_order_row(shop, order) for order in orders], first=first)


def _write(
    session: Session, model: type[Base], columns: tuple[str, ...], rows: Sequence[list[Any]], *, first: bool
) -> None:
    if first:
        insert_many(session, model, columns, rows)
    else:
        upsert(session, model, columns, rows)


_ORDER_NAMES = ("shop_id", *(column.key for column in ORDER))


def _order_row(shop: ShopId, order: OrderState) -> list[Any]:
    version = order.version
    return [
        shop,
        order.order_id,
        order.name,
        order.customer_id,
        order.placed_at,
        order.currency,
        order.gross,
        order.discounts,
        order.only_gift_cards,
        order.test,
        order.cancelled_at,
        order.financial_status,
        order.source_name,
        version.updated_at,
        version.known_at,
        version.source,
        order.created_at,
        order.lines_mark,
        order.deleted_at,
        order.number,
        order.taxes_included,
        order.given_up_at,
        order.country,
        order.discount_code,
        order.fulfilled_at,
    ]


def store_refunds(session: Session, shop: ShopId, refunds: Iterable[RefundFacts]) -> None:
    """Write refunds by their ids."""
    upsert(session, Refund, ("shop_id", *_REFUND), [[shop, *row_of(one)] for one in refunds])


def store_edits(session: Session, shop: ShopId, edits: Iterable[EditFacts]) -> None:
    """Write edits by their ids."""
    upsert(session, OrderEdit, ("shop_id", *_EDIT), [[shop, *astuple(edit)] for edit in edits])


_ORDER_VERSION = (
    "shop_id",
    "order_id",
    "number",
    "known_at",
    "customer_id",
    "placed_at",
    "currency",
    "gross",
    "discounts",
    "refunded",
    "added",
    "removed",
    "later",
    "only_gift_cards",
    "test",
    "cancelled_at",
    "deleted_at",
    "financial_status",
    "given_up_at",
)


def next_moment(session: Session, shop: ShopId, now: Instant) -> Instant:
    """Now, or just after the batch of facts before, if the clock says otherwise: moments follow like the batches.

    So whatever was known at some moment can be told from what came later, whenever either was committed.
    """
    last = position(session, shop)
    return now if last is None else max(now, Instant(last + _STEP))


def store_versions(
    session: Session, shop: ShopId, state: State, orders: Iterable[OrderState], known_at: Instant, *, first: bool
) -> None:
    """Keep what metrics read of each changed order, known from that moment on."""
    rows = [
        [
            shop,
            order.order_id,
            order.number,
            known_at,
            order.customer_id,
            order.placed_at,
            order.currency,
            order.gross,
            order.discounts,
            state.refunded(order.order_id),
            *state.changed(order.order_id),
            later_text(state.later(order.order_id)),
            order.only_gift_cards,
            order.test,
            order.cancelled_at,
            order.deleted_at,
            order.financial_status,
            order.given_up_at,
        ]
        for order in orders
    ]
    _write(session, OrderVersion, _ORDER_VERSION, rows, first=first)


def store_customers(session: Session, shop: ShopId, customers: Customers) -> None:
    """Write customers that were created or changed."""
    rows = [[shop, number, one.created_at, one.updated_at, *one.email, *one.sms] for number, one in customers.items()]
    upsert(session, Customer, _CUSTOMER, rows)


def store_aliases(session: Session, shop: ShopId, aliases: Mapping[int, int], now: Instant) -> None:
    """Write who was merged into whom."""
    columns = ("shop_id", "customer_id", "kept_id", "merged_at")
    upsert(session, CustomerAlias, columns, [[shop, old, kept, now] for old, kept in aliases.items()])


def store_touched(session: Session, shop: ShopId, generation: int, buyers: Iterable[int]) -> None:
    """Remember whose rows in the generation being built may be old."""
    rows = [[shop, generation, buyer] for buyer in sorted(buyers)]
    upsert(session, TouchedBuyer, ("shop_id", "generation", "buyer_id"), rows)


def fall_behind(session: Session, shop: ShopId) -> None:
    """Say that facts were stored which the shown generation does not count."""
    session.execute(update(Shop).where(Shop.id == shop).values(behind=True))


def store_bookings(session: Session, shop: ShopId, generation: int, before: Rows, after: Rows) -> bool:
    """Write the differences between buyers' rows before and after; True when there were any."""
    old = {_booking_key(row): row for rows in before.values() for row in rows}
    new = {_booking_key(row): row for rows in after.values() for row in rows}
    gone = sorted(old.keys() - new.keys())
    changed = [row for key, row in new.items() if old.get(key) != row]
    for start in range(0, len(gone), _AT_ONCE):
        _delete_bookings(session, shop, generation, gone[start : start + _AT_ONCE])
    add_bookings(session, shop, generation, changed)
    if gone or changed:
        store_counted_customers(session, shop, generation, customers_in(before), customers_in(after))
    return bool(gone or changed)


def _booking_key(row: Booking) -> tuple[Basis, int, LocalDay]:
    return row[:3]


def _delete_bookings(session: Session, shop: ShopId, generation: int, keys: list[tuple[Basis, int, LocalDay]]) -> None:
    named = tuple_(CountedOrder.basis, CountedOrder.order_id, CountedOrder.day).in_(keys)
    scope = and_(CountedOrder.shop_id == shop, CountedOrder.generation == generation)
    session.execute(delete(CountedOrder).where(scope, named).execution_options(synchronize_session=False))


def add_bookings(
    session: Session, shop: ShopId, generation: int, rows: Iterable[Booking], *, first: bool = False
) -> None:
    """Write rows of one generation, whatever stood in their places."""
    values = [[shop, generation, _NAMES[row[0]], *row[1:]] for row in rows]
    _write(session, CountedOrder, _BOOKING_NAMES, values, first=first)


_BOOKING_NAMES = ("shop_id", "generation", *(column.key for column in BOOKING))
_NAMES = {basis: basis.value for basis in Basis}
