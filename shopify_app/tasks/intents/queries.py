"""Planning, sending, settling and reading intents; every move is one conditional UPDATE."""

import json
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from shopify_app.clock import Instant
from shopify_app.db.base import ShopId
from shopify_app.db.dialect import insert_once, rows_changed
from shopify_app.errors import NotFound
from shopify_app.tasks.intents.kind import IntentView
from shopify_app.tasks.intents.model import PLANNED, REFUSED, SENT, TRANSITIONS, UNKNOWN, Intent


def plan(
    session: Session, shop: ShopId, kind: str, key: str, arguments: Mapping[str, Any], actor: str, now: Instant
) -> bool:
    """Write down an effect to have, due now; False, and nothing changes, when its key is known already."""
    row = {
        "shop_id": shop,
        "kind": kind,
        "key": key,
        "arguments": json.dumps(dict(arguments)),
        "state": PLANNED,
        "attempts": 0,
        "lost": 0,
        "due_at": now,
        "actor": actor,
        "created_at": now,
        "updated_at": now,
    }
    return insert_once(session, Intent, row)


def get(session: Session, shop: ShopId, kind: str, key: str) -> IntentView:
    """The shop's intent of this key; NotFound when it has none."""
    row = session.scalar(select(Intent).where(Intent.shop_id == shop, Intent.kind == kind, Intent.key == key))
    if row is None:
        raise NotFound
    return _view(row)


def is_planned(session: Session, shop: ShopId, kind: str, key: str) -> bool:
    """Whether the shop has an intent of this key, whatever became of it."""
    mine = select(Intent.shop_id).where(Intent.shop_id == shop, Intent.kind == kind, Intent.key == key)
    return session.scalar(mine) is not None


def due_intents(
    session: Session, kinds: Collection[str], now: Instant, limit: int = 100
) -> list[tuple[ShopId, str, str]]:
    """Shop, kind and key of what is to be sent or looked at now in all shops, longest due first."""
    statement = (
        select(Intent.shop_id, Intent.kind, Intent.key)
        .where(Intent.due_at <= now, Intent.kind.in_(kinds))
        .order_by(Intent.due_at, Intent.shop_id, Intent.kind, Intent.key)
        .limit(limit)
    )
    return [(ShopId(shop), kind, key) for shop, kind, key in session.execute(statement)]


def unknown_intents(session: Session, shop: ShopId) -> list[IntentView]:
    """The shop's effects of which nobody can tell whether they happened, oldest first."""
    statement = (
        select(Intent)
        .where(Intent.shop_id == shop, Intent.state == UNKNOWN)
        .order_by(Intent.created_at, Intent.kind, Intent.key)
    )
    return [_view(row) for row in session.scalars(statement)]


def intents_of(session: Session, shop: ShopId, kind: str, states: Collection[str]) -> list[IntentView]:
    """The shop's intents of a kind that are in one of these states."""
    own = Intent.shop_id == shop, Intent.kind == kind, Intent.state.in_(states)
    return [_view(row) for row in session.scalars(select(Intent).where(*own).order_by(Intent.created_at, Intent.key))]


def mark_sent(session: Session, intent: IntentView, owner: str, until: Instant, now: Instant) -> bool:
    """Take a planned intent that is due, to send it once this is committed; its answer is awaited until `until`.

    False when it is not due yet or another worker has moved it.
    """
    values = {
        "attempts": intent.attempts + 1,
        "owner": owner,
        "due_at": until,
        "sent_at": now,
        "updated_at": now,
    }
    return _move(session, intent, SENT, values, Intent.due_at <= now)


def settle(session: Session, intent: IntentView, to: str, values: Mapping[str, Any], now: Instant) -> bool:
    """Store what became of the sending that `intent` shows; False when somebody was there first."""
    return _move(session, intent, to, {"due_at": None, **values, "updated_at": now})


def withdraw_all(session: Session, shop: ShopId, now: Instant) -> None:
    """Let nothing of a shop be sent that was not sent yet."""
    statement = (
        update(Intent)
        .where(Intent.shop_id == shop, Intent.state == PLANNED)
        .values(state=REFUSED, due_at=None, updated_at=now)
        .execution_options(synchronize_session=False)
    )
    session.execute(statement)


def _move(session: Session, intent: IntentView, to: str, values: Mapping[str, Any], *conditions: Any) -> bool:
    sources = [state for state, targets in TRANSITIONS.items() if to in targets]
    statement = (
        update(Intent)
        .where(
            Intent.shop_id == intent.shop,
            Intent.kind == intent.kind,
            Intent.key == intent.key,
            Intent.state.in_(sources),
            # Else a worker that slept could speak about another sending than its own.
            Intent.attempts == intent.attempts,
            *conditions,
        )
        .values(state=to, **values)
        .execution_options(synchronize_session=False)
    )
    return rows_changed(session.execute(statement)) == 1


def _view(row: Intent) -> IntentView:
    return IntentView(
        shop=ShopId(row.shop_id),
        kind=row.kind,
        key=row.key,
        arguments=json.loads(row.arguments),
        state=row.state,
        attempts=row.attempts,
        lost=row.lost,
        due_at=row.due_at,
        sent_at=row.sent_at,
        outcome=json.loads(row.outcome) if row.outcome else None,
        error=row.error,
        actor=row.actor,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
