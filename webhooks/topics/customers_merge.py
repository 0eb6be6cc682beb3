"""customers/merge: two customers became one, if the merge succeeded."""

import msgspec

from shopify_app.changes.facts import CustomersMerged, Fact
from webhooks.topics.context import Context, decode, number_of


class _Merge(msgspec.Struct):
    admin_graphql_api_customer_kept_id: str
    admin_graphql_api_customer_deleted_id: str
    status: str = "completed"


def read(payload: bytes, context: Context) -> list[Fact]:
    """Who was kept and who is an alias now; nothing for a merge that failed or is still going on."""
    merge = decode(payload, _Merge)
    if merge.status.lower() != "completed":
        return []
    kept = number_of(merge.admin_graphql_api_customer_kept_id)
    deleted = number_of(merge.admin_graphql_api_customer_deleted_id)
    return [CustomersMerged(kept, deleted, context.triggered_at)]
