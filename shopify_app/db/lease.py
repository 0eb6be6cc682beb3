"""Leases: one worker at a time per shop and purpose, held in the database and fenced in every transaction."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import ColumnElement, String, delete, exists, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column

from shopify_app.clock import Instant
from shopify_app.db.base import BIG, Base, Database, ShopId, UtcTime
from shopify_app.db.dialect import insert_once, rows_changed

DRAIN = "drain"
REFRESH = "refresh"
ASK = "ask"
"""Held by a task that waits for DRAIN: under constant load the drain would not let go of it for long enough."""
SECONDS = 30
_SKEW = 60
"""Seconds by which the clocks of two servers may differ."""


class LeaseLost(Exception):
    """Another worker holds the lease now; whoever sees this must stop and roll back."""


class Lease(Base):
    """Who works for a shop, until when."""

    __tablename__ = "lease"

    shop_id: Mapped[int] = mapped_column(BIG, primary_key=True, autoincrement=False)
    purpose: Mapped[str] = mapped_column(String(16), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))
    until: Mapped[Instant] = mapped_column(UtcTime)


def claim(session: Session, shop: ShopId, purpose: str, owner: str, now: Instant, seconds: float = SECONDS) -> bool:
    """Take the lease when it is free or has run out; one conditional UPDATE decides.

    One that would last longer than any lease was taken by a clock that was ahead: it has run out as well.
    """
    until = now + timedelta(seconds=seconds)
    over = or_(Lease.until < now, Lease.until > until + timedelta(seconds=_SKEW))
    row = {"shop_id": shop, "purpose": purpose, "owner": owner, "until": until}
    if insert_once(session, Lease, row):
        return True
    statement = (
        update(Lease).where(Lease.shop_id == shop, Lease.purpose == purpose, over).values(owner=owner, until=until)
    )
    return rows_changed(session.execute(statement)) == 1


def fence(session: Session, shop: ShopId, purpose: str, owner: str, now: Instant, seconds: float = SECONDS) -> None:
    """Prove inside a transaction that the lease is still ours, and renew it; LeaseLost otherwise."""
    statement = (
        update(Lease)
        .where(Lease.shop_id == shop, Lease.purpose == purpose, Lease.owner == owner)
        .values(until=now + timedelta(seconds=seconds))
    )
    if rows_changed(session.execute(statement)) != 1:
        raise LeaseLost(f"shop {shop}: {purpose}")


def release(session: Session, shop: ShopId, purpose: str, owner: str) -> None:
    """Give the lease back; nothing happens when it is no longer ours."""
    session.execute(delete(Lease).where(Lease.shop_id == shop, Lease.purpose == purpose, Lease.owner == owner))


def asked_for(shop: InstrumentedAttribute[int], now: Instant) -> ColumnElement[bool]:
    """Whether a task waits for the drain's lease of that shop, as a condition."""
    asking = (Lease.shop_id == shop, Lease.purpose == ASK, Lease.until >= now)
    return exists().where(*asking)


def is_asked_for(session: Session, shop: ShopId, now: Instant) -> bool:
    """Whether a task waits for the drain's lease of this shop."""
    asking = select(Lease.owner).where(Lease.shop_id == shop, Lease.purpose == ASK, Lease.until >= now)
    return session.scalar(asking) is not None


def stop_asking(session: Session, shop: ShopId) -> None:
    """Who asked for the drain's lease has had it; another who still waits asks again."""
    session.execute(delete(Lease).where(Lease.shop_id == shop, Lease.purpose == ASK))


def release_all(session: Session, purposes: Collection[str] = (ASK, DRAIN, REFRESH)) -> None:
    """Give back every lease for these purposes: for a process that knows that nobody else is at work on them."""
    session.execute(delete(Lease).where(Lease.purpose.in_(purposes)))


@contextmanager
def held(
    database: Database, shop: ShopId, purpose: str, owner: str, now: Instant, seconds: float = SECONDS
) -> Iterator[bool]:
    """Claim for the length of a block; yields False, and the block should do nothing, when another has it."""
    with database.transaction() as session:
        ours = claim(session, shop, purpose, owner, now, seconds)
    try:
        yield ours
    finally:
        if ours:
            with database.transaction() as session:
                release(session, shop, purpose, owner)
