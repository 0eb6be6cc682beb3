"""Promises about people: whoever was merged or forgotten is named no more, and nobody is named by name."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, ColumnElement, String, Table, func, select

from shopify_app.checkouts.model import Checkout
from shopify_app.clock import Instant
from shopify_app.customers.birthdays.model import CustomerBirthday
from shopify_app.customers.contacts.model import CustomerContact
from shopify_app.customers.model import CustomerAlias, RedactedCustomer
from shopify_app.customers.nobody import OPAQUE_FROM
from shopify_app.customers.queries import customer_hash
from shopify_app.db.base import Base, Session, ShopId
from shopify_app.invariants.search import DOMAIN, SHOP, Cost, Promise, moments, never, promise
from shopify_app.loyalty.brought.model import BroughtLine
from shopify_app.loyalty.ledger.model import PointsMember
from shopify_app.orders.model import Order
from shopify_app.retention.forecasts.model import CustomerForecast
from shopify_app.segments.outward.model import SegmentMember
from webhooks.inbox import Delivery

_NAMING = ("customer_id", "other_id", "kept_id", "buyer_id")
"""What a column is called that names a customer by number, in whatever table."""

_MERCHANTS_OWN = {
    ("checkout", "lines"),
    ("collection", "title"),
    ("order_line", "title"),
    ("orders", "discount_code"),
    ("orders", "name"),
    ("shop", "name"),
}
"""What the merchant writes freely, about things: it may hold any sign."""


def _circles(session: Session, shop: ShopId, _now: Instant) -> Iterator[str]:
    """Customers whose chain of merges leads back to themselves: nobody would be them any more."""
    statement = select(CustomerAlias.customer_id, CustomerAlias.kept_id).where(CustomerAlias.shop_id == shop)
    kept = dict(session.execute(statement).tuples().all())
    sound: set[int] = set()
    for start in kept:
        walked: dict[int, None] = {}
        at = start
        while at in kept and at not in sound and at not in walked:
            walked[at] = None
            at = kept[at]
        if at in walked:
            yield f"Customer {start} was merged in a circle."
        sound |= walked.keys()


def _naming() -> list[Column[Any]]:
    """Every column that names a customer by number."""
    return [column for table in Base.metadata.sorted_tables for column in table.c if column.name in _NAMING]


def names_nobody_forgotten(lookup_key: bytes) -> Promise:
    """The promise that needs the key: only with it is a forgotten customer's number recognised."""

    def find(session: Session, shop: ShopId, _now: Instant) -> Iterator[str]:
        redacted = select(RedactedCustomer.customer_hash).where(RedactedCustomer.shop_id == shop)
        hashes = set(session.scalars(redacted))
        for column in _naming() if hashes else ():
            named = select(column).where(column.table.c.shop_id == shop, column > 0).distinct()
            mine = (customer_hash(lookup_key, shop, number) in hashes for number in session.scalars(named))
            if found := sum(mine):
                yield f"{column.table.name}.{column.name} names redacted customers: {found}."

    return promise("whoever was redacted is named nowhere", find)


def _texts() -> Iterator[tuple[Column[Any], ColumnElement[bool]]]:
    """Every column that holds text, and which of its rows are the shop's."""
    for table in Base.metadata.sorted_tables:
        ours = _ours(table)
        for column in table.c:
            written_freely = (table.name, column.name) in _MERCHANTS_OWN
            if ours is not None and isinstance(column.type, String) and not written_freely:
                yield column, ours


def _ours(table: Table) -> ColumnElement[bool] | None:
    if table is Delivery.__table__:
        return table.c.shop_domain == DOMAIN
    return table.c.shop_id == SHOP if "shop_id" in table.c else None


def _addresses(session: Session, shop: ShopId, now: Instant) -> Iterator[str]:
    """Columns that hold what looks like an e-mail address."""
    for column, ours in _texts():
        found = select(func.count()).where(ours, column.like("%_@_%._%"))
        if count := session.scalar(found, moments(shop, now)):
            yield f"{column.table.name}.{column.name} holds e-mail addresses: {count}."


def _merged_is_named(what: str, column: Any) -> Promise:
    return never(
        f"no {what} names a customer that was merged away",
        select(CustomerAlias.customer_id.label("customer")).where(
            CustomerAlias.shop_id == SHOP,
            select(column.class_.shop_id)
            .where(column.class_.shop_id == SHOP, column == CustomerAlias.customer_id)
            .exists(),
        ),
        f"Some {what} names customer {{customer}}, who was merged into another.",
        Cost.CHEAP,
    )


PEOPLE = (
    _merged_is_named("order", Order.customer_id),
    never(
        "no contact is kept of a customer that was merged away",
        select(CustomerContact.customer_id.label("customer")).where(
            CustomerContact.shop_id == SHOP,
            select(CustomerAlias.shop_id)
            .where(CustomerAlias.shop_id == SHOP, CustomerAlias.customer_id == CustomerContact.customer_id)
            .exists(),
        ),
        "A contact is kept of customer {customer}, who was merged into another.",
        Cost.CHEAP,
    ),
    never(
        "no segment in Shopify names a customer that was merged away",
        select(CustomerAlias.customer_id.label("customer")).where(
            CustomerAlias.shop_id == SHOP,
            select(SegmentMember.shop_id)
            .where(SegmentMember.shop_id == SHOP, SegmentMember.customer_id == CustomerAlias.customer_id)
            .exists(),
        ),
        "A segment in Shopify is said to stand on customer {customer}, who was merged into another.",
        Cost.CHEAP,
    ),
    _merged_is_named("forecast", CustomerForecast.customer_id),
    _merged_is_named("checkout", Checkout.customer_id),
    _merged_is_named("birthday", CustomerBirthday.customer_id),
    _merged_is_named("points account", PointsMember.customer_id),
    _merged_is_named("line of a file of balances", BroughtLine.customer_id),
    promise("merges lead to somebody", _circles),
    never(
        "a number that means nobody stands for somebody who was redacted",
        select(Order.order_id.label("order")).where(
            Order.shop_id == SHOP,
            Order.customer_id >= OPAQUE_FROM,
            ~select(RedactedCustomer.shop_id)
            .where(RedactedCustomer.shop_id == SHOP, RedactedCustomer.opaque_id == Order.customer_id)
            .exists(),
        ),
        "Order {order} is under a number that means nobody, though nobody was redacted for it.",
        Cost.CHEAP,
    ),
    never(
        "an order of nobody says neither where it went nor by which code it came",
        select(Order.order_id.label("order")).where(
            Order.shop_id == SHOP,
            Order.customer_id >= OPAQUE_FROM,
            Order.country.is_not(None) | Order.discount_code.is_not(None),
        ),
        "Order {order} is under a number that means nobody, and says where it went or by which code it came.",
        Cost.CHEAP,
    ),
    promise("no e-mail address lies open", _addresses),
)
