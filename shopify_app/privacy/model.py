"""Tables of privacy: what was asked of us and what was done about it."""

from sqlalchemy import BigInteger, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from shopify_app.clock import Instant
from shopify_app.db.base import BIG, Base, UtcTime


class PrivacyRequest(Base):
    """One compliance request of a shop; `answer` is sealed under the shop's key."""

    __tablename__ = "privacy_request"

    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    shop_id: Mapped[int] = mapped_column(BigInteger, index=True)
    kind: Mapped[str] = mapped_column(String(32))
    received_at: Mapped[Instant] = mapped_column(UtcTime)
    due_at: Mapped[Instant] = mapped_column(UtcTime)
    done_at: Mapped[Instant | None] = mapped_column(UtcTime, default=None)
    orders: Mapped[int] = mapped_column(default=0)
    """How many orders it concerned: the certificate names no person."""
    answer: Mapped[bytes | None] = mapped_column(LargeBinary, default=None)
    about: Mapped[str] = mapped_column(Text, default="")
    """Keyed hashes of the customers that the answer is about, separated by blanks."""
