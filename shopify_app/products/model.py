"""Tables of collections, as they were when they were last read."""

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from shopify_app.clock import Instant
from shopify_app.db.base import Base, UtcTime

TITLE = 255
"""Characters that a collection's title may have."""


class Collection(Base):
    """A collection of the shop's products."""

    __tablename__ = "collection"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    collection_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    title: Mapped[str] = mapped_column(String(TITLE))


class CollectionProduct(Base):
    """That a product stands in a collection."""

    __tablename__ = "collection_product"
    __table_args__ = (Index(None, "shop_id", "product_id"),)

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    collection_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    product_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)


class CollectionReading(Base):
    """When a shop's collections were last read, and what was left out."""

    __tablename__ = "collection_reading"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    read_at: Mapped[Instant] = mapped_column(UtcTime)
    """When the reading began: what changed since is not known."""
    left_out: Mapped[int] = mapped_column(Integer)
    """Collections beyond those that are read."""
    cut_short: Mapped[int] = mapped_column(Integer)
    """Collections of which not all products were read."""


class CollectionChange(Base):
    """That a product came into a collection or left it, by what was read; not what stood there when it was first read.

    Where an order earns more for some collections, what its products stood in when it was placed is worked out of
    these: see products/past.py.
    """

    __tablename__ = "collection_change"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    collection_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    product_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    changed_at: Mapped[Instant] = mapped_column(UtcTime, primary_key=True)
    """When it was stored; those of a collection follow one another, whatever the clock says."""
    inside: Mapped[bool] = mapped_column(Boolean)
    """Whether it stood there from then on."""
