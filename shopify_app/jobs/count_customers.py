"""The first number: how many customers Shopify counts with one order, and with more than one."""

from typing import Any

from shopify_app.admin_api.client import AdminApi
from shopify_app.admin_api.errors import AccessDenied
from shopify_app.admin_api.pacing import Pace
from shopify_app.clock import Instant
from shopify_app.db.base import Database
from shopify_app.jobs.learn_shop import learn_shop
from shopify_app.shops.queries import get_shop, touch
from shopify_app.tasks.view import Outcome, Step, TaskView

COUNT = "count_customers"


def count_customers(database: Database, admin: AdminApi) -> Step:
    """The step: the shop's details first, then Shopify's two counts; None where it may not tell."""

    def step(task: TaskView, now: Instant) -> Outcome:
        if not task.phase:
            learn_shop(database, admin, task.shop, task.actor, now)
            return Outcome({"phase": "counting"})
        buyers, repeaters = _counts(admin, task)
        with database.transaction() as session:
            row = get_shop(session, task.shop)
            row.shopify_buyers, row.shopify_repeaters = buyers, repeaters
            session.flush()
            touch(session, task.shop)
        return Outcome(task.cursor, finished=True, result={"buyers": buyers, "repeaters": repeaters})

    return step


def _counts(admin: AdminApi, task: TaskView) -> tuple[int | None, int | None]:
    try:
        answer = admin.run(task.shop, "count_customers", pace=Pace.WAITING)
    except AccessDenied:
        return None, None
    return _total(answer.get("buyers")), _total(answer.get("repeaters"))


def _total(connection: Any) -> int | None:
    return int(connection["totalCount"]) if connection else None
