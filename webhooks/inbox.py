"""The inbox: every signed delivery on disk before it is acknowledged, once per shop and webhook id."""

import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, String, and_, delete, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from shopify_app import crypto
from shopify_app.clock import Instant
from shopify_app.db.base import BIG, Base, ShopId, UtcTime
from shopify_app.db.dialect import insert_once
from shopify_app.shops.keys import ShopKeys
from shopify_app.shops.model import INSTALLED, Shop, ShopKey

WAITING = "waiting"
HANDLED = "handled"
PARKED = "parked"
TRANSITIONS = {WAITING: {HANDLED, PARKED}, PARKED: {WAITING}, HANDLED: set[str]()}


class Delivery(Base):
    """One webhook POST; the body is compressed and sealed."""

    __tablename__ = "delivery"
    __table_args__ = (
        Index("uq_delivery_shop_domain_webhook_id", "shop_domain", "webhook_id", unique=True),
        Index(None, "state", "shop_domain", "triggered_at"),
    )

    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    shop_domain: Mapped[str] = mapped_column(String(255))
    webhook_id: Mapped[str] = mapped_column(String(255))
    topic: Mapped[str] = mapped_column(String(128))
    api_version: Mapped[str] = mapped_column(String(16))
    event_id: Mapped[str] = mapped_column(String(255))
    triggered_at: Mapped[Instant] = mapped_column(UtcTime)
    received_at: Mapped[Instant] = mapped_column(UtcTime)
    key_shop: Mapped[int | None] = mapped_column(BigInteger)
    """Whose data key seals the body; None while the shop is unknown to us."""
    body: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(16), default=WAITING)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    due_at: Mapped[Instant] = mapped_column(UtcTime)
    """Not to be tried before: it is moved on after an attempt that failed."""
    error: Mapped[str] = mapped_column(String(500), default="")
    handled_at: Mapped[Instant | None] = mapped_column(UtcTime, default=None)


@dataclass(frozen=True, slots=True)
class Posted:
    """What a delivery's headers say, and its raw body."""

    shop_domain: str
    webhook_id: str
    topic: str
    api_version: str
    event_id: str
    triggered_at: Instant
    body: bytes


class Inbox:
    """Keeps deliveries and opens them again.

    `stray_keys` are for what belongs to no known shop: the first seals, all open.
    """

    def __init__(self, keys: ShopKeys, stray_keys: Sequence[bytes]) -> None:
        self._keys = keys
        self._stray_keys = stray_keys

    def keep(self, session: Session, posted: Posted, now: Instant) -> bool:
        """Put a delivery on disk; False when this shop and webhook id are there already."""
        shop = session.execute(
            select(ShopKey.shop_id).join(Shop, Shop.id == ShopKey.shop_id).where(Shop.domain == posted.shop_domain)
        ).scalar_one_or_none()
        row = {
            "shop_domain": posted.shop_domain,
            "webhook_id": posted.webhook_id,
            "topic": posted.topic,
            "api_version": posted.api_version,
            "event_id": posted.event_id,
            "triggered_at": posted.triggered_at,
            "received_at": now,
            "key_shop": shop,
            "body": self._seal(session, shop, posted),
            "state": WAITING,
            "attempts": 0,
            "due_at": now,
            "error": "",
        }
        return insert_once(session, Delivery, row)

    def _seal(self, session: Session, shop: int | None, posted: Posted) -> bytes:
        packed = zlib.compress(posted.body, 1)
        context = f"delivery {posted.webhook_id}"
        if shop is None:
            return crypto.wrap(self._stray_keys, packed, context)
        return self._keys.seal(session, ShopId(shop), packed, context)

    def body(self, session: Session, delivery: Delivery) -> bytes:
        """The raw body as Shopify sent it; Unreadable when its key is gone."""
        context = f"delivery {delivery.webhook_id}"
        if delivery.key_shop is None:
            packed = crypto.unwrap(self._stray_keys, delivery.body, context)
        else:
            packed = self._keys.open(session, ShopId(delivery.key_shop), delivery.body, context)
        return zlib.decompress(packed)


def waiting(
    session: Session, domain: str, limit: int, now: Instant, topics: Collection[str] | None = None
) -> Sequence[Delivery]:
    """The shop's next deliveries that are due, oldest trigger first; of the named topics alone, where any are."""
    statement = (
        select(Delivery)
        .where(Delivery.shop_domain == domain, Delivery.state == WAITING, Delivery.due_at <= now)
        .order_by(Delivery.triggered_at, Delivery.id)
        .limit(limit)
    )
    if topics is not None:
        statement = statement.where(Delivery.topic.in_(topics))
    return session.scalars(statement).all()


def shops_waiting(session: Session, now: Instant) -> list[tuple[ShopId, str]]:
    """Known shops that have deliveries due. Those of shops we do not know yet wait for the installation."""
    due = and_(Delivery.shop_domain == Shop.domain, Delivery.state == WAITING, Delivery.due_at <= now)
    statement = select(Shop.id, Shop.domain).join(Delivery, due).distinct()
    return [(ShopId(row.id), row.domain) for row in session.execute(statement)]


def mark(session: Session, delivery_ids: Sequence[int], state: str, now: Instant, error: str = "") -> None:
    """Move deliveries to another state, if TRANSITIONS allows it from where they are."""
    origins = [origin for origin, targets in TRANSITIONS.items() if state in targets]
    session.execute(
        update(Delivery)
        .where(Delivery.id.in_(delivery_ids), Delivery.state.in_(origins))
        .values(state=state, error=error[:500], handled_at=now if state == HANDLED else None)
        .execution_options(synchronize_session=False)
    )


def failed(session: Session, delivery_id: int, error: str, again_at: Instant) -> None:
    """Count an attempt that did not work, and say when to try again."""
    session.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id)
        .values(attempts=Delivery.attempts + 1, error=error[:500], due_at=again_at)
        .execution_options(synchronize_session=False)
    )


def replay(session: Session, domain: str, now: Instant) -> int:
    """Let all of a shop's parked deliveries be tried again; how many there were."""
    ids = session.scalars(select(Delivery.id).where(Delivery.shop_domain == domain, Delivery.state == PARKED)).all()
    for delivery_id in ids:
        session.execute(update(Delivery).where(Delivery.id == delivery_id).values(attempts=0, due_at=now))
    mark(session, ids, WAITING, now)
    return len(ids)


def last_received(session: Session, domain: str) -> Instant | None:
    """When the shop's newest delivery came in."""
    return session.scalar(
        select(Delivery.received_at).where(Delivery.shop_domain == domain).order_by(Delivery.id.desc()).limit(1)
    )


def purge(session: Session, handled_before: Instant, parked_before: Instant) -> None:
    """Drop deliveries whose time is over; those of unknown shops go with the parked ones."""
    known = select(Shop.domain).where(Shop.state == INSTALLED)
    over = or_(
        and_(Delivery.state == HANDLED, Delivery.handled_at < handled_before),
        and_(Delivery.state == PARKED, Delivery.received_at < parked_before),
        and_(Delivery.shop_domain.not_in(known), Delivery.received_at < parked_before),
    )
    session.execute(delete(Delivery).where(over).execution_options(synchronize_session=False))


def drop_shop(session: Session, domain: str, but: int) -> None:
    """Drop all of a redacted shop's deliveries except the one being handled."""
    session.execute(
        delete(Delivery)
        .where(Delivery.shop_domain == domain, Delivery.id != but)
        .execution_options(synchronize_session=False)
    )
