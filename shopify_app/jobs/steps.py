"""The task kinds and their steps, built once with what they need."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from shopify_app.admin_api.client import AdminApi
from shopify_app.changes.apply import apply_facts
from shopify_app.changes.facts import Fact
from shopify_app.clock import Clock, Instant
from shopify_app.db.base import Database, Session, ShopId
from shopify_app.jobs.count_customers import COUNT, count_customers
from shopify_app.jobs.import_orders import IMPORT, ImportOrders
from shopify_app.jobs.learn_shop import REBUILD
from shopify_app.jobs.rebuild_counts import rebuild_counts
from shopify_app.shops.model import INSTALLED
from shopify_app.shops.queries import get_shop
from shopify_app.tasks.step import GiveUp
from shopify_app.tasks.view import Outcome, Step, TaskView


def build_steps(
    database: Database,
    admin: AdminApi,
    clock: Clock,
    sleep: Callable[[float], None],
    directory: Path,
    lookup_key: bytes,
) -> Mapping[str, Step]:
    """Every task kind and its step; `directory` is where imports keep Shopify's files while they work."""

    def apply(session: Session, shop: ShopId, facts: Sequence[Fact], now: Instant) -> bool:
        return apply_facts(session, shop, facts, now, lookup_key)

    steps: dict[str, Step] = {
        COUNT: count_customers(database, admin),
        IMPORT: ImportOrders(database, admin, clock, sleep, directory, apply).step,
        REBUILD: rebuild_counts(database, clock, sleep),
    }
    return {kind: _while_installed(database, step) for kind, step in steps.items()}


def _while_installed(database: Database, step: Step) -> Step:
    """The step, but only for a shop that has us installed."""

    def guarded(task: TaskView, now: Instant) -> Outcome:
        with database.reading() as session:
            installed = get_shop(session, task.shop).state == INSTALLED
        if not installed:
            raise GiveUp("Wafa was uninstalled from this shop before the work was done.")
        return step(task, now)

    return guarded
