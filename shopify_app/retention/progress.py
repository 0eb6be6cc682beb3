"""How far a shop's history has been read, in words."""

from dataclasses import dataclass
from typing import Literal

from shopify_app.language import Words
from shopify_app.tasks.view import TaskView

Stage = Literal["reading", "failed", "read"]

IMPORT = "import_orders"
PREPARING = "preparing"
"""The import's phase in which Shopify writes the orders down for us; none of them is ours yet."""
PREPARED = "prepared"
"""How many it has written down, in the import's cursor."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the import is; `total` is what there is to read, as far as is known."""

    stage: Stage
    sentence: str
    shown: int
    total: int | None


def progress(task: TaskView | None, imported: bool, words: Words) -> Progress:
    """The import in words; without a task it has ended well or has not begun."""
    if task is None or task.state == "done":
        return _read(words) if imported or task else Progress("reading", _starting(words), 0, None)
    if not task.active:
        stopped = words.text(task.error) if task.error else words.text("It was stopped before the end.")
        return Progress("failed", stopped, task.done, task.total)
    return Progress("reading", _reading(task, words), min(_so_far(task), task.total or 0), task.total)


def _so_far(task: TaskView) -> int:
    return int(task.cursor.get(PREPARED, 0)) if task.phase == PREPARING else task.done


def _read(words: Words) -> Progress:
    return Progress("read", words.text("All your orders have been read."), 0, None)


def _starting(words: Words) -> str:
    return words.text("Asking Shopify for your orders. You can leave this page.")


def _reading(task: TaskView, words: Words) -> str:
    so_far = _so_far(task)
    if so_far == 0:
        return _starting(words)
    done = words.number(so_far)
    if task.phase == PREPARING and task.total:
        return words.text(
            "Shopify is preparing your orders: {done} of about {total}. You can leave this page.",
            done=done,
            total=words.number(task.total),
        )
    if task.total is None or task.total < task.done:
        return words.text("Reading your orders, newest first: {done} so far. You can leave this page.", done=done)
    return words.text(
        "Reading your orders, newest first: {done} of about {total}. You can leave this page.",
        done=done,
        total=words.number(task.total),
    )
