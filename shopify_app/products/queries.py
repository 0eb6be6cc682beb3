"""Reading and changing what is known of collections."""

from collections.abc import Collection as Some
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from shopify_app.db.base import ShopId
from shopify_app.db.dialect import among, bulk_upsert, rows_changed, upsert
from shopify_app.products.model import Collection, CollectionProduct, CollectionReading


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


def store_collection(session: Session, shop: ShopId, collection_id: int, title: str, products: Some[int]) -> bool:
    """Write a collection and what stands in it now; True when anything is different."""
    known = session.get(Collection, (shop, collection_id))
    inside = CollectionProduct.shop_id == shop, CollectionProduct.collection_id == collection_id
    before = set(session.scalars(select(CollectionProduct.product_id).where(*inside)))
    if known is None or known.title != title:
        row = {"shop_id": shop, "collection_id": collection_id, "title": title}
        bulk_upsert(session, Collection, [row])
    gone, come = before.difference(products), set(products) - before
    if gone:
        session.execute(
            delete(CollectionProduct)
            .where(*inside, among(session, CollectionProduct.product_id, gone))
            .execution_options(synchronize_session=False)
        )
    columns = ("shop_id", "collection_id", "product_id")
    upsert(session, CollectionProduct, columns, [[shop, collection_id, one] for one in sorted(come)])
    return bool(known is None or known.title != title or gone or come)


def keep_only(session: Session, shop: ShopId, collections: Some[int]) -> bool:
    """Drop every collection but these; True when there was any."""
    known = set(session.scalars(select(Collection.collection_id).where(Collection.shop_id == shop)))
    gone, dropped = known.difference(collections), 0
    for model in (CollectionProduct, Collection) if gone else ():
        column = model.collection_id
        statement = delete(model).where(model.shop_id == shop, among(session, column, gone))
        dropped += rows_changed(session.execute(statement.execution_options(synchronize_session=False)))
    return dropped > 0


def note_reading(session: Session, reading: dict[str, object]) -> None:
    """Keep when a shop's collections were read, and what was left out."""
    bulk_upsert(session, CollectionReading, [reading])
