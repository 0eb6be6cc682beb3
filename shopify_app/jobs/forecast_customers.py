"""Working out what to expect of each customer, at the end of the night and when a history has been counted.

Three phases: fitting to all customers, holding the same against the last 90 days, and telling of each customer, some
at a time. How sure anything is depends on whole days, so that it is done again in the night alone.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from shopify_app.clock import Clock, Instant, LocalDay, local_day
from shopify_app.customers.queries import count_redacted
from shopify_app.db.base import Database, Session, ShopId
from shopify_app.retention.forecasts.model import FORECAST
from shopify_app.retention.forecasts.queries import (
    customers_known,
    keep_back_test,
    keep_fit,
    keep_forecasts,
    next_customers,
    parameters_of,
)
from shopify_app.retention.forecasts.row import Known
from shopify_app.retention.history.queries import pieces
from shopify_app.retention.window import Basis
from shopify_app.shops.queries import get_shop, touch
from shopify_app.tasks.queries import request, save
from shopify_app.tasks.view import Outcome, TaskView

if TYPE_CHECKING:
    from shopify_app.retention.fit.forecast import Scorer

ROWS = 2000
"""Customers of one piece."""
_CHECKING, _TELLING = "checking", "telling"
_PIECES = 10
"""Pieces in one step: other tasks get their turn between two steps."""
_FULL = "full"


def request_forecast(session: Session, shop: ShopId, actor: str, now: Instant) -> str:
    """Have it worked out what to expect of the shop's customers; the task's id."""
    return request(session, shop, FORECAST, None, actor, now)


class ForecastCustomers:
    """The task's phases, one method each. SciPy is imported by the first forecast that a process makes."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._phases = {"": self._fit, _CHECKING: self._check, _TELLING: self._tell}

    def step(self, task: TaskView, _now: Instant) -> Outcome:
        """Do the next piece."""
        return self._phases[task.phase](task)

    def _fit(self, task: TaskView) -> Outcome:
        from shopify_app.retention.forecasts import working_out

        with self._database.reading() as session:
            shop = get_shop(session, task.shop)
            as_of, currency = local_day(self._clock(), ZoneInfo(shop.timezone)), shop.currency
            found = working_out.read(customers_known(session, task.shop, as_of))
            start = working_out.start_of(parameters_of(session, task.shop))
        fit = working_out.fit(found, start)
        cursor = {"phase": _CHECKING, "as_of": as_of.isoformat(), "told": fit["level"] == _FULL, "after": 0}
        outcome = Outcome(cursor, 0, fit["customers"])
        with self._database.transaction() as session:
            save(session, task, outcome, self._clock())
            keep_fit(session, task.shop, as_of, currency, fit)
        return outcome

    def _check(self, task: TaskView) -> Outcome:
        from shopify_app.retention.forecasts.back_test import back_test

        as_of = _day(task.cursor)
        with self._database.reading() as session:
            found = back_test(pieces(session, task.shop, Basis.KEPT, as_of), as_of.toordinal())
        outcome = Outcome({**task.cursor, "phase": _TELLING}, task.done, task.total)
        with self._database.transaction() as session:
            save(session, task, outcome, self._clock())
            keep_back_test(session, task.shop, found)
        return outcome

    def _tell(self, task: TaskView) -> Outcome:
        """The next customers; where nothing can be said of each, what was said of them is dropped."""
        with self._database.reading() as session:
            parameters = parameters_of(session, task.shop)
        outcome = Outcome(task.cursor, task.done, task.total)
        if not task.cursor["told"] or parameters is None:
            return self._finish(task, outcome)
        from shopify_app.retention.forecasts.working_out import scorer

        ready = scorer(parameters)
        for _ in range(_PIECES):
            following = self._piece(task, outcome, ready)
            if following is None:
                return self._finish(task, outcome)
            outcome = following
        return outcome

    def _piece(self, task: TaskView, before: Outcome, ready: "Scorer") -> Outcome | None:
        """A piece read, worked out and written; None where nobody follows."""
        from shopify_app.retention.forecasts.working_out import score

        after = before.cursor["after"]
        with self._database.reading() as session:
            forgotten = count_redacted(session, task.shop)
            rows: Sequence[Known] = next_customers(session, task.shop, _day(task.cursor), after, ROWS)
        if not rows:
            return None
        upto, told = rows[-1].customer_id, score(ready, rows)
        outcome = Outcome({**before.cursor, "after": upto}, before.done + len(rows), task.total)
        with self._database.transaction() as session:
            # A redaction that has not ended yet holds the task: this waits for it, or it for this.
            save(session, task, outcome, self._clock())
            if count_redacted(session, task.shop) != forgotten:
                # Who was forgotten meanwhile may be among them: they are read again.
                save(session, task, before, self._clock())
                return before
            keep_forecasts(session, task.shop, _day(task.cursor), told, after, upto)
        return outcome

    def _finish(self, task: TaskView, outcome: Outcome) -> Outcome:
        after = outcome.cursor["after"]
        with self._database.transaction() as session:
            save(session, task, outcome, self._clock())
            keep_forecasts(session, task.shop, _day(task.cursor), [], after, None)
            touch(session, task.shop)
        return Outcome(outcome.cursor, outcome.done, outcome.done, finished=True, result={"customers": outcome.done})


def _day(cursor: Mapping[str, Any]) -> LocalDay:
    return LocalDay(date.fromisoformat(cursor["as_of"]))
