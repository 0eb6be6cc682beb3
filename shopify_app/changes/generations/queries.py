"""Reading the facts buyer by buyer, and writing, showing and dropping generations."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Integer, Select, and_, bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from shopify_app.clock import Instant
from shopify_app.db.base import ShopId
from shopify_app.db.dialect import along_an_index, among, insert_once, rows_changed, table_of
from shopify_app.orders.model import Order
from shopify_app.retention.counting import Countable, sold_as
from shopify_app.retention.forecasts.queries import drop_all_forecasts
from shopify_app.retention.model import CountedOrder, TouchedBuyer
from shopify_app.retention.people.model import CountedCustomer
from shopify_app.retention.people.queries import drop_customers, drop_some_customers
from shopify_app.retention.window import Basis
from shopify_app.segments.queries import drop_counts
from shopify_app.shops.model import Shop, ShopEpoch
from shopify_app.shops.queries import get_shop


def orders_of_next_customers(session: Session, shop: ShopId, after: int, limit: int, currency: str) -> list[Countable]:
    """About `limit` orders, all those of the customers whose numbers follow `after`; none when there are no more."""
    values = {"shop": shop, "after": after, "most": limit + 1, "currency": currency}
    orders = _countables(session, _OF_CUSTOMERS, values)
    if len(orders) <= limit:
        return orders
    last = orders[-1].customer_id
    whole = [order for order in orders if order.customer_id != last]
    # One customer with more orders than a piece holds: a merchant's own account at the till, perhaps.
    return whole or _countables(session, _OF_CUSTOMER, {"shop": shop, "customer": last, "currency": currency})


def next_guest_orders(session: Session, shop: ShopId, after: int, limit: int, currency: str) -> list[Countable]:
    """Orders without a customer whose numbers follow `after`; each is a buyer of its own."""
    return _countables(session, _OF_GUESTS, {"shop": shop, "after": after, "most": limit, "currency": currency})


def _countables(session: Session, statement: Select[Any], values: Mapping[str, Any]) -> list[Countable]:
    with along_an_index(session):
        # All at once: a row at a time would let go of the interpreter as often.
        rows = session.execute(statement, values).all()
    return [Countable(*(*row[:_SOLD], sold_as(*row[_SOLD:]))) for row in rows]


_ORDER = table_of(Order).c
# In the order of Countable's fields; nothing but Core, and made once: a rebuild reads every order there is.
_READ = select(
    _ORDER.order_id,
    _ORDER.customer_id,
    _ORDER.placed_at,
    _ORDER.gross - _ORDER.discounts,
    _ORDER.only_gift_cards,
    _ORDER.test,
    _ORDER.cancelled_at.is_not(None),
    _ORDER.deleted_at.is_not(None),
    _ORDER.currency != bindparam("currency"),
    _ORDER.financial_status,
    _ORDER.given_up_at.is_not(None),
    _ORDER.source_name,
    _ORDER.country,
    _ORDER.discounts > 0,
).where(_ORDER.shop_id == bindparam("shop"))
_SOLD = -3
"""What it was sold as comes last, in three parts."""
_MOST = bindparam("most", type_=Integer)
_OF_CUSTOMERS = (
    _READ.where(_ORDER.customer_id > bindparam("after")).order_by(_ORDER.customer_id, _ORDER.order_id).limit(_MOST)
)
_OF_CUSTOMER = _READ.where(_ORDER.customer_id == bindparam("customer"))
_OF_GUESTS = (
    _READ.where(_ORDER.customer_id.is_(None), _ORDER.order_id > bindparam("after"))
    .order_by(_ORDER.order_id)
    .limit(_MOST)
)


def begin_building(session: Session, shop: ShopId, generation: int) -> None:
    """From now on every change of facts is remembered for this generation."""
    session.execute(update(Shop).where(Shop.id == shop).values(building=generation))
    session.execute(delete(TouchedBuyer).where(TouchedBuyer.shop_id == shop))
    session.expire_all()


def shops_building(session: Session) -> list[ShopId]:
    """Shops, installed or not, of which a generation is being built, or was until its rebuild ended half-way."""
    found = select(Shop.id).where(Shop.building.is_not(None)).order_by(Shop.id)
    return [ShopId(shop) for shop in session.scalars(found)]


def give_up_building(session: Session, shop: ShopId) -> None:
    """Remember no more of what changes; the rows that were built have been dropped before.

    Runs in a DRAIN turn, where no rebuild goes on.
    """
    session.execute(update(Shop).where(Shop.id == shop).values(building=None))
    session.execute(delete(TouchedBuyer).where(TouchedBuyer.shop_id == shop))
    session.expire_all()


def touched_buyers(session: Session, shop: ShopId, generation: int, limit: int) -> Sequence[int]:
    """Buyers whose facts changed since the building of this generation began."""
    own = select(TouchedBuyer.buyer_id).where(TouchedBuyer.shop_id == shop, TouchedBuyer.generation == generation)
    return session.scalars(own.order_by(TouchedBuyer.buyer_id).limit(limit)).all()


def forget_touched(session: Session, shop: ShopId, generation: int, buyers: Collection[int]) -> None:
    """Their rows have been made anew."""
    scope = and_(TouchedBuyer.shop_id == shop, TouchedBuyer.generation == generation)
    named = among(session, TouchedBuyer.buyer_id, buyers)
    session.execute(delete(TouchedBuyer).where(scope, named).execution_options(synchronize_session=False))


def drop_rows_of(session: Session, shop: ShopId, generation: int, buyers: Collection[int]) -> None:
    """Delete these buyers' rows of one generation."""
    scope = and_(CountedOrder.shop_id == shop, CountedOrder.generation == generation)
    named = among(session, CountedOrder.buyer_id, buyers)
    session.execute(delete(CountedOrder).where(scope, named).execution_options(synchronize_session=False))
    drop_customers(session, shop, generation, [buyer for buyer in buyers if buyer > 0])


def drop_rows_elsewhere(session: Session, shop: ShopId, buyers: Collection[int]) -> Counter[str]:
    """Delete these buyers' rows in every generation but the shown one, and their marks to be made anew.

    In one that is given up nobody else would. Of which table how many were deleted.
    """
    shown = select(Shop.generation).where(Shop.id == shop).scalar_subquery()
    rows = and_(CountedOrder.generation != shown, among(session, CountedOrder.buyer_id, buyers))
    people = and_(CountedCustomer.generation != shown, among(session, CountedCustomer.customer_id, buyers))
    marks = among(session, TouchedBuyer.buyer_id, buyers)
    dropped = Counter[str]()
    for model, theirs in ((CountedOrder, rows), (CountedCustomer, people), (TouchedBuyer, marks)):
        statement = delete(model).where(model.shop_id == shop, theirs)
        dropped[model.__tablename__] = rows_changed(
            session.execute(statement.execution_options(synchronize_session=False))
        )
    return dropped


def show_generation(
    session: Session, shop: ShopId, generation: int, timezone: str, currency: str, now: Instant
) -> None:
    """Let the pages show a generation, in the zone and currency that it was counted in."""
    row = get_shop(session, shop)
    if (row.timezone, row.currency) != (timezone, currency):
        epoch = {"shop_id": shop, "until": now, "currency": row.currency, "timezone": row.timezone}
        insert_once(session, ShopEpoch, epoch)
    if row.currency != currency:
        drop_all_forecasts(session, shop)
        drop_counts(session, shop)
    shown = {"generation": generation, "timezone": timezone, "currency": currency}
    session.execute(
        update(Shop)
        .where(Shop.id == shop)
        .values(**shown, building=None, behind=False, facts_version=Shop.facts_version + 1)
        .execution_options(synchronize_session=False)
    )


def other_generations(session: Session, shop: ShopId, but: Collection[int]) -> Sequence[int]:
    """Generations that have rows, apart from these."""
    # From each to the next along the key: to look for all at once, every row there is would be read.
    following = select(func.min(CountedOrder.generation)).where(CountedOrder.shop_id == shop)
    found, at = list[int](), session.scalar(following)
    while at is not None:
        found.append(at)
        at = session.scalar(following.where(CountedOrder.generation > at))
    return [generation for generation in found if generation not in but]


def drop_some(session: Session, shop: ShopId, generation: int, limit: int) -> bool:
    """Delete about `limit` rows of a generation that is not shown; False when none was left."""
    # Customers first: a generation is known by its orders.
    if drop_some_customers(session, shop, generation, limit):
        return True
    for basis in Basis:
        scope = and_(
            CountedOrder.shop_id == shop, CountedOrder.generation == generation, CountedOrder.basis == basis.value
        )
        ids = select(CountedOrder.order_id).where(scope).order_by(CountedOrder.order_id).limit(limit)
        with along_an_index(session):
            found = session.scalars(ids).all()
        if found:
            piece = delete(CountedOrder).where(scope, CountedOrder.order_id <= found[-1])
            session.execute(piece.execution_options(synchronize_session=False))
            return True
    return False


def rows_in(session: Session, shop: ShopId, generation: int) -> int:
    """How many rows a generation has."""
    scope = and_(CountedOrder.shop_id == shop, CountedOrder.generation == generation)
    return session.scalar(select(func.count()).select_from(CountedOrder).where(scope)) or 0
