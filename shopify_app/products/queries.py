"""Reading and changing what is known of collections."""

from collections import defaultdict
from collections.abc import Collection as Some
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from shopify_app.clock import Instant
from shopify_app.db.base import ShopId
from shopify_app.db.dialect import among, bulk_upsert, upsert
from shopify_app.products.model import Collection, CollectionChange, CollectionProduct, CollectionReading
from shopify_app.products.past import Change, Shelves

_STEP = timedelta(microseconds=1)
_NOTHING = 0
"""No product has this number."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A collection and how many products stand in it."""

    collection_id: int
    title: str
    products: int


def collections_of(session: Session, shop: ShopId) -> list[Listed]:
    """The shop's collections by title, the empty ones among them."""
    model, inside = Collection, CollectionProduct
    both = (inside.shop_id == model.shop_id) & (inside.collection_id == model.collection_id)
    statement = (
        select(model.collection_id, model.title, func.count(inside.product_id))
        .outerjoin(inside, both)
        .where(model.shop_id == shop)
        .group_by(model.collection_id, model.title)
        .order_by(model.title, model.collection_id)
    )
    return [Listed(*row) for row in session.execute(statement).tuples()]


def reading_of(session: Session, shop: ShopId) -> CollectionReading | None:
    """When collections were last read; None before they ever were."""
    return session.get(CollectionReading, shop)


def store_collection(
    session: Session, shop: ShopId, collection_id: int, title: str, products: Some[int], now: Instant
) -> bool:
    """Write a collection and what stands in it now; True when anything is different."""
    known = session.get(Collection, (shop, collection_id))
    before = _standing_in(session, shop, collection_id)
    if known is None or known.title != title:
        row = {"shop_id": shop, "collection_id": collection_id, "title": title}
        bulk_upsert(session, Collection, [row])
    gone, come = before.difference(products), set(products) - before
    if gone:
        _take_out(session, shop, collection_id, gone)
    columns = ("shop_id", "collection_id", "product_id")
    upsert(session, CollectionProduct, columns, [[shop, collection_id, one] for one in sorted(come)])
    last = _last_change(session, shop, collection_id) if gone or come else None
    # Of before it was first read nobody knows: what stands there then is taken to have always stood there.
    if known is not None or last is not None:
        _note_changes(session, shop, collection_id, gone, come, now, last)
    return bool(known is None or known.title != title or gone or come)


def _standing_in(session: Session, shop: ShopId, collection_id: int) -> set[int]:
    inside = CollectionProduct.shop_id == shop, CollectionProduct.collection_id == collection_id
    return set(session.scalars(select(CollectionProduct.product_id).where(*inside)))


def _take_out(session: Session, shop: ShopId, collection_id: int, gone: Some[int]) -> None:
    model = CollectionProduct
    own = model.shop_id == shop, model.collection_id == collection_id, among(session, model.product_id, gone)
    session.execute(delete(model).where(*own).execution_options(synchronize_session=False))


def _last_change(session: Session, shop: ShopId, collection_id: int) -> Instant | None:
    model = CollectionChange
    own = model.shop_id == shop, model.collection_id == collection_id
    return session.scalar(select(func.max(model.changed_at)).where(*own))


def _note_changes(
    session: Session,
    shop: ShopId,
    collection_id: int,
    gone: Iterable[int],
    come: Iterable[int],
    now: Instant,
    last: Instant | None,
) -> None:
    at = now if last is None else max(now, Instant(last + _STEP))
    both = [*((one, False) for one in sorted(gone)), *((one, True) for one in sorted(come))]
    columns = ("shop_id", "collection_id", "product_id", "changed_at", "inside")
    upsert(session, CollectionChange, columns, [[shop, collection_id, one, at, inside] for one, inside in both])


def keep_only(session: Session, shop: ShopId, collections: Some[int], now: Instant) -> bool:
    """Drop every collection but these; True when there was any."""
    known = set(session.scalars(select(Collection.collection_id).where(Collection.shop_id == shop)))
    gone = known.difference(collections)
    for one in sorted(gone):
        inside = _standing_in(session, shop, one)
        _take_out(session, shop, one, inside)
        # One that comes back is not read for the first time, also where nothing stood in it.
        _note_changes(session, shop, one, inside or (_NOTHING,), (), now, _last_change(session, shop, one))
    if gone:
        own = Collection.shop_id == shop, among(session, Collection.collection_id, gone)
        session.execute(delete(Collection).where(*own).execution_options(synchronize_session=False))
    return bool(gone)


def shelves_of(session: Session, shop: ShopId, collections: Some[int], products: Some[int]) -> Shelves:
    """In which of these collections these products stand, and stood."""
    if not collections or not products:
        return Shelves((), (), {})
    stand, came = CollectionProduct, CollectionChange
    own = stand.shop_id == shop, stand.collection_id.in_(collections), among(session, stand.product_id, products)
    inside = {(row[0], row[1]) for row in session.execute(select(stand.collection_id, stand.product_id).where(*own))}
    mine = came.shop_id == shop, came.collection_id.in_(collections), among(session, came.product_id, products)
    columns = select(came.collection_id, came.product_id, came.changed_at, came.inside).where(*mine)
    changes: dict[tuple[int, int], list[Change]] = defaultdict(list)
    for collection, product, at, inside_then in session.execute(columns.order_by(came.changed_at)):
        changes[collection, product].append((at, inside_then))
    return Shelves(tuple(sorted(collections)), inside, changes)


def note_reading(session: Session, reading: dict[str, object]) -> None:
    """Keep when a shop's collections were read, and what was left out."""
    bulk_upsert(session, CollectionReading, [reading])
