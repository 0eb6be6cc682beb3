"""Noting what was asked for people's sake, keeping answers for the merchant, and what an erasure has done."""

import json
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, and_, exists, select, update
from sqlalchemy.orm import Session

from shopify_app.clock import Instant
from shopify_app.db.base import ShopId
from shopify_app.db.dialect import rows_changed
from shopify_app.privacy.model import Erasure, PrivacyRequest

DATA_REQUEST, ERASURE = "data_request", "customer_redact"
"""What is asked for: what is held of a customer, or that the customer be forgotten."""

SHOPIFY = "shopify"
"""Who asks, on behalf of a customer or of the shop."""

_REDACTED = "system:redact"
_OVER = "system:purge"


def add_request(
    session: Session, shop: ShopId, kind: str, times: tuple[Instant, Instant, Instant], actor: str, orders: int
) -> PrivacyRequest:
    """Note a request that has been acted on; `times` are when it was asked for, when it is due, and now."""
    asked, due, now = times
    row = PrivacyRequest(
        shop_id=shop, kind=kind, received_at=asked, due_at=due, done_at=now, actor=actor, orders=orders
    )
    session.add(row)
    session.flush()
    return row


def answer_context(request_id: int) -> str:
    """What an answer is sealed with, so that it cannot be taken for another's."""
    return f"data request {request_id}"


def get_request(session: Session, shop: ShopId, request_id: int) -> PrivacyRequest | None:
    """A request of this shop, or None: also when it is another shop's."""
    return session.scalar(select(PrivacyRequest).where(PrivacyRequest.shop_id == shop, PrivacyRequest.id == request_id))


def requests_before(session: Session, shop: ShopId, before: int | None, limit: int) -> Sequence[PrivacyRequest]:
    """The shop's next requests of either kind, newest first, from below that id on."""
    statement = select(PrivacyRequest).where(PrivacyRequest.shop_id == shop)
    if before is not None:
        statement = statement.where(PrivacyRequest.id < before)
    return session.scalars(statement.order_by(PrivacyRequest.id.desc()).limit(limit)).all()


def answered(session: Session, shop: ShopId) -> Sequence[PrivacyRequest]:
    """The data requests whose answers are still there, newest first."""
    there = and_(PrivacyRequest.shop_id == shop, PrivacyRequest.answer.is_not(None))
    return session.scalars(select(PrivacyRequest).where(there).order_by(PrivacyRequest.id.desc())).all()


def still_searched(session: Session, shop: ShopId, ids: Collection[int]) -> set[int]:
    """Those of these erasures for whose sake kept deliveries are still being searched."""
    found = select(Erasure.request_id).where(Erasure.shop_id == shop, Erasure.request_id.in_(ids))
    return {request for request in session.scalars(found) if request is not None}


def note_handed(session: Session, shop: ShopId, request_id: int, now: Instant) -> None:
    """Remember when the answer was downloaded first."""
    session.execute(
        update(PrivacyRequest)
        .where(_is(shop, request_id), PrivacyRequest.handed_at.is_(None), PrivacyRequest.answer.is_not(None))
        .values(handed_at=now)
        .execution_options(synchronize_session=False)
    )


def drop_answer(session: Session, shop: ShopId, request_id: int, actor: str, now: Instant) -> bool:
    """Delete an answer, and remember who did; False when it was gone already."""
    return _drop(session, _is(shop, request_id), actor, now) == 1


def drop_answers(session: Session, shop: ShopId, hashes: Collection[str], now: Instant) -> int:
    """Delete collected answers about the named customers, who have just been redacted; how many there were."""
    rows = answered(session, shop)
    named = [row.id for row in rows if set(row.about.split()) & set(hashes)]
    ours = and_(PrivacyRequest.shop_id == shop, PrivacyRequest.id.in_(named))
    return _drop(session, ours, _REDACTED, now) if named else 0


def shops_with_old_answers(session: Session, before: Instant) -> list[ShopId]:
    """Shops that have an answer which was collected before that moment."""
    found = select(PrivacyRequest.shop_id).where(PrivacyRequest.answer.is_not(None), PrivacyRequest.done_at < before)
    return [ShopId(shop) for shop in session.scalars(found.distinct())]


def drop_old_answers(session: Session, shop: ShopId, before: Instant, now: Instant) -> None:
    """Delete the shop's answers from before that moment."""
    _drop(session, and_(PrivacyRequest.shop_id == shop, PrivacyRequest.done_at < before), _OVER, now)


def _is(shop: ShopId, request_id: int) -> ColumnElement[bool]:
    return and_(PrivacyRequest.shop_id == shop, PrivacyRequest.id == request_id)


def _drop(session: Session, which: ColumnElement[bool], actor: str, now: Instant) -> int:
    statement = (
        update(PrivacyRequest)
        .where(which, PrivacyRequest.answer.is_not(None))
        .values(answer=None, about="", dropped_at=now, dropped_by=actor)
    )
    return rows_changed(session.execute(statement))


def note_counts(request: PrivacyRequest, counts: Mapping[str, int], emptied: int) -> None:
    """Say in an erasure's certificate of which table how many rows were renamed or deleted, and what was emptied."""
    request.counts, request.emptied = json.dumps({name: n for name, n in counts.items() if n}), emptied


def count_emptied(session: Session, shop: ShopId, emptied: Mapping[int, int]) -> None:
    """Add deliveries that were emptied to the certificates of those whom they named."""
    for request_id, count in sorted(emptied.items()):
        session.execute(
            update(PrivacyRequest)
            .where(_is(shop, request_id))
            .values(emptied=PrivacyRequest.emptied + count)
            .execution_options(synchronize_session=False)
        )


def note_searched(session: Session, shop: ShopId, over: ColumnElement[bool], now: Instant) -> None:
    """Say in the certificates of those whose searches end now, by a condition on them, that all was searched."""
    ending = exists().where(Erasure.shop_id == shop, Erasure.request_id == PrivacyRequest.id, over)
    session.execute(
        update(PrivacyRequest)
        .where(PrivacyRequest.shop_id == shop, ending)
        .values(searched_at=now)
        .execution_options(synchronize_session=False)
    )
