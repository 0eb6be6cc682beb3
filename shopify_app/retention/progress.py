"""How far a shop's history has been read, in words."""

from dataclasses import dataclass
from typing import Literal

from shopify_app.clock import LocalDay
from shopify_app.language import Words
from shopify_app.retention.registry import Metric
from shopify_app.retention.window import Window
from shopify_app.tasks.view import TaskView

Stage = Literal["reading", "failed", "read"]

IMPORT = "import_orders"
PREPARING, DOWNLOADING, SORTING, FINISHING = "preparing", "downloading", "sorting", "finishing"
READING, COUNTING = "reading", "counting"
"""The import's phases; while it prepares, none is ours yet. Reading halts now and then to count what was read."""
_BETWEEN = {
    DOWNLOADING: "Shopify has prepared your orders, and we are fetching them. You can leave this page.",
    SORTING: "Your orders have arrived and are being sorted. You can leave this page.",
    FINISHING: "Your orders have been read. One moment until everything is ready.",
}
PREPARED, ROOTS, BEFORE = "prepared", "roots", "before"
"""In the import's cursor: orders that Shopify has written down, those of the window, those of the windows before."""
WAY = "way"
"""How far it was when it had to begin something again."""
CROWDED = "crowded"
"""Shopify has no room yet for what the import wants prepared."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the import is: orders of ours out of all there are to read, as far as is known, and `bar` of `full`."""

    stage: Stage
    sentence: str
    done: int = 0
    total: int | None = None
    bar: int = 0
    full: int = 0
    """What `bar` grows to; 0 where there is nothing to measure by."""


def is_known(metric: Metric, window: Window, reached: LocalDay | None) -> bool:
    """Whether a number is final although orders are still being read, newest first.

    `reached` is the earliest day of which all orders have been read; None when all days' have been.
    """
    if reached is None:
        return True
    return not metric.needs_history and window.start is not None and window.start >= reached


def progress(task: TaskView | None, imported: bool, words: Words) -> Progress:
    """The import in words; without a task it has ended well or has not begun."""
    if task is None or task.state == "done":
        return _read(words) if imported or task else Progress("reading", _starting(words))
    if not task.active:
        stopped = words.text(task.error) if task.error else words.text("It was stopped before the end.")
        return Progress("failed", stopped, task.done, task.total)
    total = task.total or 0
    return Progress("reading", _reading(task, words), task.done, task.total, min(way(task), 2 * total), 2 * total)


def way(task: TaskView) -> int:
    """How far all of it is, each order counted twice: once when Shopify has prepared it, once when it is read."""
    return max(int(task.cursor.get(WAY, 0)), _way_of_window(task))


def _way_of_window(task: TaskView) -> int:
    before = int(task.cursor.get(BEFORE, 0))
    if task.phase == FINISHING:
        return 2 * (task.total or 0)
    if task.phase in (DOWNLOADING, SORTING, READING, COUNTING):
        return before + int(task.cursor.get(ROOTS, task.total or 0)) + task.done
    return 2 * before + _prepared(task)


def _prepared(task: TaskView) -> int:
    return int(task.cursor.get(PREPARED, 0)) if task.phase == PREPARING else 0


def _read(words: Words) -> Progress:
    return Progress("read", words.text("All your orders have been read."))


def _starting(words: Words) -> str:
    return words.text("Asking Shopify for your orders. You can leave this page.")


def _reading(task: TaskView, words: Words) -> str:
    if task.cursor.get(CROWDED):
        return words.text(
            "Shopify is still preparing something else for Wafa. It goes on with your orders after that. You can leave "
            "this page."
        )
    if task.cursor.get(BEFORE) and task.phase != FINISHING:
        return _counted(task, words)
    if task.phase == PREPARING:
        return _preparing(task, words)
    if task.phase in (READING, COUNTING):
        return _counted(task, words)
    between = _BETWEEN.get(task.phase)
    return words.text(between) if between else _starting(words)


def _preparing(task: TaskView, words: Words) -> str:
    prepared = _prepared(task)
    if not prepared or not task.total:
        return _starting(words)
    return words.text(
        "Shopify is preparing your orders: {done} of about {total}. You can leave this page.",
        done=words.number(prepared),
        total=words.number(task.total),
    )


def _counted(task: TaskView, words: Words) -> str:
    done = words.number(task.done)
    if task.done == 0:
        return words.text("Reading your orders, newest first. You can leave this page.")
    if task.total is None or task.total < task.done:
        return words.text("Reading your orders, newest first: {done} so far. You can leave this page.", done=done)
    return words.text(
        "Reading your orders, newest first: {done} of about {total}. You can leave this page.",
        done=done,
        total=words.number(task.total),
    )
