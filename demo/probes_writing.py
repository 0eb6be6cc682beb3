"""Probes that write: one test order in a development store, and how long Shopify's search takes to know of it."""

from typing import Any

from demo.probes_asking import CONFIRMED, REFUTED, UNTESTABLE, Document, Shop, Unanswered, Verdict

PATIENCE = 15 * 60
"""Seconds for which a search may lag: the reconciliation looks back by more than this."""
_POLL = 5.0
_CREATE = """mutation probe_create($order: OrderCreateOrderInput!) {
  orderCreate(order: $order) {order {id createdAt} userErrors {field message}}}"""


def may_write(shop: Shop) -> str:
    """Why nothing may be written into this shop; empty where it may."""
    if not shop.data("{shop {plan {partnerDevelopment}}}")["shop"]["plan"]["partnerDevelopment"]:
        return "this is not a development store"
    found = shop.data('{__type(name: "Mutation") {fields {name}}}')["__type"]
    if "orderCreate" not in {one["name"] for one in (found or {}).get("fields") or []}:
        return "this shop's schema has no orderCreate"
    return "" if "write_orders" in shop.scopes else "the token does not have write_orders"


def search_lag(shop: Shop) -> Verdict:
    """Searches and counts know of a new order after a while, well within the overlap of two nights."""
    why_not = may_write(shop)
    if why_not:
        return Verdict(UNTESTABLE, why_not)
    order = _created(shop)
    query = """query probe_lag($query: String) {ordersCount(query: $query, limit: null) {count}
      orders(first: 5, query: $query, sortKey: CREATED_AT, reverse: true) {nodes {id}}}"""
    waited = 0.0
    while waited <= PATIENCE:
        found = shop.data(query, query=f"created_at:>='{order['createdAt']}'")
        if found["ordersCount"]["count"] and order["id"] in {one["id"] for one in found["orders"]["nodes"]}:
            return Verdict(CONFIRMED, f"found and counted after about {waited:.0f} s")
        shop.sleep(_POLL)
        waited += _POLL
    return Verdict(REFUTED, f"not found within {PATIENCE} s")


def _created(shop: Shop) -> Document:
    """A new test order with a discount; it stays in the shop for the other probes."""
    answer = shop.data(_CREATE, order=_order(shop))["orderCreate"]
    if answer["userErrors"]:
        raise Unanswered(f"no order could be made: {answer['userErrors'][0]['message']}")
    order: Document = answer["order"]
    return order


def _order(shop: Shop) -> dict[str, Any]:
    currency = shop.data("{shop {currencyCode}}")["shop"]["currencyCode"]

    def money(amount: str) -> dict[str, Any]:
        return {"shopMoney": {"amount": amount, "currencyCode": currency}}

    lines = [
        {"title": "Probe", "quantity": 2, "priceSet": money("10")},
        {"title": "Probe 2", "quantity": 1, "priceSet": money("5")},
    ]
    code = {"itemFixedDiscountCode": {"code": "PROBE", "amountSet": money("3")}}
    return {"test": True, "currency": currency, "lineItems": lines, "discountCode": code}
