"""Running one step of a task: claim it, do it, store what came of it."""

import logging
import uuid
from collections.abc import Mapping

from shopify_app.admin_api.errors import AccessDenied, AccessRevoked, NotApproved, Rejected, ShopClosed
from shopify_app.clock import Instant
from shopify_app.db.base import Database, ShopId
from shopify_app.db.lease import LeaseLost
from shopify_app.errors import AppError, NotFound
from shopify_app.tasks import queries
from shopify_app.tasks.queries import TaskLost
from shopify_app.tasks.view import Step, TaskView

MOST_ATTEMPTS = 8
BROKEN = "Something went wrong on our side. Try again; if it fails again, please contact support."

_FIRST_PAUSE = 2.0
_LONGEST_PAUSE = 300.0
_HOPELESS = (AccessRevoked, AccessDenied, ShopClosed, Rejected, NotFound)
_log = logging.getLogger(__name__)


class GiveUp(AppError):
    """Trying again would not help: the task fails at once, with this sentence for the merchant."""


def run_step(
    database: Database, steps: Mapping[str, Step], shop: ShopId, task_id: str, owner: str, now: Instant
) -> bool:
    """Run the next step of a task if it is due and free; True when a step was run.

    `owner` names the worker, for whoever reads the table.
    """
    # Each step has a name of its own: a thread that hung past its lease must not pass for its successor.
    owner = f"{owner[:48]} {uuid.uuid4().hex[:12]}"
    with database.transaction() as session:
        if not queries.claim(session, shop, task_id, owner, now):
            return False
        task = queries.get(session, shop, task_id)
    if task is not None:
        _settle(database, steps, task, now)
    return True


def pause(attempts: int) -> float:
    """Seconds to wait after so many failures in a row: doubling, up to five minutes."""
    return min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** max(0, attempts - 1))


def _settle(database: Database, steps: Mapping[str, Step], task: TaskView, now: Instant) -> None:
    try:
        outcome = steps[task.kind](task, now)
        with database.transaction() as session:
            queries.end_step(session, task, outcome, now)
    except TaskLost:
        _log.info("shop %s: %s %s was taken over or cancelled", task.shop, task.kind, task.id)
    except Exception as error:
        _failed(database, task, error, now)


def _failed(database: Database, task: TaskView, error: Exception, now: Instant) -> None:
    try:
        with database.transaction() as session:
            if isinstance(error, LeaseLost):
                queries.put_back(session, task, _FIRST_PAUSE, task.attempts, now)
            elif isinstance(error, (GiveUp, *_HOPELESS)) or task.attempts + 1 >= MOST_ATTEMPTS:
                # Until Shopify approves the app every shop's does, each night: one line is enough.
                log, why = (_log.warning, None) if isinstance(error, NotApproved) else (_log.error, error)
                log("shop %s: %s failed: %s", task.shop, task.kind, type(error).__name__, exc_info=why)
                queries.fail(session, task, error.message if isinstance(error, AppError) else BROKEN, now)
            else:
                _log.warning("shop %s: %s will be tried again", task.shop, task.kind, exc_info=error)
                queries.put_back(session, task, pause(task.attempts + 1), task.attempts + 1, now)
    except TaskLost:
        _log.info("shop %s: %s %s had gone on without us", task.shop, task.kind, task.id)
