"""What customers share, and what those in groups have bought."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, case, func, select, true
from sqlalchemy.orm import Session

from shopify_app.clock import LocalDay
from shopify_app.customers.contacts.contact import EMAIL, PHONE
from shopify_app.customers.contacts.model import CustomerContact
from shopify_app.customers.contacts.queries import apart_of
from shopify_app.db.base import ShopId
from shopify_app.db.dialect import among
from shopify_app.retention.duplicates.grouping import MOST, Effect, Groups, Held, effect, grouped
from shopify_app.retention.model import CountedOrder as Row
from shopify_app.retention.queries import Summing
from shopify_app.retention.window import Basis, Unit, Window, parse_window
from shopify_app.retention.window_sums.queries import WindowSums
from shopify_app.shops.queries import get_shop


def load_groups(session: Session, shop: ShopId, around: Collection[int] | None = None) -> Groups:
    """All groups of the shop's customers; or only what links these with anybody, which costs next to nothing.

    Those are whole groups where `around` has all customers of each, and others else.
    """
    mine, holders = CustomerContact.shop_id == shop, func.count(CustomerContact.customer_id.distinct())
    looked = select(CustomerContact.hash).where(mine)
    if around is not None:
        theirs = select(CustomerContact.hash).where(mine, among(session, CustomerContact.customer_id, around))
        looked = looked.where(CustomerContact.hash.in_(theirs))
    shared = looked.group_by(CustomerContact.hash).having(holders.between(2, MOST))
    columns = (CustomerContact.customer_id, CustomerContact.kind, CustomerContact.hash)
    rows = session.execute(select(*columns).where(mine, CustomerContact.hash.in_(shared)))
    # A phone is the same, whether it is somebody's own or stands in an address.
    held = (Held(customer, EMAIL if kind == EMAIL else PHONE, value) for customer, kind, value in rows)
    return grouped(held, apart_of(session, shop))


def count_too_common(session: Session, shop: ShopId) -> int:
    """How many phones and mailboxes are left out because too many customers share them."""
    holders = func.count(CustomerContact.customer_id.distinct())
    common = select(CustomerContact.hash).where(CustomerContact.shop_id == shop).group_by(CustomerContact.hash)
    return session.scalar(select(func.count()).select_from(common.having(holders > MOST).subquery())) or 0


@dataclass(frozen=True, slots=True)
class Purchases:
    """What one customer bought that counts in basis kept; `net` in minor units."""

    orders: int = 0
    net: int = 0
    first: date | None = None
    last: date | None = None


def purchases_of(session: Session, shop: ShopId, customers: Collection[int]) -> dict[int, Purchases]:
    """What each of the named customers has bought, if anything."""
    bought = case((Row.orders == 1, Row.day))
    columns = (Row.buyer_id, func.sum(Row.orders), func.sum(Row.net), func.min(bought), func.max(bought))
    rows = session.execute(select(*columns).where(_theirs(session, shop, customers)).group_by(Row.buyer_id))
    return {buyer: Purchases(int(orders), int(net), first, last) for buyer, orders, net, first, last in rows}


def effect_in(session: Session, shop: ShopId, groups: Groups, window: Window, summing: Summing) -> Effect:
    """What the share of repeat buyers in a window is, and would be; costs what the groups' customers bought."""
    sums = summing(window, Basis.KEPT, Unit.ORDER)
    customers = [one for group in groups.shown for one in group.customers]
    since = true() if window.start is None else Row.day >= window.start
    theirs = and_(_theirs(session, shop, customers), since, Row.day <= window.end)
    rows = session.execute(select(Row.buyer_id, func.sum(Row.orders)).where(theirs).group_by(Row.buyer_id))
    orders = {buyer: int(count) for buyer, count in rows}
    return effect(sums.customers, sums.repeat_customers, groups.shown, orders)


def shift_now(session: Session, shop: ShopId, today: LocalDay) -> int:
    """By how many thousandths of a point the share of repeat buyers would move, over all time."""
    ever = parse_window("all", today)
    return effect_in(session, shop, load_groups(session, shop), ever, WindowSums(session, shop)).shift


def _theirs(session: Session, shop: ShopId, customers: Collection[int]) -> ColumnElement[bool]:
    generation = get_shop(session, shop).generation
    shown = and_(Row.shop_id == shop, Row.generation == generation, Row.basis == Basis.KEPT.value)
    return and_(shown, among(session, Row.buyer_id, customers))
