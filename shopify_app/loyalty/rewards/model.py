"""The table of rewards: what somebody's points were redeemed for, and what became of its code."""

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from shopify_app.clock import Instant
from shopify_app.db.base import BIG, Base, UtcTime

MAKE_CODE = "make_code"
"""The kind of intent."""
ASKED, MADE, USED, REFUSED = "asked", "made", "used", "refused"

TRANSITIONS: dict[str, frozenset[str]] = {
    ASKED: frozenset({MADE, REFUSED, USED}),
    MADE: frozenset({USED}),
    # An order that comes with the code after all: the code was made, and we had been told otherwise.
    REFUSED: frozenset({USED}),
    USED: frozenset(),
}


class Reward(Base):
    """One redemption. The points of it are the use `reward/<its id>` of its account; it names no person."""

    __tablename__ = "reward"
    __table_args__ = (
        UniqueConstraint("shop_id", "code"),
        Index("ix_reward_account", "shop_id", "account_id"),
        Index("ix_reward_state", "shop_id", "state"),
    )

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    reward_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    """Chosen by whoever asks: asked for twice, it is one."""
    account_id: Mapped[int] = mapped_column(BIG)
    """At the time: a merge may have joined it to another since."""
    state: Mapped[str] = mapped_column(String(8), default=ASKED)
    points: Mapped[int] = mapped_column(BigInteger)
    amount: Mapped[int] = mapped_column(BigInteger)
    """What it takes off an order, in minor units."""
    currency: Mapped[str] = mapped_column(String(3))
    code: Mapped[str] = mapped_column(String(32))
    """In capitals, as Shopify compares it."""
    asked_at: Mapped[Instant] = mapped_column(UtcTime)
    ends_at: Mapped[Instant] = mapped_column(UtcTime)
    """When the code stops working."""
    actor: Mapped[str] = mapped_column(String(64))
    discount_id: Mapped[str | None] = mapped_column(String(64), default=None)
    """Shopify's id of it."""
    order_id: Mapped[int | None] = mapped_column(BigInteger, default=None)
    """The order that it was used for."""
    refused_at: Mapped[Instant | None] = mapped_column(UtcTime, default=None)
    error: Mapped[str | None] = mapped_column(Text, default=None)
    """Why there is no code: a key of the catalogues."""
