"""Requesting, claiming, moving on and reading tasks; every move is one conditional UPDATE."""

import json
import uuid
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.orm import Session

from shopify_app.clock import Instant
from shopify_app.db.base import ShopId
from shopify_app.db.dialect import insert_once, rows_changed
from shopify_app.tasks.intents.queries import withdraw_all
from shopify_app.tasks.model import ACTIVE, CANCELLED, DONE, FAILED, RUNNING, TRANSITIONS, WAITING, Task
from shopify_app.tasks.view import Outcome, TaskView

LEASE_SECONDS = 60
"""How long a worker may be silent in a step before another takes the step over."""

_EMPTY = "{}"


class TaskLost(Exception):
    """The task is no longer this worker's: cancelled, or taken over. Stop and roll back."""


def request(
    session: Session,
    shop: ShopId,
    kind: str,
    arguments: Mapping[str, Any] | None,
    actor: str,
    now: Instant,
) -> str:
    """Ask for work of this kind; the id of the task, which is the active one when there is one already.

    An active one that has begun will begin anew after its end, for the sake of what changed since it began.
    """
    fresh = uuid.uuid4().hex
    row = {
        "shop_id": shop,
        "id": fresh,
        "kind": kind,
        "arguments": json.dumps(dict(arguments or {})),
        "state": WAITING,
        "done": 0,
        "cursor": _EMPTY,
        "due_at": now,
        "attempts": 0,
        "again": False,
        "rounds": 0,
        "actor": actor,
        "created_at": now,
        "updated_at": now,
    }
    while not insert_once(session, Task, row):
        # The active one may end between the two statements: then there is room for ours.
        active = _ask_again(session, shop, kind)
        if active is not None:
            return active
    return fresh


def _ask_again(session: Session, shop: ShopId, kind: str) -> str | None:
    # Also the row that needs no mark is written: its worker's claim has to wait for the caller's
    # transaction, and so sees what the caller changed.
    begun = or_(Task.state == RUNNING, Task.cursor != _EMPTY)
    statement = (
        update(Task)
        .where(Task.shop_id == shop, Task.kind == kind, Task.state.in_(ACTIVE))
        .values(again=or_(Task.again, begun))
        .returning(Task.id)
        .execution_options(synchronize_session=False)
    )
    return session.scalar(statement)


def get(session: Session, shop: ShopId, task_id: str) -> TaskView | None:
    """A task of this shop, or None: also when it is another shop's."""
    row = session.scalar(select(Task).where(Task.shop_id == shop, Task.id == task_id))
    return _view(row) if row else None


def latest(session: Session, shop: ShopId, kind: str) -> TaskView | None:
    """The task of this kind that was requested last, whatever became of it."""
    statement = (
        select(Task)
        .where(Task.shop_id == shop, Task.kind == kind)
        .order_by(Task.created_at.desc(), Task.state.in_(ACTIVE).desc(), Task.id)
        .limit(1)
    )
    row = session.scalar(statement)
    return _view(row) if row else None


def due(session: Session, now: Instant, limit: int = 100) -> list[tuple[ShopId, str]]:
    """Tasks of all shops with a step to run now, longest due first; those of dead workers included."""
    statement = (
        select(Task.shop_id, Task.id).where(_runnable(now)).order_by(Task.due_at, Task.shop_id, Task.id).limit(limit)
    )
    return [(ShopId(shop), task_id) for shop, task_id in session.execute(statement)]


def cancel(session: Session, shop: ShopId, task_id: str, now: Instant) -> bool:
    """Stop a task for good; a step that runs now finds out at its next save. False when it had ended."""
    return _move(session, shop, task_id, CANCELLED, {"cursor": _EMPTY, "updated_at": now, "owner": None})


def cancel_all(session: Session, shop: ShopId, now: Instant) -> None:
    """Stop everything that is active for a shop; what it meant to do outside and has not begun is not done."""
    statement = (
        update(Task)
        .where(Task.shop_id == shop, Task.state.in_(ACTIVE))
        .values(state=CANCELLED, cursor=_EMPTY, owner=None, updated_at=now)
    )
    session.execute(statement)
    withdraw_all(session, shop, now)


def delete_all(session: Session, shop: ShopId) -> None:
    """Forget every task of a shop."""
    session.execute(delete(Task).where(Task.shop_id == shop))


def abandon_running(session: Session, now: Instant) -> None:
    """Let every running step be taken over at once: their workers are known to be gone."""
    session.execute(update(Task).where(Task.state == RUNNING, Task.due_at > now).values(due_at=now))


def leave_out(session: Session, shop: ShopId, numbers: Collection[int]) -> None:
    """Take these numbers out of the lists that active tasks keep in their cursors: 0 stands in their places.

    Until the caller's transaction ends, no step of theirs is saved: whoever saves next sees what the caller changed.
    """
    active = select(Task.id, Task.cursor).where(Task.shop_id == shop, Task.state.in_(ACTIVE)).with_for_update()
    for task_id, cursor in session.execute(active).all():
        kept = json.dumps({name: _without(numbers, value) for name, value in json.loads(cursor).items()})
        if kept != cursor:
            session.execute(
                update(Task)
                # Whoever saved another cursor meanwhile knew of none of this: at the task's end it goes too.
                .where(Task.shop_id == shop, Task.id == task_id, Task.cursor == cursor)
                .values(cursor=kept)
                .execution_options(synchronize_session=False)
            )


def _without(numbers: Collection[int], value: Any) -> Any:
    return [0 if one in numbers else one for one in value] if isinstance(value, list) else value


def hasten(session: Session, shop: ShopId, kind: str, now: Instant) -> bool:
    """Let the waiting task of this kind run its next step now instead of later."""
    statement = (
        update(Task)
        .where(Task.shop_id == shop, Task.kind == kind, Task.state == WAITING, Task.due_at > now)
        .values(due_at=now)
    )
    return rows_changed(session.execute(statement)) == 1


def claim(session: Session, shop: ShopId, task_id: str, owner: str, now: Instant) -> bool:
    """Take the next step of a task, unless it is not due, ended, or in living hands."""
    values = {"owner": owner, "due_at": _lease_end(now), "updated_at": now}
    return _move(session, shop, task_id, RUNNING, values, _runnable(now))


def save(session: Session, task: TaskView, outcome: Outcome, now: Instant) -> None:
    """Keep a running step's progress and renew its lease; TaskLost when it is no longer ours."""
    values = {**_progress(outcome), "due_at": _lease_end(now), "updated_at": now}
    _move_ours(session, task, RUNNING, values)


def end_step(session: Session, task: TaskView, outcome: Outcome, now: Instant) -> None:
    """Store what a step left behind: done, or waiting for the next step; TaskLost when it is not ours.

    Done means waiting for its first step when it was asked for again meanwhile.
    """
    values = {**_progress(outcome), "attempts": 0, "owner": None, "updated_at": now}
    if outcome.finished:
        result = json.dumps(dict(outcome.result or {}))
        _end(session, task, DONE, {**values, "result": result})
    else:
        _move_ours(session, task, WAITING, {**values, "due_at": now + timedelta(seconds=outcome.wait)})


def put_back(session: Session, task: TaskView, wait: float, attempts: int, now: Instant) -> None:
    """Leave the step to be run again from the same cursor after `wait` seconds; TaskLost as in `save`."""
    values = {"attempts": attempts, "owner": None, "due_at": now + timedelta(seconds=wait), "updated_at": now}
    _move_ours(session, task, WAITING, values)


def fail(session: Session, task: TaskView, sentence: str, now: Instant) -> None:
    """End the task with a sentence for the merchant; TaskLost when it is not ours.

    Whoever asked for it again meanwhile may have removed the cause: then it begins anew instead.
    """
    values = {"error": sentence, "attempts": task.attempts + 1, "owner": None, "updated_at": now}
    _end(session, task, FAILED, values)


def _lease_end(now: Instant) -> Instant:
    return Instant(now + timedelta(seconds=LEASE_SECONDS))


def _runnable(now: Instant) -> Any:
    # A worker that died leaves its task running, with a lease end in `due_at` that has passed.
    return or_(
        and_(Task.state == WAITING, Task.due_at <= now),
        and_(Task.state == RUNNING, Task.due_at < now),
    )


def _move(session: Session, shop: ShopId, task_id: str, to: str, values: Mapping[str, Any], *conditions: Any) -> bool:
    sources = [state for state, targets in TRANSITIONS.items() if to in targets]
    statement = (
        update(Task)
        .where(Task.shop_id == shop, Task.id == task_id, Task.state.in_(sources), *conditions)
        .values(state=to, **values)
        .execution_options(synchronize_session=False)
    )
    return rows_changed(session.execute(statement)) == 1


def _move_ours(session: Session, task: TaskView, to: str, values: Mapping[str, Any]) -> None:
    if not _move(session, task.shop, task.id, to, values, *_ours(task)):
        raise TaskLost(f"shop {task.shop}: {task.kind} {task.id}")


def _end(session: Session, task: TaskView, to: str, values: Mapping[str, Any]) -> None:
    # Nobody goes on from there, and the cursor may have numbers of customers.
    ended = {**values, "cursor": _EMPTY}
    if _move(session, task.shop, task.id, to, ended, *_ours(task), Task.again.is_(False)):
        return
    now = values["updated_at"]
    fresh = {"cursor": _EMPTY, "done": 0, "total": None, "attempts": 0, "again": False, "rounds": Task.rounds + 1}
    _move_ours(session, task, WAITING, {**fresh, "owner": None, "due_at": now, "updated_at": now})


def _ours(task: TaskView) -> tuple[Any, Any]:
    return Task.state == RUNNING, Task.owner == task.owner


def _progress(outcome: Outcome) -> dict[str, Any]:
    return {"cursor": json.dumps(dict(outcome.cursor)), "done": outcome.done, "total": outcome.total}


def _view(row: Task) -> TaskView:
    return TaskView(
        shop=ShopId(row.shop_id),
        id=row.id,
        kind=row.kind,
        state=row.state,
        arguments=json.loads(row.arguments),
        cursor=json.loads(row.cursor),
        done=row.done,
        total=row.total,
        error=row.error,
        result=json.loads(row.result) if row.result else None,
        attempts=row.attempts,
        owner=row.owner,
        actor=row.actor,
        due_at=row.due_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
        rounds=row.rounds,
    )
