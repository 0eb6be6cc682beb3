"""Whose first order was on this day of an earlier year, and who came or agreed since a moment."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import or_, select

from shopify_app.changes.histories.queries import earlier_of, may_have_earlier
from shopify_app.changes.queries import Customers, load_customers
from shopify_app.clock import Instant, LocalDay
from shopify_app.customers.birthdays.calendar import GREGORIAN, kept_on
from shopify_app.customers.model import Customer
from shopify_app.db.base import Session, ShopId
from shopify_app.retention.model import CountedOrder
from shopify_app.retention.window import Basis
from shopify_app.shops.queries import get_shop

_YEARS = 30


def anniversaries_on(
    session: Session, shop: ShopId, today: LocalDay, after: int, limit: int
) -> tuple[dict[int, int], int | None]:
    """How many years ago these customers' first orders were, by customer; and behind whom to go on, None at the end.

    The first is that which counts as such on all pages, in completed orders: a shop that does not see all its orders
    knows it of those alone of whom Shopify has said so.
    """
    at, days = get_shop(session, shop), dict(_years_before(today))
    first = CountedOrder.basis == Basis.KEPT.value, CountedOrder.nth == 1, CountedOrder.day.in_(days)
    own = CountedOrder.shop_id == shop, CountedOrder.generation == at.generation, CountedOrder.buyer_id > after
    columns = CountedOrder.buyer_id, CountedOrder.day
    rows = session.execute(select(*columns).where(*own, *first).order_by(CountedOrder.buyer_id).limit(limit)).all()
    found = {customer: days[day] for customer, day in rows}
    if may_have_earlier(session, shop):
        found = {one: found[one] for one in earlier_of(session, shop, found) if one in found}
    return found, rows[-1][0] if len(rows) == limit else None


def customers_since(session: Session, shop: ShopId, since: Instant) -> Customers:
    """Customers who have been there, or first agreed to anything, only from a moment on."""
    later = [column >= since for column in (Customer.created_at, Customer.email_agreed_at, Customer.sms_agreed_at)]
    found = session.scalars(select(Customer.customer_id).where(Customer.shop_id == shop, or_(*later))).all()
    return load_customers(session, shop, found)


def _years_before(today: LocalDay) -> Iterator[tuple[date, int]]:
    """The days that are kept today, with how many years ago they were."""
    for years in range(1, _YEARS):
        for day in kept_on(today, GREGORIAN).days:
            try:
                yield date.fromisoformat(f"{today.year - years:04}-{day}"), years
            except ValueError:
                continue
