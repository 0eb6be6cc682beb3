"""Promises about work: one worker at a time, nobody is waited for in vain, and what is owed is asked for."""

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased

from shopify_app.db.lease import Lease
from shopify_app.invariants.search import SHOP, Cost, moment, never
from shopify_app.orders.model import OrderRefetch
from shopify_app.orders.queries import REFETCH
from shopify_app.privacy.model import Erasure
from shopify_app.privacy.redact import ERASE
from shopify_app.reconciliation.model import Reconciliation
from shopify_app.tasks.model import ACTIVE, DONE, FAILED, RUNNING, TRANSITIONS, Task
from shopify_app.tasks.step import MOST_ATTEMPTS
from webhooks.refusals import RefusedDelivery

_OURS = Task.shop_id == SHOP
_NAMED = (Task.id.label("id"), Task.kind.label("kind"))
_FOUND = (
    Reconciliation.orders,
    Reconciliation.days,
    Reconciliation.missing,
    Reconciliation.stale,
    Reconciliation.deleted,
    Reconciliation.merged,
    Reconciliation.unsolved,
    Reconciliation.drift,
)
REBUILD = "rebuild_counts"
"""The kind of task that counts everything anew."""


def owed(kind: str) -> ColumnElement[bool]:
    """Whether the last work of a kind that was asked for has not ended well: it goes on, or failed, or was stopped."""
    last, later = aliased(Task), aliased(Task)
    done_since = select(later.id).where(
        later.shop_id == SHOP, later.kind == kind, later.state == DONE, later.created_at > last.created_at
    )
    asked = select(last.id).where(last.shop_id == SHOP, last.kind == kind, last.state != DONE)
    return asked.where(~done_since.exists()).exists()


WORK = (
    never(
        "a task is in a state that there is",
        select(*_NAMED, Task.state.label("state")).where(_OURS, Task.state.not_in(TRANSITIONS)),
        "Task {id} ({kind}) is in the unknown state {state}.",
        Cost.CHEAP,
    ),
    never(
        "one task of a kind is active",
        select(Task.kind.label("kind"), func.count().label("count"))
        .where(_OURS, Task.state.in_(ACTIVE))
        .group_by(Task.kind)
        .having(func.count() > 1),
        "{count} tasks of the kind {kind} are active at once.",
        Cost.CHEAP,
    ),
    never(
        "who runs has an owner, and nobody else",
        select(*_NAMED, Task.state.label("state")).where(
            _OURS, (Task.state == RUNNING).is_distinct_from(Task.owner.is_not(None))
        ),
        "Task {id} ({kind}) is {state}: its owner does not fit that.",
        Cost.CHEAP,
    ),
    never(
        "no dead worker keeps a step",
        select(*_NAMED).where(_OURS, Task.state == RUNNING, Task.due_at > moment("longest_step")),
        "Task {id} ({kind}) is kept by its worker for longer than any step may be silent.",
        Cost.CHEAP,
    ),
    never(
        "an active task has attempts left",
        select(*_NAMED, Task.attempts.label("attempts")).where(
            _OURS, Task.state.in_(ACTIVE), Task.attempts >= MOST_ATTEMPTS
        ),
        "Task {id} ({kind}) goes on after {attempts} failures.",
        Cost.CHEAP,
    ),
    never(
        "a task that ended says how",
        select(*_NAMED, Task.state.label("state")).where(
            _OURS,
            or_(
                and_(Task.state == FAILED, func.coalesce(Task.error, "") == ""),
                and_(Task.state != FAILED, Task.error.is_not(None)),
                and_(Task.state == DONE, Task.result.is_(None)),
            ),
        ),
        "Task {id} ({kind}) is {state}, and its sentence or result does not fit that.",
        Cost.CHEAP,
    ),
    never(
        "a task has not done what is not there",
        select(*_NAMED, Task.done.label("done"), Task.total.label("total")).where(
            _OURS, or_(Task.done < 0, Task.total < 0)
        ),
        "Task {id} ({kind}) has done {done} of {total}.",
        Cost.CHEAP,
    ),
    never(
        "no dead worker keeps a lease",
        select(Lease.purpose.label("purpose")).where(Lease.shop_id == SHOP, Lease.until > moment("longest_lease")),
        "The lease {purpose} is taken for longer than any may be.",
        Cost.CHEAP,
    ),
    never(
        "orders to be asked for again are asked for",
        select(OrderRefetch.order_id.label("order")).where(OrderRefetch.shop_id == SHOP, ~owed(REFETCH)),
        "Order {order} waits to be asked for again, and no task will.",
        Cost.CHEAP,
    ),
    never(
        "whoever is to be forgotten is searched for",
        select(Erasure.delivery_id.label("delivery")).where(Erasure.shop_id == SHOP, ~owed(ERASE)),
        "Whom delivery {delivery} names is to be forgotten, and no task searches.",
        Cost.CHEAP,
    ),
    never(
        "a night's report adds up",
        select(Reconciliation.night.label("night")).where(
            Reconciliation.shop_id == SHOP,
            or_(Reconciliation.finished_at < Reconciliation.started_at, *(column < 0 for column in _FOUND)),
        ),
        "The comparison of {night} ended before it began, or found less than nothing.",
        Cost.CHEAP,
    ),
    never(
        "a refusal is counted where there was one",
        select(RefusedDelivery.day.label("day"), RefusedDelivery.count.label("times")).where(
            RefusedDelivery.shop_id == SHOP, RefusedDelivery.count < 1
        ),
        "On {day}, {times} deliveries were refused.",
        Cost.CHEAP,
    ),
)
