"""The table of rewards: what somebody's points were redeemed for, and what became of its code."""

from datetime import timedelta

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from shopify_app.clock import Instant
from shopify_app.db.base import BIG, Base, UtcTime

MAKE_CODE, STOP_CODE, DELETE_CODE = "make_code", "stop_code", "delete_code"
PAY_CREDIT, TAKE_CREDIT = "pay_credit", "take_credit"
"""The kinds of intent."""
ASKED, MADE, RETURNING, RETURNED, USED, REFUSED = "asked", "made", "returning", "returned", "used", "refused"

TRANSITIONS: dict[str, frozenset[str]] = {
    ASKED: frozenset({MADE, REFUSED, USED}),
    MADE: frozenset({RETURNING, USED}),
    # Back to made: Shopify does not let us switch the code off, so it is good for an order still.
    RETURNING: frozenset({MADE, RETURNED, USED}),
    # An order that turns up with the code after all; of a refused one it was made, and we had been told otherwise.
    RETURNED: frozenset({USED}),
    REFUSED: frozenset({USED}),
    USED: frozenset(),
}

SURE = timedelta(minutes=15)
"""How long after a code stopped working Shopify has counted its uses and finds its orders."""
KEPT = timedelta(days=30)
"""For how long a code stays in Shopify after it was used or came back."""

CREDITED = timedelta(days=5 * 365 + 1)
"""For how long store credit can be spent, as the terms say."""

_TO_DO = text("due_at IS NOT NULL")


class Reward(Base):
    """One redemption. The points of it are the use `reward/<its id>` of its account; it names no person."""

    __tablename__ = "reward"
    __table_args__ = (
        UniqueConstraint("shop_id", "code"),
        Index("ix_reward_account", "shop_id", "account_id"),
        Index("ix_reward_state", "shop_id", "state"),
        Index("ix_reward_order", "shop_id", "order_id"),
        Index("ix_reward_due", "shop_id", "due_at", sqlite_where=_TO_DO, postgresql_where=_TO_DO),
    )

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    reward_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    """Chosen by whoever asks: asked for twice, it is one."""
    account_id: Mapped[int] = mapped_column(BIG)
    """At the time: a merge may have joined it to another since."""
    state: Mapped[str] = mapped_column(String(16), default=ASKED)
    points: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(16), default="amount", server_default=text("'amount'"))
    """What it is: see programme/prizes.py."""
    amount: Mapped[int] = mapped_column(BigInteger)
    """What it takes off an order, or the store credit that it is, in minor units; 0 of other kinds."""
    percent: Mapped[int | None] = mapped_column(Integer, default=None)
    """What share of an order it takes off."""
    product_id: Mapped[int | None] = mapped_column(BigInteger, default=None)
    """The product that is free by it."""
    currency: Mapped[str] = mapped_column(String(3))
    code: Mapped[str] = mapped_column(String(32))
    """In capitals, as Shopify compares it; of store credit there is none, and this one is never told."""
    asked_at: Mapped[Instant] = mapped_column(UtcTime)
    ends_at: Mapped[Instant] = mapped_column(UtcTime)
    """When the code stops working, or the store credit lapses; of an account's credits each in a second of its own."""
    actor: Mapped[str] = mapped_column(String(64))
    discount_id: Mapped[str | None] = mapped_column(String(64), default=None)
    """Shopify's id of the code, or of the payment of store credit."""
    order_id: Mapped[int | None] = mapped_column(BigInteger, default=None)
    """The order that it was used for."""
    refused_at: Mapped[Instant | None] = mapped_column(UtcTime, default=None)
    error: Mapped[str | None] = mapped_column(Text, default=None)
    """Why there is no code or credit, or why one that was to be taken back is good still: a key of the catalogues."""
    stops: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"))
    """How often it was to be switched off in Shopify; also tells one such effect from the next."""
    stopped_at: Mapped[Instant | None] = mapped_column(UtcTime, default=None)
    """Since when it does not work any more, as far as it is being given back."""
    closed_at: Mapped[Instant | None] = mapped_column(UtcTime, default=None)
    """When we knew that it was used, or that its points come back."""
    due_at: Mapped[Instant | None] = mapped_column(UtcTime, default=None)
    """When it is to be looked at next: ended unused, being given back, or to be deleted in Shopify."""
