"""The Admin GraphQL endpoint: who may ask, what it costs, and the answer in Shopify's shape."""

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, current_app, jsonify, request
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLResolveInfo,
    OperationDefinitionNode,
    execute_sync,
    get_named_type,
    get_operation_ast,
    is_abstract_type,
    is_leaf_type,
    parse,
    validate,
)

from devstore import answers, approval
from devstore.access import Installation
from devstore.costs import MOST_FOR_ONE, Estimate, bucket_of, is_free
from devstore.deliveries import API_VERSION
from devstore.mutations import ALL_ANSWERS
from devstore.pages import Page
from devstore.schema import admin_schema
from devstore.scopes import scope_of, scope_of_field, scope_of_mutation
from devstore.sources import Ask

if TYPE_CHECKING:
    from devstore.shop import Shop
    from devstore.store import DevStore

admin_api = Blueprint("admin_api", __name__)
_UNKNOWN = "[API] Invalid API key or access token (unrecognized login or wrong password)"
_OLD = "[API] Non-expiring access tokens are no longer accepted for the Admin API. Use expiring offline access tokens."


@admin_api.post("/<domain>/admin/api/<version>/graphql.json")
def graphql_endpoint(domain: str, version: str) -> tuple[Response, int]:
    """Answer one GraphQL request of the app."""
    store: DevStore = current_app.extensions["devstore"]
    shop = store.shops.get(domain)
    if shop is None:
        return jsonify(errors="Not Found"), 404
    with store.lock:
        now = store.now()
        refusal = _refusal(shop, request.headers.get("X-Shopify-Access-Token", ""), store.wall())
        if refusal or shop.installation is None:
            message, status = refusal or (_UNKNOWN, 401)
            return jsonify(errors=message), status
        answer = jsonify(_answer(shop, shop.installation, now))
    answer.headers["X-Shopify-API-Version"] = API_VERSION if version != "unstable" else version
    answer.headers["X-Request-Id"] = store.new_uuid()
    return answer, 200


def _refusal(shop: "Shop", value: str, now: datetime) -> tuple[str, int] | None:
    installation = shop.installation
    token = installation.tokens.get(value) if installation and installation.active else None
    if token is None:
        return _UNKNOWN, 401
    if token.expires_at is None:
        return _OLD, 403
    return (_UNKNOWN, 401) if now >= token.expires_at else None


def _answer(shop: "Shop", installation: Installation, now: datetime) -> dict[str, Any]:
    body = request.get_json(silent=True)
    if not isinstance(body, dict) or not isinstance(body.get("query"), str):
        return _errors("Required parameter missing or invalid: query", "BAD_REQUEST")
    variables, name = body.get("variables") or {}, body.get("operationName")
    try:
        document = parse(body["query"])
    except GraphQLError as error:
        return {"errors": [error.formatted]}
    found = validate(admin_schema(), document)
    if found:
        return {"errors": [_undefined(error) for error in found]}
    operation = get_operation_ast(document, name)
    if operation is None:
        return _errors("An operation name is required", "BAD_REQUEST")
    return _paid(Ask(shop, installation, now, carry=_carried), document, operation, variables)


def _paid(
    ask: Ask, document: DocumentNode, operation: OperationDefinitionNode, variables: dict[str, Any]
) -> dict[str, Any]:
    bucket, wanted = bucket_of(ask.shop, ask.now), Estimate(document, variables).of(operation)
    cost: dict[str, Any] = {"requestedQueryCost": wanted, "actualQueryCost": None}
    extensions = {"cost": {**cost, "throttleStatus": bucket.status()}}
    if wanted > MOST_FOR_ONE:
        message = f"Query cost is {wanted}, which exceeds the single query max cost limit ({MOST_FOR_ONE})."
        return {**_errors(message, "MAX_COST_EXCEEDED"), "extensions": extensions}
    if wanted > bucket.left:
        return {**_errors("Throttled", "THROTTLED"), "extensions": extensions}
    formatted = _carried(document, variables, ask, operation.name.value if operation.name else None)
    spent = wanted if operation.operation.value == "mutation" else min(ask.cost, wanted)
    bucket.left -= spent
    cost["actualQueryCost"] = spent
    return {**formatted, "extensions": {"cost": {**cost, "throttleStatus": bucket.status()}}}


def _carried(document: DocumentNode, variables: dict[str, Any], ask: Ask, name: str | None = None) -> dict[str, Any]:
    result = execute_sync(
        admin_schema(),
        document,
        context_value=ask,
        variable_values=variables,
        operation_name=name,
        field_resolver=_resolve,
        type_resolver=lambda source, _info, _kind: answers.kind_of(source),
    )
    return dict(result.formatted)


def _resolve(source: Any, info: GraphQLResolveInfo[Ask], **arguments: Any) -> Any:
    ask = info.context
    kind = get_named_type(info.return_type)
    root = info.parent_type.name == "QueryRoot"
    changes = info.parent_type.name == "Mutation" and scope_of_mutation(info.field_name)
    scope = changes or scope_of(kind.name) or (scope_of_field(info.field_name) if root else None)
    # Of an app that is not approved for reports Shopify says the same as of one without the permission.
    if scope and not (ask.installation.allows(scope) and approval.opens(ask.shop.protected, kind.name)):
        raise _denied(info.field_name, scope)
    if refused := approval.refusal(ask.shop.protected, info.parent_type.name, info.field_name, kind.name):
        raise refused
    value = _value(source, info, arguments, root)
    if is_abstract_type(kind):
        value = _approved(value, ask, info)
    if value is not None and not is_leaf_type(kind):
        ask.cost += _price(kind.name, value)
    return value


def _approved(value: Any, ask: Ask, info: GraphQLResolveInfo[Ask]) -> Any:
    """What a field answers that promises only an interface; in place of what may not be read stands why."""
    if isinstance(value, list):
        return [_approved(one, ask, info) for one in value]
    if value is None or isinstance(value, Page):
        return value
    kind = answers.kind_of(value)
    if (scope := scope_of(kind)) and not ask.installation.allows(scope):
        return _denied(info.field_name, scope)
    return approval.refusal(ask.shop.protected, info.parent_type.name, info.field_name, kind) or value


def _value(source: Any, info: GraphQLResolveInfo[Ask], arguments: dict[str, Any], root: bool) -> Any:
    ask, index = info.context, info.context.shop.index
    if root and index.serves(info.field_name):
        lagging = replace(ask, shop=index.shop_as_seen(ask.now))
        return index.as_it_is(answers.answer("QueryRoot", info.field_name, source, lagging, arguments))
    found = ALL_ANSWERS.get(info.parent_type.name, {}).get(info.field_name)
    if found:
        return found(source, ask, arguments)
    return answers.answer(info.parent_type.name, info.field_name, source, ask, arguments)


def _price(kind: str, value: Any) -> int:
    if isinstance(value, Page):
        return 2
    if is_free(kind):
        return 0
    return len(value) if isinstance(value, list) else 1


def _denied(field: str, scope: str) -> GraphQLError:
    need = f"`{scope}` access scope."
    return GraphQLError(
        f"Access denied for {field} field. Required access: {need}",
        extensions={
            "code": "ACCESS_DENIED",
            "documentation": "https://shopify.dev/api/usage/access-scopes",
            "requiredAccess": need,
        },
    )


def _undefined(error: GraphQLError) -> dict[str, Any]:
    code = "undefinedField" if error.message.startswith("Cannot query field") else "invalidQuery"
    formatted: dict[str, Any] = dict(error.formatted)
    return {**formatted, "extensions": {"code": code}}


def _errors(message: str, code: str) -> dict[str, Any]:
    return {"errors": [{"message": message, "extensions": {"code": code}}]}
