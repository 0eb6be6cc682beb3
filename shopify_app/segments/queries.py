"""Stored segments and their kept counts; what a merchant can choose from when a rule is made."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ScalarSelect, and_, delete, exists, func, literal, select, update
from sqlalchemy.orm import Session

from shopify_app.clock import Instant
from shopify_app.db.base import ShopId
from shopify_app.db.dialect import rows_changed, upsert
from shopify_app.errors import Malformed, NotFound
from shopify_app.orders.model import OrderLine
from shopify_app.products.queries import collections_of
from shopify_app.retention.forecasts.model import CustomerForecast
from shopify_app.retention.rfm.queries import Size, cuts_of
from shopify_app.segments.model import Segment, SegmentCount
from shopify_app.segments.rules.rule import Rule, kept_rule
from shopify_app.segments.rules.telling import Names
from shopify_app.shops.queries import lock_shop

BRING_BACK = timedelta(days=7)
"""For so long a deleted segment can be brought back."""
MOST = 100
"""Segments that a shop may have: a list that nobody can read helps nobody."""
PRODUCTS = 250
"""Products that are offered, those that came into the shop last; any other can be in a rule that has it already."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A segment as it is kept."""

    segment_id: int
    name: str
    rule: Rule
    changed_at: Instant
    deleted_at: Instant | None

    @property
    def key(self) -> str:
        """What its counts, and whatever is written of it elsewhere, are kept under."""
        return str(self.segment_id)


@dataclass(frozen=True, slots=True)
class Counted:
    """How many people a segment had at a moment."""

    size: Size
    at: Instant


def _stored(row: Segment) -> Stored:
    return Stored(row.segment_id, row.name, kept_rule(row.rule), row.changed_at, row.deleted_at)


def stored_segments(session: Session, shop: ShopId) -> list[Stored]:
    """Those that are there, by name."""
    own = Segment.shop_id == shop, Segment.deleted_at.is_(None)
    return [_stored(row) for row in session.scalars(select(Segment).where(*own).order_by(Segment.name))]


def deleted_segments(session: Session, shop: ShopId, now: Instant) -> list[Stored]:
    """Those that can be brought back, the last deleted first."""
    own = Segment.shop_id == shop, Segment.deleted_at > now - BRING_BACK
    found = session.scalars(select(Segment).where(*own).order_by(Segment.deleted_at.desc(), Segment.segment_id))
    return [_stored(row) for row in found]


def stored_segment(session: Session, shop: ShopId, segment_id: int) -> Stored:
    """One of a shop's; NotFound where it has none of this number, or has deleted it."""
    row = session.get(Segment, (shop, segment_id)) if segment_id < 1 << 31 else None
    if row is None or row.deleted_at is not None:
        raise NotFound
    return _stored(row)


def add_segment(session: Session, shop: ShopId, name: str, rule: Rule, actor: str, now: Instant) -> int:
    """Store a segment; its number. Malformed where the name is taken, or there are too many."""
    lock_shop(session, shop)
    _refuse_taken(session, shop, name, None)
    own = select(func.count(), func.max(Segment.segment_id)).where(Segment.shop_id == shop)
    there = session.scalar(own.with_only_columns(func.count()).where(Segment.deleted_at.is_(None))) or 0
    if there >= MOST:
        raise Malformed("There are 100 segments already. Delete one that you do not need.")
    number = (session.execute(own).one()[1] or 0) + 1
    times = {"created_at": now, "changed_at": now}
    session.add(Segment(shop_id=shop, segment_id=number, name=name, rule=rule.text(), actor=actor, **times))
    session.flush()
    return number


def change_segment(
    session: Session, shop: ShopId, segment_id: int, name: str, rule: Rule, actor: str, now: Instant
) -> None:
    """Store it under another name or rule; NotFound where it is gone, Malformed where the name is taken."""
    lock_shop(session, shop)
    stored_segment(session, shop, segment_id)
    _refuse_taken(session, shop, name, segment_id)
    session.execute(
        update(Segment)
        .where(Segment.shop_id == shop, Segment.segment_id == segment_id)
        .values(name=name, rule=rule.text(), actor=actor, changed_at=now)
    )
    _forget_count(session, shop, str(segment_id))


def _refuse_taken(session: Session, shop: ShopId, name: str, segment_id: int | None) -> None:
    own = Segment.shop_id == shop, Segment.deleted_at.is_(None), Segment.name == name
    taken = session.scalar(select(Segment.segment_id).where(*own, Segment.segment_id != (segment_id or 0)))
    if taken is not None:
        raise Malformed("Another segment has this name.")


def delete_segment(session: Session, shop: ShopId, segment_id: int, actor: str, now: Instant) -> None:
    """Put it away; NotFound where it is gone already."""
    stored_segment(session, shop, segment_id)
    own = Segment.shop_id == shop, Segment.segment_id == segment_id, Segment.deleted_at.is_(None)
    if not rows_changed(session.execute(update(Segment).where(*own).values(deleted_at=now, actor=actor))):
        raise NotFound


def bring_back(session: Session, shop: ShopId, segment_id: int, actor: str, now: Instant) -> None:
    """Have it again as it was; NotFound where that is not possible any more, Malformed where its name is taken."""
    lock_shop(session, shop)
    found = [one for one in deleted_segments(session, shop, now) if one.segment_id == segment_id]
    if not found:
        raise NotFound
    _refuse_taken(session, shop, found[0].name, segment_id)
    own = Segment.shop_id == shop, Segment.segment_id == segment_id
    session.execute(update(Segment).where(*own).values(deleted_at=None, actor=actor, changed_at=now))


def kept_counts(session: Session, shop: ShopId) -> dict[str, Counted]:
    """How many people each segment had when it was last counted."""
    rows = session.scalars(select(SegmentCount).where(SegmentCount.shop_id == shop))
    return {row.key: Counted(Size(row.people, row.net), row.counted_at) for row in rows}


def keep_counts(session: Session, shop: ShopId, sizes: Mapping[str, Size], now: Instant) -> None:
    """Keep what was counted."""
    rows = [[shop, key, size.people, size.net, now] for key, size in sorted(sizes.items())]
    upsert(session, SegmentCount, ("shop_id", "key", "people", "net", "counted_at"), rows)


def drop_counts(session: Session, shop: ShopId) -> None:
    """Forget how many there were, and what they had spent: it was in another currency."""
    session.execute(delete(SegmentCount).where(SegmentCount.shop_id == shop))


def _forget_count(session: Session, shop: ShopId, key: str) -> None:
    session.execute(delete(SegmentCount).where(SegmentCount.shop_id == shop, SegmentCount.key == key))


# ---- what can be chosen ----


def names_in(session: Session, shop: ShopId, rules: Collection[Rule]) -> Names:
    """What the things are called that these rules ask for."""
    asked = [one for rule in rules for one in rule.every()]
    products, collections = ({int(str(one.value)) for one in asked if one.kind == kind} for kind in _LISTED)
    known = {one.collection_id: one.title for one in collections_of(session, shop)} if collections else {}
    return Names(product_titles(session, shop, products), {one: known[one] for one in collections & known.keys()})


_LISTED = ("product", "collection")


def names_offered(session: Session, shop: ShopId) -> Names:
    """What can be asked for."""
    collections = {one.collection_id: one.title for one in collections_of(session, shop) if one.products}
    cuts = cuts_of(session, shop)
    forecasts = session.scalar(select(exists().where(CustomerForecast.shop_id == shop))) or False
    return Names(newest_products(session, shop), collections, cuts.channels, cuts.countries, forecasts)


def newest_products(session: Session, shop: ShopId) -> dict[int, str]:
    """The products that came into the shop last and were sold, with the title that each was last sold under."""
    own = OrderLine.shop_id == shop
    # One step along the index for each product: looking at all lines would take as long as there are lines.
    first = select(func.max(OrderLine.product_id).label("product"), literal(1).label("place")).where(own)
    walk = first.cte("walk", recursive=True)
    older = select(func.max(OrderLine.product_id)).where(own, OrderLine.product_id < walk.c.product).scalar_subquery()
    more = and_(walk.c.product.is_not(None), walk.c.place < PRODUCTS)
    walk = walk.union_all(select(older, walk.c.place + 1).where(more))
    found = select(walk.c.product, _last_title(shop, walk.c.product)).where(walk.c.product.is_not(None))
    return {product: title for product, title in session.execute(found.order_by(walk.c.place)) if title is not None}


def _last_title(shop: ShopId, product: Any) -> ScalarSelect[str]:
    lines = select(OrderLine.title).where(OrderLine.shop_id == shop, OrderLine.product_id == product)
    return lines.order_by(OrderLine.order_id.desc()).limit(1).scalar_subquery()


def product_titles(session: Session, shop: ShopId, products: Collection[int]) -> dict[int, str]:
    """What these products were called when they were last sold; those that never were are left out."""
    found = ((product, session.scalar(select(_last_title(shop, product)))) for product in products)
    return {product: title for product, title in found if title is not None}
