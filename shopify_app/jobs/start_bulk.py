"""Starting a bulk query once, whatever is lost on the way: the intent and how to find its operation again."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from shopify_app.admin_api import bulk
from shopify_app.admin_api.client import AdminApi
from shopify_app.clock import Instant
from shopify_app.db.base import Database
from shopify_app.jobs.import_windows import RESTARTS, WINDOW
from shopify_app.shops.token_exchange import TokensUnavailable
from shopify_app.tasks.intents.kind import Found, IntentView, Kind, NotThere, NotWanted, NotYet, Seen
from shopify_app.tasks.queries import get
from shopify_app.tasks.view import TaskView

START_BULK = "start_bulk"

_BUSY_WAIT = 5.0
_SKEW = timedelta(minutes=10)
"""How far Shopify's clock may be behind ours."""


def start_bulk(database: Database, admin: AdminApi) -> Kind:
    """The kind: `arguments` name task, bulk query, the mutation that starts it, what it leaves out and searches for."""

    def send(intent: IntentView) -> dict[str, str]:
        with database.reading() as session:
            task = get(session, intent.shop, intent.arguments["task"])
        if task is None or not task.active:
            raise NotWanted
        operation, query = intent.arguments["operation"], intent.arguments["query"]
        try:
            without, search = intent.arguments.get("without", []), intent.arguments.get("search", "")
            return _outcome(bulk.start(admin, intent.shop, operation, query, _mark(intent), without, search))
        except bulk.Busy as error:
            raise NotYet(_BUSY_WAIT, "LIMIT_REACHED") from error
        except TokensUnavailable as error:
            # Without a token nothing has left.
            raise NotYet(_BUSY_WAIT) from error

    def look(intent: IntentView) -> Seen:
        since = Instant(intent.created_at - _SKEW)
        started = bulk.find(admin, intent.shop, intent.arguments["query"], _mark(intent), since)
        return Found(_outcome(started)) if started else NotThere()

    return Kind(send, look)


def start_key(task: TaskView, cursor: Mapping[str, Any]) -> str:
    """Names the one operation that this task may start now; one that begins anew, or its next window, another."""
    return f"{task.id}:{task.rounds}:{cursor.get(WINDOW, 0)}:{cursor.get(RESTARTS, 0)}"


def _mark(intent: IntentView) -> str:
    return intent.key.replace(":", "_")


def _outcome(operation: bulk.BulkOperation) -> dict[str, str]:
    return {"id": operation.id, "created_at": operation.created_at.isoformat()}
