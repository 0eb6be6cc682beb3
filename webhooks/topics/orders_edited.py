"""orders/edited: which order was edited, and no amounts: what it changed is asked for."""

import msgspec

from shopify_app.changes.facts import Fact, OrderEdited
from webhooks.topics.context import Context, decode


class _Edit(msgspec.Struct):
    order_id: int


class _Edited(msgspec.Struct):
    order_edit: _Edit


def read(payload: bytes, context: Context) -> list[Fact]:
    """The order, to be asked for."""
    return [OrderEdited(decode(payload, _Edited).order_edit.order_id)]
