"""The table of contents: one file per topic, named by it. A file reads facts, or acts on the shop itself."""

from collections.abc import Callable

from shopify_app.changes.facts import Fact
from webhooks.topics import (
    app_scopes_update,
    app_uninstalled,
    bulk_operations_finish,
    checkouts_create,
    checkouts_delete,
    checkouts_update,
    customers_create,
    customers_data_request,
    customers_email_marketing_consent_update,
    customers_marketing_consent_update,
    customers_merge,
    customers_redact,
    customers_update,
    orders_cancelled,
    orders_create,
    orders_delete,
    orders_edited,
    orders_updated,
    refunds_create,
    shop_redact,
    shop_update,
)
from webhooks.topics.context import Context

Read = Callable[[bytes, Context], list[Fact]]
Act = Callable[[bytes, Context], None]

FACTS: dict[str, Read] = {
    "orders/create": orders_create.read,
    "orders/updated": orders_updated.read,
    "orders/cancelled": orders_cancelled.read,
    "orders/edited": orders_edited.read,
    "orders/delete": orders_delete.read,
    "refunds/create": refunds_create.read,
    "checkouts/create": checkouts_create.read,
    "checkouts/update": checkouts_update.read,
    "checkouts/delete": checkouts_delete.read,
    "customers/create": customers_create.read,
    "customers/update": customers_update.read,
    "customers/merge": customers_merge.read,
    "customers_email_marketing_consent/update": customers_email_marketing_consent_update.read,
    "customers_marketing_consent/update": customers_marketing_consent_update.read,
}
"""Topics that bring facts: folded in memory, many at once."""

ACTS: dict[str, Act] = {
    "app/uninstalled": app_uninstalled.act,
    "app/scopes_update": app_scopes_update.act,
    "shop/update": shop_update.act,
    "bulk_operations/finish": bulk_operations_finish.act,
    "customers/data_request": customers_data_request.act,
    "customers/redact": customers_redact.act,
    "shop/redact": shop_redact.act,
}
"""Topics that change the shop itself: each acts alone, after the facts before it are stored."""

HANDLERS = FACTS | ACTS
