"""Gathering first orders, and keeping what was found in them."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from shopify_app.clock import LocalDay
from shopify_app.db.base import ShopId
from shopify_app.db.dialect import bulk_upsert
from shopify_app.orders.model import Order, OrderLine
from shopify_app.retention.people.model import CountedCustomer as Customer
from shopify_app.retention.what_changed.comparing import FirstOrders, Span
from shopify_app.retention.what_changed.finding import Finding
from shopify_app.retention.what_changed.model import WeeklyFinding, WeeklyLook
from shopify_app.shops.queries import get_shop

_AT_ONCE = 5000
_WEEK = timedelta(days=7)


def monday(day: LocalDay) -> LocalDay:
    """The first day of a day's week."""
    return LocalDay(day - timedelta(days=day.weekday()))


def first_orders(session: Session, shop: ShopId, as_of: LocalDay) -> FirstOrders:
    """Everybody who first bought in the spans of that day; costs a look at all of them."""
    found = FirstOrders(Span.at(as_of))
    span = found.span
    theirs = and_(
        Customer.shop_id == shop,
        Customer.generation == get_shop(session, shop).generation,
        # Whoever had bought before Shopify shows us did not buy for the first time then.
        Customer.earlier == 0,
        Customer.first_day <= span.until,
    )
    people = (
        select(Customer.first_day, Customer.second_day, Order.source_name, Order.country, Order.discounts)
        .join(Order, and_(Order.shop_id == Customer.shop_id, Order.order_id == Customer.first_order_id))
        .where(theirs, Customer.first_day >= span.first)
        .execution_options(yield_per=_AT_ONCE)
    )
    for first, second, channel, country, discounts in session.execute(people):
        found.add(first, second, channel, country or "", discounted=discounts > 0)
    lines = and_(OrderLine.shop_id == Customer.shop_id, OrderLine.order_id == Customer.first_order_id)
    products = (
        select(Customer.customer_id, OrderLine.product_id, OrderLine.title, Customer.first_day, Customer.second_day)
        .join(OrderLine, lines)
        # Lines without a product are passed over below: asked for here, SQLite would look through the lines of all
        # products for each order.
        .where(theirs, Customer.first_day >= span.since)
        .order_by(Customer.customer_id, OrderLine.product_id, OrderLine.line_id)
        .execution_options(yield_per=_AT_ONCE)
    )
    seen = None
    for customer, product, title, first, second in session.execute(products):
        if (customer, product) != seen and product is not None:
            found.bought(product, title, first, second)
        seen = customer, product
    return found


def last_look(session: Session, shop: ShopId) -> WeeklyLook | None:
    """The newest week that was looked at."""
    own = select(WeeklyLook).where(WeeklyLook.shop_id == shop)
    return session.scalar(own.order_by(WeeklyLook.week.desc()).limit(1))


def findings_of(session: Session, shop: ShopId, week: date) -> Sequence[WeeklyFinding]:
    """What was found in a week, the surest first."""
    own = WeeklyFinding.shop_id == shop, WeeklyFinding.week == week
    order = WeeklyFinding.chance, WeeklyFinding.subject, WeeklyFinding.key
    return session.scalars(select(WeeklyFinding).where(*own).order_by(*order)).all()


def keep_findings(session: Session, shop: ShopId, as_of: LocalDay, findings: Sequence[Finding], compared: int) -> None:
    """Write what was found; looked at twice in a week, the later look stays with what it found anew."""
    week = monday(as_of)
    before = {(row.subject, row.key): row.first_week for row in findings_of(session, shop, week - _WEEK)}
    bulk_upsert(session, WeeklyLook, [{"shop_id": shop, "week": week, "looked_on": as_of, "compared": compared}])
    rows = [
        {
            "shop_id": shop,
            "week": week,
            "subject": one.comparison.subject,
            "key": one.comparison.key,
            "title": one.comparison.title,
            "some_people": one.comparison.some.people,
            "some_did": one.comparison.some.did,
            "other_people": one.comparison.others.people,
            "other_did": one.comparison.others.did,
            "chance": one.chance,
            "first_week": before.get((one.comparison.subject, one.comparison.key), week),
        }
        for one in findings
    ]
    bulk_upsert(session, WeeklyFinding, rows)
