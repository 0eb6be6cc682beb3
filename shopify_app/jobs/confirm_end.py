"""News that a shop is gone, of which nobody can tell whether it is from before the shop came back: Shopify is asked.

`shopify_app/shops/uninstall.py:in_doubt` says when. A shop is not ended, and surely not erased, on a guess; nor is
a redaction forgotten because Shopify cannot be reached today.
"""

import logging
from collections.abc import Callable

from shopify_app.admin_api.client import AdminApi
from shopify_app.admin_api.errors import AccessDenied, AccessRevoked, Rejected
from shopify_app.clock import Instant
from shopify_app.db.base import Database, Session, ShopId
from shopify_app.errors import AppError
from shopify_app.jobs.drain_turn import DrainTurns
from shopify_app.privacy.queries import delete_shop
from shopify_app.privacy.redact import search_on
from shopify_app.shops.granted import granted_scopes
from shopify_app.shops.model import INSTALLED, Shop
from shopify_app.shops.queries import get_shop, lock_shop
from shopify_app.shops.uninstall import end
from shopify_app.tasks.queries import save
from shopify_app.tasks.view import Outcome, Step, TaskView
from webhooks.inbox import drop_shop

_AGAIN = 600.0
"""Seconds after which Shopify is asked again when it would not say."""
_TURN_WAIT = 1.0
_NO_DELIVERY = 0
_log = logging.getLogger(__name__)
_End = Callable[[Session, Shop, Instant], None]


def confirm_uninstall(database: Database, admin: AdminApi, turns: DrainTurns) -> Step:
    """The step: marks the shop as uninstalled if Shopify lets us in no longer."""

    def ended(session: Session, row: Shop, now: Instant) -> None:
        if row.state == INSTALLED:
            end(session, row, now)
            search_on(session, ShopId(row.id), now)

    return _confirm(database, admin, turns, ended)


def confirm_redaction(database: Database, admin: AdminApi, turns: DrainTurns) -> Step:
    """The step: deletes the shop, this task with it, if Shopify lets us in no longer."""

    def ended(session: Session, row: Shop, _now: Instant) -> None:
        domain = row.domain
        delete_shop(session, ShopId(row.id))
        drop_shop(session, domain, but=_NO_DELIVERY)

    return _confirm(database, admin, turns, ended)


def _confirm(database: Database, admin: AdminApi, turns: DrainTurns, ended: _End) -> Step:
    def step(task: TaskView, _now: Instant) -> Outcome:
        with database.reading() as session:
            since = get_shop(session, task.shop).installed_at
        installed = _lets_us_in(admin, task)
        if installed is None:
            return Outcome(wait=_AGAIN)

        def work(session: Session, now: Instant) -> None:
            row = lock_shop(session, task.shop)
            save(session, task, Outcome(), now)
            # Installed again while Shopify was asked: what it said is of the time before.
            if row.installed_at == since:
                ended(session, row, now)

        if not installed and not turns.take(task.shop, task.owner or task.id, work):
            return Outcome(wait=_TURN_WAIT)
        return Outcome(finished=True, result={"installed": installed})

    return step


def _lets_us_in(admin: AdminApi, task: TaskView) -> bool | None:
    """Whether the shop's token still opens it; None when Shopify would not say."""
    try:
        granted_scopes(admin, task.shop)
    except AccessRevoked:
        return False
    except (AccessDenied, Rejected):
        # A token that is good, but does not reach this far.
        return True
    except AppError as error:
        _log.warning("shop %s: %s cannot be decided yet: %s", task.shop, task.kind, type(error).__name__)
        return None
    return True
