"""The inbox: every signed delivery on disk before it is acknowledged, once per shop and webhook id."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import InitVar, dataclass, field
from datetime import timedelta
from functools import partial
from operator import attrgetter
from typing import Any, NamedTuple

from isal import isal_zlib
from sqlalchemy import (
    BigInteger,
    Boolean,
    Index,
    Integer,
    LargeBinary,
    String,
    and_,
    bindparam,
    delete,
    exists,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.sql.elements import ColumnElement

from shopify_app import crypto
from shopify_app.clock import Instant
from shopify_app.db.base import BIG, Base, Database, ShopId, UtcTime
from shopify_app.db.dialect import among, insert_new
from shopify_app.db.lease import asked_for
from shopify_app.shops.keys import ShopKeys
from shopify_app.shops.model import INSTALLED, Shop, ShopKey

WAITING = "waiting"
HANDLED = "handled"
PARKED = "parked"
_PAGE = 500
"""Rows fetched at once, where bodies are of the usual size."""
_FIRST_PAGE = 50
_PAGE_BYTES = 16 * 1024 * 1024
_CLOCK_SET_BACK = timedelta(minutes=5)
"""No pause is as long: what is due later than this was put off by a clock that was ahead."""
OWED = ("app/uninstalled", "customers/data_request", "customers/redact", "shop/redact")
"""Topics that no night can make good: parked, they stay until they are replayed."""
TRANSITIONS = {WAITING: {HANDLED, PARKED}, PARKED: {WAITING}, HANDLED: set[str]()}


class Delivery(Base):
    """One webhook POST; the body is compressed and sealed."""

    __tablename__ = "delivery"
    __table_args__ = (
        Index("uq_delivery_shop_domain_webhook_id", "shop_domain", "webhook_id", unique=True),
        Index(None, "state", "shop_domain", "triggered_at", "id"),
    )

    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    shop_domain: Mapped[str] = mapped_column(String(255))
    webhook_id: Mapped[str] = mapped_column(String(255))
    topic: Mapped[str] = mapped_column(String(128))
    api_version: Mapped[str] = mapped_column(String(16))
    event_id: Mapped[str] = mapped_column(String(255))
    triggered_at: Mapped[Instant] = mapped_column(UtcTime)
    timed: Mapped[bool] = mapped_column(Boolean, default=True)
    """Whether Shopify said so; else `triggered_at` is when it came, and nothing may be ended for its sake alone."""
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


class Kept(NamedTuple):
    """A delivery as it waits: what the drain needs of its row."""

    id: int
    shop_domain: str
    webhook_id: str
    topic: str
    triggered_at: Instant
    attempts: int
    key_shop: int | None
    body: bytes
    timed: bool = True


_NAMED = ("shop_domain", "webhook_id", "topic", "api_version", "event_id", "triggered_at", "timed")
_COLUMNS = (*_NAMED, "received_at", "key_shop", "body", "state", "attempts", "due_at", "error")
_SEALING = (
    select(Shop.domain, Shop.id, ShopKey.wrapped)
    .join(ShopKey, ShopKey.shop_id == Shop.id)
    .where(Shop.domain.in_(bindparam("domains", expanding=True)))
)
_named = attrgetter(*_NAMED)
_Sealer = tuple[int | None, Callable[[bytes, str], bytes]]
"""The shop whose key seals, None for strays, and the function that seals bytes for a context."""


@dataclass(slots=True)
class Posted:
    """What a delivery's headers say, and its body, compressed by whoever brings it: the one writer only stores."""

    shop_domain: str
    webhook_id: str
    topic: str
    api_version: str
    event_id: str
    triggered_at: Instant
    body: InitVar[bytes]
    timed: bool = True
    """False where the headers do not say when it was triggered: then it is when it came."""
    packed: bytes = field(init=False)

    def __post_init__(self, body: bytes) -> None:
        """Compress: zlib's format, by a library that needs a third of its time."""
        self.packed = isal_zlib.compress(body, 1)


class Inbox:
    """Keeps deliveries and opens them again.

    `stray_keys` are for what belongs to no known shop: the first seals, all open.
    """

    def __init__(self, keys: ShopKeys, stray_keys: Sequence[bytes]) -> None:
        self._keys = keys
        self._stray_keys = stray_keys
        self._stray: _Sealer = (None, partial(crypto.wrap, stray_keys))

    def keep(self, session: Session, posted: Sequence[tuple[Posted, Instant]]) -> list[bool]:
        """Put deliveries on disk, each with the moment it came; False where shop and webhook id are there already."""
        sealers = self._sealers(session, {one.shop_domain for one, _ in posted})
        rows = [_row(one, now, *sealers.get(one.shop_domain, self._stray)) for one, now in posted]
        new = insert_new(session, Delivery, _COLUMNS, rows, ("shop_domain", "webhook_id"))
        return [_take(new, (one.shop_domain, one.webhook_id)) for one, _ in posted]

    def _sealers(self, session: Session, domains: Collection[str]) -> dict[str, _Sealer]:
        """By domain: whose key seals, and how. Read here, so that a key that was destroyed seals nothing any more."""
        rows = session.connection().execute(_SEALING, {"domains": list(domains)})
        return {row.domain: (row.id, self._keys.sealer(ShopId(row.id), row.wrapped)) for row in rows}

    def body(self, session: Session, delivery: Delivery | Kept) -> bytes:
        """The raw body as Shopify sent it; Unreadable when its key is gone."""
        return isal_zlib.decompress(self._opener(session, delivery.key_shop)(delivery.body, _context(delivery)))

    def bodies(self, session: Session, deliveries: Iterable[Kept]) -> Iterator[tuple[Kept, bytes]]:
        """Many of one moment with their bodies; an empty one where the key is gone."""
        openers: dict[int | None, Callable[[bytes, str], bytes]] = {}
        for delivery in deliveries:
            try:
                if delivery.key_shop not in openers:
                    openers[delivery.key_shop] = self._opener(session, delivery.key_shop)
                packed = openers[delivery.key_shop](delivery.body, _context(delivery))
            except crypto.Unreadable:
                yield delivery, b""
            else:
                yield delivery, isal_zlib.decompress(packed)

    def _opener(self, session: Session, shop: int | None) -> Callable[[bytes, str], bytes]:
        if shop is None:
            return partial(crypto.unwrap, self._stray_keys)
        return self._keys.opener(session, ShopId(shop))


def _context(delivery: Delivery | Kept | Posted) -> str:
    return f"delivery {delivery.webhook_id}"


def _row(posted: Posted, now: Instant, shop: int | None, seal: Callable[[bytes, str], bytes]) -> list[Any]:
    body = seal(posted.packed, _context(posted))
    return [*_named(posted), now, shop, body, WAITING, 0, now, ""]


def _take(new: set[tuple[str, str]], name: tuple[str, str]) -> bool:
    """Whether it is new; of two with one name in a batch, the first is."""
    found = name in new
    new.discard(name)
    return found


def waiting(
    session: Session, domain: str, limit: int, now: Instant, topics: Collection[str] | None = None
) -> Iterator[Kept]:
    """The shop's next deliveries that are due, oldest trigger first; of the named topics alone, where any are.

    Fetched page by page, as far as they are asked for.
    """
    statement = (
        select(*(getattr(Delivery, name) for name in Kept._fields))
        .where(Delivery.shop_domain == domain, Delivery.state == WAITING, _is_due(now))
        .order_by(Delivery.triggered_at, Delivery.id)
    )
    if topics is not None:
        statement = statement.where(Delivery.topic.in_(topics))
    page: Sequence[Kept] = ()
    size = _FIRST_PAGE
    while limit > 0:
        after = statement.where(_later(page[-1])) if page else statement
        page = [Kept(*row) for row in session.execute(after.limit(min(limit, size)))]
        yield from page
        if len(page) < size:
            return
        limit -= len(page)
        size = _next_page(page)


def _next_page(page: Sequence[Kept]) -> int:
    """How many to fetch next, so that large bodies do not fill the memory."""
    average = sum(len(delivery.body) for delivery in page) // len(page) + 1
    return max(1, min(_PAGE, _PAGE_BYTES // average))


def _is_due(now: Instant) -> ColumnElement[bool]:
    return or_(Delivery.due_at <= now, Delivery.due_at > now + _CLOCK_SET_BACK)


def _later(last: Kept) -> ColumnElement[bool]:
    # As one comparison of rows: the index begins there.
    return tuple_(Delivery.triggered_at, Delivery.id) > (last.triggered_at, last.id)


def shops_waiting(session: Session, now: Instant) -> list[tuple[ShopId, str]]:
    """Known shops that have deliveries due. Those of shops we do not know yet wait for the installation.

    A shop whose lease a task asks for is left out: it comes when the task has had its turn.
    """
    # One look into the index a shop: a join would walk through the whole backlog each time.
    due = and_(Delivery.shop_domain == Shop.domain, Delivery.state == WAITING, _is_due(now))
    statement = select(Shop.id, Shop.domain).where(exists().where(due), ~asked_for(Shop.id, now)).order_by(Shop.id)
    return [(ShopId(row.id), row.domain) for row in session.execute(statement)]


def mark(session: Session, delivery_ids: Sequence[int], state: str, now: Instant, error: str = "") -> None:
    """Move deliveries to another state, if TRANSITIONS allows it from where they are."""
    origins = [origin for origin, targets in TRANSITIONS.items() if state in targets]
    # As an expression no index serves it: a planner that has not heard of a backlog would walk through all of it.
    stands = Delivery.state.concat("").in_(origins)
    session.execute(
        update(Delivery)
        .where(among(session, Delivery.id, delivery_ids), stands)
        .values(state=state, error=error[:500], handled_at=now if state == HANDLED else None)
        .execution_options(synchronize_session=False)
    )


def failed(session: Session, delivery_id: int, error: str, again_at: Instant, *, counts: bool = True) -> None:
    """Say why it did not work and when to try again; `counts` as an attempt where the delivery may be to blame."""
    session.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id)
        .values(attempts=Delivery.attempts + int(counts), error=error[:500], due_at=again_at)
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


def purge(database: Database, handled_before: Instant, parked_before: Instant) -> None:
    """Drop deliveries whose time is over, some at a time; those of unknown shops go with the parked ones.

    A parked one of the OWED topics stays while its shop is installed.
    """
    known = select(Shop.domain).where(Shop.state == INSTALLED)
    over = or_(
        and_(Delivery.state == HANDLED, Delivery.handled_at < handled_before),
        and_(Delivery.state == PARKED, Delivery.topic.not_in(OWED), Delivery.received_at < parked_before),
        and_(Delivery.shop_domain.not_in(known), Delivery.received_at < parked_before),
    )
    while True:
        with database.reading() as session:
            ids = session.scalars(select(Delivery.id).where(over).limit(_PAGE)).all()
        if not ids:
            return
        with database.transaction() as session:
            session.execute(delete(Delivery).where(among(session, Delivery.id, ids), over))


def drop_shop(session: Session, domain: str, but: int) -> None:
    """Drop all of a redacted shop's deliveries except the one being handled."""
    session.execute(
        delete(Delivery)
        .where(Delivery.shop_domain == domain, Delivery.id != but)
        .execution_options(synchronize_session=False)
    )
