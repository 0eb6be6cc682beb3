"""Reading the carts that were left lately: once after the orders, for those from before we were there, and each night.

The night finds what no webhook has told. A webhook tells more, the cart's own token and what was typed: of a cart that
was heard of, what is asked for here only says that it was completed.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from shopify_app.admin_api.client import AdminApi
from shopify_app.admin_api.errors import NotApproved, Throttled, Unavailable
from shopify_app.admin_api.pacing import Pace
from shopify_app.changes.facts import CheckoutSeen
from shopify_app.checkouts.node_payload import read_node
from shopify_app.clock import Instant
from shopify_app.db.base import Database, Session, ShopId
from shopify_app.errors import Malformed
from shopify_app.jobs.changed_pages import moment
from shopify_app.jobs.drain_turn import DrainTurns
from shopify_app.jobs.settle_orders import Apply
from shopify_app.shops.keys import ShopKeys
from shopify_app.tasks.queries import save
from shopify_app.tasks.view import Outcome, TaskView

READING = "reading"
AT_ONCE = 15
"""Checkouts in one call: with ten lines each they cost what half of the smallest bucket holds."""
LATELY = timedelta(days=31)
"""How far back is read: pages tell of thirty days."""
_TURN_WAIT = 1.0

_log = logging.getLogger(__name__)


class ReadCheckouts:
    """The task: page by page, by when the checkouts were begun, which never changes."""

    def __init__(self, database: Database, admin: AdminApi, keys: ShopKeys, turns: DrainTurns, apply: Apply) -> None:
        self._database = database
        self._admin = admin
        self._keys = keys
        self._turns = turns
        self._apply = apply

    def step(self, task: TaskView, now: Instant) -> Outcome:
        """Read the next page; without Shopify's approval there is nothing to read."""
        cursor = task.cursor
        if not task.phase:
            cursor = {"phase": READING, "since": moment(Instant(now - LATELY)), "after": None}
        try:
            return self._read(task, cursor, now)
        except NotApproved:
            return Outcome(task.cursor, task.done, task.done, finished=True)
        except Throttled as error:
            return Outcome(task.cursor, task.done, task.total, wait=max(_TURN_WAIT, error.wait))

    def _read(self, task: TaskView, cursor: Mapping[str, Any], now: Instant) -> Outcome:
        page = self._page(task, cursor)
        nodes = [node for node in page["nodes"] if node]
        info = page["pageInfo"]
        done = task.done + len(nodes)
        after = Outcome({**cursor, "after": info["endCursor"]}, done, task.total)

        def work(session: Session, at: Instant) -> None:
            self._apply(session, task.shop, [*self._seen(session, task.shop, nodes, now)], at)
            save(session, task, after, at)

        if not self._turns.take(task.shop, task.owner or task.id, work):
            return Outcome(task.cursor, task.done, task.total, wait=_TURN_WAIT)
        return after if info["hasNextPage"] else Outcome({}, done, done, finished=True)

    def _seen(
        self, session: Session, shop: ShopId, nodes: Sequence[Mapping[str, Any]], now: Instant
    ) -> Iterator[CheckoutSeen]:
        seal = partial(self._keys.seal, session, shop)
        for node in nodes:
            try:
                yield CheckoutSeen(read_node(node, now, seal))
            except Malformed as problem:
                # One that nobody can read keeps none of the others back.
                _log.warning("shop %s: checkout %s: %s", shop, node["id"], problem.message)

    def _page(self, task: TaskView, cursor: Mapping[str, Any]) -> Mapping[str, Any]:
        asked = {"query": f"created_at:>='{cursor['since']}'", "first": AT_ONCE, "after": cursor["after"]}
        answer = self._admin.run(task.shop, "left_checkouts", pace=Pace.BACKFILL, **asked)
        lost = [path for path in answer.missing if path.rpartition(".")[2] not in answer.withheld]
        if lost or answer["abandonedCheckouts"] is None:
            raise Unavailable(f"an answer without {', '.join(lost) or 'checkouts'}")
        page: Mapping[str, Any] = answer["abandonedCheckouts"]
        return page
