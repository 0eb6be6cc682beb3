"""Tables of exports: what was asked for, and the sealed pieces that its file is made of."""

from sqlalchemy import BigInteger, ForeignKey, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from shopify_app.clock import Instant
from shopify_app.db.base import Base, UtcTime


class Export(Base):
    """One export, by the task that writes it."""

    __tablename__ = "export"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    export_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    begun_at: Mapped[Instant] = mapped_column(UtcTime)
    """Before its first row was read."""
    finished_at: Mapped[Instant | None] = mapped_column(UtcTime, default=None)
    rows: Mapped[int] = mapped_column(Integer, default=0)
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    """Bytes of the file so far."""


class ExportPiece(Base):
    """A part of the file: some rows of one table, compressed, and sealed under the shop's key."""

    __tablename__ = "export_piece"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    export_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    body: Mapped[bytes] = mapped_column(LargeBinary)
