"""How the Admin API's mutations are carried out."""

from typing import Any

from devstore import bulk_mutations
from devstore.answers import ANSWERS, Answer
from devstore.bulk_mutations import MutationPlan, checked, variables_of
from devstore.bulk_plan import RefusedError, plan_of
from devstore.discounts.answers import DISCOUNT_WRITING
from devstore.sources import Arguments, Ask
from devstore.store_credit.answers import CREDIT_WRITING


def _run_bulk_query(_root: Any, ask: Ask, arguments: Arguments) -> dict[str, Any]:
    query = arguments["query"]
    try:
        return ask.shop.bulk.run(ask, query, plan_of(query, arguments["groupObjects"]))
    except RefusedError as refused:
        return ask.shop.bulk.run(ask, query, str(refused))


def _cancel_bulk(_root: Any, ask: Ask, arguments: Arguments) -> dict[str, Any]:
    return ask.shop.bulk.cancel(ask, arguments["id"])


def _run_bulk_mutation(_root: Any, ask: Ask, arguments: Arguments) -> dict[str, Any]:
    try:
        document = checked(arguments["mutation"])
        items = variables_of(ask.shop.outward.uploads.content(arguments["stagedUploadPath"]))
    except bulk_mutations.RefusedError as refused:
        return ask.shop.bulk.refuse_mutation(str(refused), refused.code)
    if ask.carry is None:
        raise RuntimeError("nothing carries out mutations here")
    return ask.shop.bulk.run_mutation(ask, arguments["mutation"], MutationPlan(document, ask.carry), items)


_WRITING: dict[str, Answer] = {
    "customerEmailMarketingConsentUpdate": lambda _, ask, given: ask.shop.consents.write(given["input"]),
    "metafieldDefinitionCreate": lambda _, ask, given: ask.shop.outward.metafields.define(given["definition"]),
    "metafieldDefinitionDelete": lambda _, ask, given: ask.shop.outward.metafields.undefine(given),
    "metafieldsDelete": lambda _, ask, given: ask.shop.outward.metafields.erase(given["metafields"]),
    "metafieldsSet": lambda _, ask, given: ask.shop.outward.metafields.write(given["metafields"]),
    "segmentCreate": lambda _, ask, given: ask.shop.outward.segments.create(given["name"], given["query"]),
    "segmentDelete": lambda _, ask, given: ask.shop.outward.segments.delete(given["id"]),
    "segmentUpdate": lambda _, ask, given: ask.shop.outward.segments.update(
        given["id"], given.get("name"), given.get("query")
    ),
    "stagedUploadsCreate": lambda _, ask, given: ask.shop.outward.uploads.stage(given["input"]),
    "tagsAdd": lambda _, ask, given: ask.shop.outward.tag(given["id"], given["tags"]),
    "tagsRemove": lambda _, ask, given: ask.shop.outward.untag(given["id"], given["tags"]),
}

ALL_ANSWERS: dict[str, dict[str, Answer]] = {
    **ANSWERS,
    "Mutation": {
        "bulkOperationRunMutation": _run_bulk_mutation,
        "bulkOperationRunQuery": _run_bulk_query,
        "bulkOperationCancel": _cancel_bulk,
        **_WRITING,
        **DISCOUNT_WRITING,
        **CREDIT_WRITING,
    },
}
"""Every answer of the API, reading and changing."""
