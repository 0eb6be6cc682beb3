"""app/scopes_update: the merchant granted or took back permissions."""

import msgspec

from shopify_app.shops.queries import set_scopes
from webhooks.topics.context import Context, decode


class _Scopes(msgspec.Struct):
    current: list[str]


def act(payload: bytes, context: Context) -> None:
    """Keep the permissions as they were then, unless newer ones are known."""
    scopes = ",".join(decode(payload, _Scopes).current)
    set_scopes(context.session, context.shop, scopes, context.triggered_at, context.now)
