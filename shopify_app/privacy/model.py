"""Tables of privacy: what was asked of us, what was done about it, and what is still being searched for."""

from sqlalchemy import BigInteger, Boolean, ForeignKey, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from shopify_app.clock import Instant
from shopify_app.db.base import BIG, Base, UtcTime


class PrivacyRequest(Base):
    """One request for a person's sake, and what was done about it; `answer` is sealed under the shop's key."""

    __tablename__ = "privacy_request"

    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    shop_id: Mapped[int] = mapped_column(BigInteger, index=True)
    kind: Mapped[str] = mapped_column(String(32))
    received_at: Mapped[Instant] = mapped_column(UtcTime)
    """When Shopify sent it; where nobody asked, when it was found necessary."""
    due_at: Mapped[Instant] = mapped_column(UtcTime)
    done_at: Mapped[Instant | None] = mapped_column(UtcTime, default=None)
    """When the answer was collected, or the customer's number was cut from everything."""
    actor: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """`shopify`, or `system:` and what found it necessary; empty where that was not noted yet."""
    orders: Mapped[int] = mapped_column(default=0)
    """How many orders it concerned: the certificate names no person."""
    answer: Mapped[bytes | None] = mapped_column(LargeBinary, default=None)
    about: Mapped[str] = mapped_column(Text, default="")
    """Keyed hashes of whom the answer is about, customers or a guest by their order; blanks between. Goes with it."""
    handed_at: Mapped[Instant | None] = mapped_column(UtcTime, default=None)
    """When the answer was downloaded first."""
    dropped_at: Mapped[Instant | None] = mapped_column(UtcTime, default=None)
    dropped_by: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """Who deleted the answer: a staff member's id, or `system:` and why it went by itself."""
    counts: Mapped[str] = mapped_column(Text, default="{}", server_default="{}")
    """JSON object: of which table how many rows an erasure renamed or deleted."""
    emptied: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    """How many kept deliveries an erasure has emptied so far."""
    searched_at: Mapped[Instant | None] = mapped_column(UtcTime, default=None)
    """When the last search of the kept deliveries ended."""


class Erasure(Base):
    """A person whose traces are searched for in kept deliveries; the row goes when the search is over."""

    __tablename__ = "erasure"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    delivery_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """The delivery that asked for it; a negative number where none did."""
    asked_at: Mapped[Instant] = mapped_column(UtcTime)
    sought: Mapped[str] = mapped_column(Text)
    """Keyed hashes of what names the person (see privacy.traces), separated by blanks: nothing to be read back."""
    searched_to: Mapped[int] = mapped_column(BigInteger, default=0)
    """The last delivery that was searched for them; 0 before the first search has ended."""
    searching: Mapped[bool] = mapped_column(Boolean, default=False)
    """Whether the search that is going on is for them too."""
    request_id: Mapped[int | None] = mapped_column(BigInteger, default=None)
    """The privacy_request whose certificate says what the search has done."""
