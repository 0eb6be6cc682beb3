"""What stands in Shopify of our segments, what is to change about it, and what is being changed."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.orm import Session

from shopify_app.clock import Instant
from shopify_app.customers.nobody import is_erased
from shopify_app.db.base import ShopId
from shopify_app.db.dialect import among, bulk_upsert, insert_once, rows_changed
from shopify_app.segments.outward.model import ADD, DROP, IN, SegmentMember, WrittenSegment

Members = Select[tuple[int]]
"""A query that gives the numbers of customers, each once, and nothing else."""

_QUIETLY = {"synchronize_session": False}


def written(session: Session, shop: ShopId, segment: str) -> WrittenSegment | None:
    """What was asked for of a segment, as it is now; None where nothing ever was."""
    return session.get(WrittenSegment, (shop, segment), populate_existing=True)


def next_due(session: Session, shop: ShopId, refused: Collection[str] = ()) -> WrittenSegment | None:
    """A segment of which something was asked for that is not done; those that make room for others come first.

    Not one of those that were `refused`.
    """
    waiting = select(WrittenSegment).where(
        WrittenSegment.shop_id == shop,
        WrittenSegment.asked > WrittenSegment.answered,
        WrittenSegment.segment.not_in(refused),
    )
    return session.scalar(waiting.order_by(WrittenSegment.wanted, WrittenSegment.segment).limit(1))


def kept_in_shopify(session: Session, shop: ShopId) -> list[str]:
    """The segments that are to be in Shopify, in one way or another."""
    kept = select(WrittenSegment.segment).where(
        WrittenSegment.shop_id == shop, WrittenSegment.wanted.is_(True) | WrittenSegment.tag_wanted.is_(True)
    )
    return list(session.scalars(kept.order_by(WrittenSegment.segment)))


def ask_for(session: Session, shop: ShopId, segment: str, title: str, *, tag: str | None, wanted: bool) -> None:
    """Note what is to be in Shopify of a segment, whatever is there now."""
    values = {"title": title, "wanted": wanted, "tag_wanted": tag is not None}
    fresh = {"asked": 0, "answered": 0, "epoch": 0, "batches": 0, "tag": None}
    insert_once(session, WrittenSegment, {"shop_id": shop, "segment": segment, **values, **fresh})
    # Until it has been taken off, a tag that is no longer wanted must be known.
    change(session, shop, segment, **values, asked=WrittenSegment.asked + 1, **({"tag": tag} if tag else {}))


def change(session: Session, shop: ShopId, segment: str, **values: Any) -> None:
    """Change columns of a segment's row."""
    statement = update(WrittenSegment).where(WrittenSegment.shop_id == shop, WrittenSegment.segment == segment)
    session.execute(statement.values(**values).execution_options(**_QUIETLY))


def counts(session: Session, shop: ShopId, segment: str, medium: int, members: Members | None) -> tuple[int, int]:
    """How many customers are to be written, and to be taken off, for these to be all; None is nobody."""
    theirs = _theirs(shop, segment, medium)
    if members is None:
        return 0, session.scalar(select(func.count()).select_from(SegmentMember).where(*theirs)) or 0
    wanted = members.subquery()
    number = wanted.c[0]
    stays = select(SegmentMember.customer_id).where(*theirs, SegmentMember.state == IN)
    fresh = select(func.count()).select_from(wanted).where(number.not_in(stays))
    gone = select(func.count()).select_from(SegmentMember)
    gone = gone.where(*theirs, SegmentMember.customer_id.not_in(select(number)))
    return session.scalar(fresh) or 0, session.scalar(gone) or 0


def page_of(session: Session, members: Members, after: int, size: int) -> list[int]:
    """Members above a number, in order."""
    found = members.subquery()
    number = found.c[0]
    return list(session.scalars(select(number).where(number > after).order_by(number).limit(size)))


def compare(
    session: Session, shop: ShopId, segment: str, medium: int, wanted: Sequence[int], after: int, upto: int | None
) -> None:
    """Of customers above one number, up to another or to the last: let these be members, and nobody else."""
    place = [*_theirs(shop, segment, medium), SegmentMember.customer_id > after]
    if upto is not None:
        place.append(SegmentMember.customer_id <= upto)
    known = {row.customer_id: row.state for row in session.execute(select(*_STATES).where(*place))}
    members = set(wanted)
    turned = [(one, ADD) for one in wanted if known.get(one, DROP) == DROP]
    # What was to be written may have been, by a call whose answer was lost: it is taken off, too.
    turned += [(one, DROP) for one, state in known.items() if one not in members and state != DROP]
    bulk_upsert(session, SegmentMember, [_row(shop, segment, medium, *one) for one in sorted(turned)])


def _row(shop: ShopId, segment: str, medium: int, customer: int, state: str) -> dict[str, Any]:
    place = {"shop_id": shop, "segment": segment, "medium": medium, "customer_id": customer}
    return {**place, "state": state, "batch": None}


def count_open(session: Session, shop: ShopId, segment: str, medium: int, states: Collection[str]) -> int:
    """How many customers are still to be written so."""
    open_ = select(func.count()).select_from(SegmentMember)
    return session.scalar(open_.where(*_theirs(shop, segment, medium), SegmentMember.state.in_(states))) or 0


def assign(
    session: Session, shop: ShopId, segment: str, medium: int, states: Collection[str], batch: int, size: int
) -> int:
    """Put so many of those who are to be written, and whom nobody writes yet, into a batch; how many there were."""
    place = (*_theirs(shop, segment, medium), SegmentMember.state.in_(states))
    free = select(SegmentMember.customer_id).where(*place, SegmentMember.state != IN, SegmentMember.batch.is_(None))
    chosen = list(session.scalars(free.order_by(SegmentMember.customer_id).limit(size)))
    if chosen:
        mine = update(SegmentMember).where(*place, among(session, SegmentMember.customer_id, chosen))
        session.execute(mine.values(batch=batch).execution_options(**_QUIETLY))
    return len(chosen)


def next_batch(session: Session, shop: ShopId, segment: str) -> int:
    """A number that no batch of this segment ever had."""
    raised = (
        update(WrittenSegment)
        .where(WrittenSegment.shop_id == shop, WrittenSegment.segment == segment)
        .values(batches=WrittenSegment.batches + 1)
        .returning(WrittenSegment.batches)
        .execution_options(**_QUIETLY)
    )
    return session.scalars(raised).one()


def open_batches(session: Session, shop: ShopId, segment: str, medium: int) -> list[int]:
    """The batches that are being written, oldest first."""
    sent = select(SegmentMember.batch).where(*_theirs(shop, segment, medium), SegmentMember.batch.is_not(None))
    return [batch for batch in session.scalars(sent.distinct().order_by(SegmentMember.batch)) if batch is not None]


def of_batch(session: Session, shop: ShopId, segment: str, medium: int, batch: int) -> list[tuple[int, str]]:
    """The customers of a batch, and what is to become of each."""
    mine = select(*_STATES).where(*_theirs(shop, segment, medium), SegmentMember.batch == batch)
    found = session.execute(mine.order_by(SegmentMember.customer_id))
    return [(row.customer_id, row.state) for row in found]


def settle(
    session: Session, shop: ShopId, segment: str, medium: int, batch: int, done: Collection[int] | None = None
) -> int:
    """These of a batch, or all of it, are written as they were to be; how many there were."""
    mine = [*_theirs(shop, segment, medium), SegmentMember.batch == batch]
    if done is not None:
        mine.append(among(session, SegmentMember.customer_id, done))
    off = delete(SegmentMember).where(*mine, SegmentMember.state == DROP)
    count = rows_changed(session.execute(off.execution_options(**_QUIETLY)))
    on = update(SegmentMember).where(*mine).values(state=IN, batch=None)
    return count + rows_changed(session.execute(on.execution_options(**_QUIETLY)))


def release(session: Session, shop: ShopId, segment: str, medium: int, batch: int) -> int:
    """Whoever of a batch is not known to be written is to be written again; how many those are."""
    mine = update(SegmentMember).where(*_theirs(shop, segment, medium), SegmentMember.batch == batch)
    return rows_changed(session.execute(mine.values(batch=None).execution_options(**_QUIETLY)))


def drop_all(session: Session, shop: ShopId, segment: str, medium: int, limit: int) -> int:
    """Forget some of the members, who were taken off all at once; how many there were."""
    place = _theirs(shop, segment, medium)
    some = select(SegmentMember.customer_id).where(*place).order_by(SegmentMember.customer_id).limit(limit)
    chosen = list(session.scalars(some))
    _forget(session, *place, among(session, SegmentMember.customer_id, chosen))
    return len(chosen)


def drop_members(session: Session, shop: ShopId, customers: Collection[int]) -> int:
    """Forget on whom of these anything was written: they are to be forgotten, or are no more; how many rows."""
    if not customers:
        return 0
    return _forget(session, SegmentMember.shop_id == shop, among(session, SegmentMember.customer_id, customers))


def join_members(session: Session, shop: ShopId, merged: Mapping[int, int]) -> None:
    """Customers were merged into others: what stands in Shopify on those who were kept is no longer known for sure."""
    if not merged:
        return
    named = {*merged, *merged.values()}
    statement = select(SegmentMember.segment, SegmentMember.medium, *_STATES, SegmentMember.batch).where(
        SegmentMember.shop_id == shop, among(session, SegmentMember.customer_id, named)
    )
    found = session.execute(statement).all()
    known = {(row.segment, row.medium, row.customer_id): (row.state, row.batch) for row in found}
    fresh = {}
    for row in found:
        if row.customer_id in merged and not is_erased(merged[row.customer_id]):
            place = (row.segment, row.medium, merged[row.customer_id])
            state, batch = known.get(place, (DROP, None))
            fresh[place] = (ADD if state == IN else state, batch)
    drop_members(session, shop, merged.keys())
    rows = [{**_row(shop, *place, state), "batch": batch} for place, (state, batch) in sorted(fresh.items())]
    bulk_upsert(session, SegmentMember, rows)


_STATES = (SegmentMember.customer_id, SegmentMember.state)


def _theirs(shop: ShopId, segment: str, medium: int) -> tuple[Any, ...]:
    return SegmentMember.shop_id == shop, SegmentMember.segment == segment, SegmentMember.medium == medium


def _forget(session: Session, *conditions: Any) -> int:
    return rows_changed(session.execute(delete(SegmentMember).where(*conditions).execution_options(**_QUIETLY)))


def stands(session: Session, shop: ShopId, segment: str, medium: int) -> int:
    """On how many customers it is written, for all we know."""
    mine = select(func.count()).select_from(SegmentMember).where(*_theirs(shop, segment, medium))
    return session.scalar(mine.where(SegmentMember.state == IN)) or 0


def note_written(session: Session, shop: ShopId, segment: str, asked: int, now: Instant) -> None:
    """All that had been asked for of a segment by then is done."""
    change(session, shop, segment, answered=asked, written_at=now)


def ask_again(session: Session, shop: ShopId, segment: str, **values: Any) -> None:
    """Have a segment looked at again, with these of its columns changed."""
    change(session, shop, segment, **values, asked=WrittenSegment.asked + 1)
