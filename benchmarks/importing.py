"""One import from its first step to its last, in a process of its own, so that its memory can be measured."""

import argparse
import json
import resource
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import backlog
from benchmarks.measuring import timed
from shopify_app.app import Wafa, build
from shopify_app.clock import system_clock
from shopify_app.db.base import Database, ShopId
from shopify_app.jobs.import_orders import IMPORT
from shopify_app.shops.token_exchange import Granted
from shopify_app.tasks.queries import due, get, request
from shopify_app.tasks.step import run_step
from shopify_app.tasks.view import TaskView
from shopify_app.work import collect_rarely

SHOP = ShopId(1)
_YEAR = 365 * 86_400


def ready(url: str) -> None:
    """A new database with one installed shop whose orders are to be imported."""
    installed(url)
    ask(url)


def installed(url: str) -> None:
    """A new database with one installed shop."""
    wafa = backlog.prepared(url)
    granted = Granted("access", "refresh", wafa.config.scopes[0], _YEAR, _YEAR)
    with wafa.database.transaction() as session:
        wafa.tokens.store(session, SHOP, granted, wafa.clock())
    wafa.database.close()


def ask(url: str) -> None:
    """Ask for an import, as any program may that shares the database."""
    database = Database(url)
    with database.transaction() as session:
        request(session, SHOP, IMPORT, None, "system:benchmark", system_clock())
    database.close()


def run(wafa: Wafa) -> TaskView:
    """Steps of whatever is due until the import has ended."""
    with wafa.database.reading() as session:
        task_id = next(task for shop, task in due(session, wafa.clock()))
    while True:
        with wafa.database.reading() as session:
            task, steps = get(session, SHOP, task_id), due(session, wafa.clock())
        if task is None or not task.active:
            break
        for shop, each in steps:
            run_step(wafa.database, wafa.steps, shop, each, "benchmark", wafa.clock())
        if not steps:
            time.sleep(0.02)
    if task is None or task.state != "done":
        raise ValueError(f"the import ended badly: {task}")
    return task


def main() -> None:
    """Import, and print what it took."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.importing", description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--shop", required=True, help="where the shop's Admin API answers")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wafa-bench-") as place:
        wafa = build(backlog.config_for(asked.url, admin_url=asked.shop), directory=Path(place))
        collect_rarely()
        with timed(1) as spent:
            task = run(wafa)
        wafa.database.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)
    json.dump({"orders": task.done, "wall": spent.wall, "cpu": spent.cpu, "peak_mb": peak}, sys.stdout)


if __name__ == "__main__":
    main()
