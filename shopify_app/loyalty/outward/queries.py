"""What stands in Shopify of points, what may be something else by now, and what is being written.

Who writes here holds the shop's row, as whoever changes accounts does: so nobody's points change between being read
and being noted as what is written.
"""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from shopify_app.clock import Instant
from shopify_app.db.base import ShopId
from shopify_app.db.dialect import along_an_index, among, bulk_upsert, rows_changed
from shopify_app.loyalty.ledger.model import PointsAccount, PointsMember
from shopify_app.loyalty.outward.model import PointsShown
from shopify_app.loyalty.programme.model import ProgrammeVersion
from shopify_app.shops.model import INSTALLED, Shop

_QUIETLY = {"synchronize_session": False}
_NOTHING_KNOWN: dict[str, Any] = {"available": None, "pending": None, "batch": None}


class Shown(NamedTuple):
    """What is to stand on a customer."""

    account: int
    customer: int
    available: int
    """Points that can be spent."""
    pending: int


def mark_due(session: Session, shop: ShopId, accounts: Collection[int], now: Instant) -> None:
    """What these accounts have may have changed."""
    rows = [{"shop_id": shop, "account_id": one, "due_at": now} for one in sorted(accounts)]
    bulk_upsert(session, PointsShown, rows)


def mark_unknown(session: Session, shop: ShopId, accounts: Collection[int], now: Instant) -> None:
    """These accounts are somebody else's now, or of two customers who became one: what stands there nobody can tell."""
    fresh = {"due_at": now, "gone": False, **_NOTHING_KNOWN}
    bulk_upsert(session, PointsShown, [{"shop_id": shop, "account_id": one, **fresh} for one in sorted(accounts)])


def waits(session: Session, shop: ShopId) -> bool:
    """Whether anything is to be written, or was being written when somebody stopped."""
    open_ = or_(PointsShown.due_at.is_not(None), PointsShown.batch.is_not(None))
    return session.scalar(select(PointsShown.account_id).where(PointsShown.shop_id == shop, open_).limit(1)) is not None


def shops_with_points(session: Session) -> list[tuple[ShopId, str, bool]]:
    """Installed shops that have ever had a programme: each with its permissions, and whether anything waits."""
    programme = select(ProgrammeVersion.number).where(ProgrammeVersion.shop_id == Shop.id).exists()
    found = session.execute(select(Shop.id, Shop.scopes).where(Shop.state == INSTALLED, programme)).all()
    return [(ShopId(shop), scopes, waits(session, ShopId(shop))) for shop, scopes in found]


def count_due(session: Session, shop: ShopId, most: int) -> int:
    """How many accounts may have changed; `most` where there are as many or more."""
    some = _due(shop).with_only_columns(PointsShown.account_id).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def choose(session: Session, shop: ShopId, batch: int, limit: int) -> tuple[int, list[Shown]]:
    """Of those that may have changed, look at some: how many, and who of them is to be written with this batch.

    What stands there already is not written again.
    """
    with along_an_index(session):
        found = session.scalars(_due(shop).order_by(PointsShown.due_at).limit(limit)).all()
    has = _has(session, shop, [row.account_id for row in found])
    chosen = [has[row.account_id] for row in found if row.account_id in has and not row.gone and _differs(row, has)]
    nobodys = [row.account_id for row in found if row.account_id not in has]
    for row in found:
        session.expunge(row)
    _change(session, shop, [row.account_id for row in found], due_at=None)
    session.execute(delete(PointsShown).where(*_own(session, shop, nobodys)).execution_options(**_QUIETLY))
    rows = [
        {"shop_id": shop, "account_id": one.account, "available": one.available, "pending": one.pending, "batch": batch}
        for one in chosen
    ]
    bulk_upsert(session, PointsShown, rows)
    return len(found), chosen


def _due(shop: ShopId) -> Any:
    # What is on its way is seen through first: else an older value could arrive behind a newer one.
    return select(PointsShown).where(
        PointsShown.shop_id == shop, PointsShown.due_at.is_not(None), PointsShown.batch.is_(None)
    )


def _differs(row: PointsShown, has: dict[int, Shown]) -> bool:
    now = has[row.account_id]
    return (row.available, row.pending) != (now.available, now.pending)


def _has(session: Session, shop: ShopId, accounts: Collection[int]) -> dict[int, Shown]:
    columns = PointsAccount.account_id, PointsMember.customer_id, PointsAccount.available, PointsAccount.pending
    theirs = and_(PointsMember.shop_id == shop, PointsMember.account_id == PointsAccount.account_id)
    mine = PointsAccount.shop_id == shop, among(session, PointsAccount.account_id, accounts)
    return {row[0]: Shown(*row) for row in session.execute(select(*columns).join(PointsMember, theirs).where(*mine))}


def being_written(session: Session, shop: ShopId, batch: int) -> list[Shown]:
    """Who is written with a batch and is there, with what is written."""
    theirs = and_(PointsMember.shop_id == shop, PointsMember.account_id == PointsShown.account_id)
    mine = PointsShown.shop_id == shop, PointsShown.batch == batch, PointsShown.gone.is_(False)
    found = select(PointsMember.customer_id, PointsShown).join(PointsShown, theirs).where(*mine)
    rows = session.execute(found.order_by(PointsShown.account_id))
    return [Shown(row.account_id, customer, row.available or 0, row.pending or 0) for customer, row in rows]


def open_batches(session: Session, shop: ShopId) -> Sequence[int]:
    """Batches of which nobody has noted what became of them."""
    sent = select(PointsShown.batch).where(PointsShown.shop_id == shop, PointsShown.batch.is_not(None))
    return [batch for batch in session.scalars(sent.distinct().order_by(PointsShown.batch)) if batch is not None]


def settle(session: Session, shop: ShopId, batch: int, accounts: Collection[int]) -> set[int]:
    """These of a batch stand there now; which of them are in it still."""
    mine = update(PointsShown).where(*_own(session, shop, accounts), PointsShown.batch == batch).values(batch=None)
    return set(session.scalars(mine.returning(PointsShown.account_id).execution_options(**_QUIETLY)))


def accounts_of_customers(session: Session, shop: ShopId, customers: Collection[int]) -> Sequence[int]:
    """Whose accounts these customers' are, as far as they have any."""
    mine = PointsMember.shop_id == shop, among(session, PointsMember.customer_id, customers)
    return session.scalars(select(PointsMember.account_id).where(*mine)).all()


def release(session: Session, shop: ShopId, batch: int, now: Instant) -> int:
    """Of the rest of a batch nobody can tell what stands there: it is to be written again; how many those are."""
    mine = update(PointsShown).where(PointsShown.shop_id == shop, PointsShown.batch == batch)
    fresh = {**_NOTHING_KNOWN, "due_at": now}
    return rows_changed(session.execute(mine.values(**fresh).execution_options(**_QUIETLY)))


def note_gone(session: Session, shop: ShopId, accounts: Collection[int]) -> None:
    """Shopify does not have the customers of these accounts."""
    _change(session, shop, accounts, gone=True, due_at=None, **_NOTHING_KNOWN)


def forget_some(session: Session, shop: ShopId, limit: int, now: Instant) -> int:
    """All that was written is gone from Shopify: have some of it be written again; how many there were."""
    known = PointsShown.shop_id == shop, PointsShown.available.is_not(None)
    some = session.scalars(select(PointsShown.account_id).where(*known).limit(limit)).all()
    _change(session, shop, some, due_at=now, **_NOTHING_KNOWN)
    return len(some)


def _change(session: Session, shop: ShopId, accounts: Collection[int], **values: Any) -> None:
    statement = update(PointsShown).where(*_own(session, shop, accounts)).values(**values)
    session.execute(statement.execution_options(**_QUIETLY))


def _own(session: Session, shop: ShopId, accounts: Collection[int]) -> tuple[Any, ...]:
    return PointsShown.shop_id == shop, among(session, PointsShown.account_id, accounts)
