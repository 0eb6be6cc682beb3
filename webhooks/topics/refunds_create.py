"""refunds/create: a refund by its own id, whether or not money has moved and its order is known."""

import msgspec

from shopify_app.changes.facts import Fact, RefundSeen
from shopify_app.orders.payload import read_refund
from shopify_app.orders.queries import currency_of
from webhooks.topics.context import Context, decode


class _OfOrder(msgspec.Struct):
    order_id: int


def read(payload: bytes, context: Context) -> list[Fact]:
    """One refund, in its order's currency; in the shop's where the order is not known yet."""
    order_id = decode(payload, _OfOrder).order_id
    currency = currency_of(context.session, context.shop, order_id) or context.currency
    return [RefundSeen(read_refund(payload, currency))]
