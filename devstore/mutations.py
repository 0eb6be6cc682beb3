"""How the Admin API's mutations are carried out."""

from typing import Any

from devstore.answers import ANSWERS, Answer
from devstore.bulk_plan import RefusedError, plan_of
from devstore.sources import Arguments, Ask


def _run_bulk_query(_root: Any, ask: Ask, arguments: Arguments) -> dict[str, Any]:
    query = arguments["query"]
    try:
        return ask.shop.bulk.run(ask, query, plan_of(query, arguments["groupObjects"]))
    except RefusedError as refused:
        return ask.shop.bulk.run(ask, query, str(refused))


def _cancel_bulk(_root: Any, ask: Ask, arguments: Arguments) -> dict[str, Any]:
    return ask.shop.bulk.cancel(ask, arguments["id"])


ALL_ANSWERS: dict[str, dict[str, Answer]] = {
    **ANSWERS,
    "Mutation": {"bulkOperationRunQuery": _run_bulk_query, "bulkOperationCancel": _cancel_bulk},
}
"""Every answer of the API, reading and changing."""
