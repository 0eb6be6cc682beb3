"""Probes of orders: what their amounts, quantities, times and numbers mean."""

from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from demo.probes_asking import CONFIRMED, REFUTED, UNTESTABLE, Document, Shop, Verdict, amount, judged

_SOLD_HERE = frozenset({"web", "pos"})
_MINUTE = timedelta(minutes=1)
_BEARABLE = 0.02


def discounts(shop: Shop) -> Verdict:
    """The lines' shares of all discounts are what lies between their prices and the order's subtotal."""
    having = [order for order in shop.detailed if _reductions(order)]
    wrong = [
        order["name"] for order in having if _prices(order) - _reductions(order) != amount(order["subtotalPriceSet"])
    ]
    return judged(len(having), wrong, "orders with a discount")


def _lines(order: Document) -> list[Document]:
    lines: list[Document] = order["lineItems"]["nodes"]
    return lines


def _prices(order: Document) -> Decimal:
    return sum((amount(line["originalTotalSet"]) for line in _lines(order)), Decimal(0))


def _reductions(order: Document) -> Decimal:
    shares = (share for line in _lines(order) for share in line["discountAllocations"])
    return sum((amount(share["allocatedAmountSet"]) for share in shares), Decimal(0))


def taken_back(shop: Shop) -> Verdict:
    """Refunded lines are what lies between the two subtotals; more paid back is a discrepancy below zero."""
    having = [order for order in shop.detailed if order["refunds"]]
    wrong = [order["name"] for order in having if not _adds_up(order)]
    return judged(len(having), wrong, "orders with a refund")


def _adds_up(order: Document) -> bool:
    parts = [part for refund in order["refunds"] for part in refund["refundLineItems"]["nodes"]]
    extra = [one for refund in order["refunds"] for one in refund["orderAdjustments"]["nodes"]]
    back = sum((amount(part["subtotalSet"]) for part in parts), Decimal(0))
    beyond = sum((amount(one["amountSet"]) for one in extra if one["reason"] == "REFUND_DISCREPANCY"), Decimal(0))
    fell = amount(order["subtotalPriceSet"]) - amount(order["currentSubtotalPriceSet"])
    return fell == back and beyond == amount(order["refundDiscrepancySet"])


def quantities(shop: Shop) -> Verdict:
    """A refund lowers a line's current quantity and leaves its quantity as it was ordered."""
    cases, wrong = 0, []
    for order in shop.detailed:
        given_back: Counter[str] = Counter()
        for refund in order["refunds"]:
            for part in refund["refundLineItems"]["nodes"]:
                given_back[part["lineItem"]["id"]] += part["quantity"]
        lines = [line for line in _lines(order) if given_back[line["id"]]]
        cases += len(lines)
        wrong += [order["name"] for one in lines if one["quantity"] - given_back[one["id"]] != one["currentQuantity"]]
    return judged(cases, wrong, "refunded lines")


def gift_cards(shop: Shop) -> Verdict:
    """A line says that it is a gift card exactly when its product is one."""
    lines = [(order, line) for order in shop.detailed for line in _lines(order) if line["product"]]
    gifts = [line for _, line in lines if line["product"]["isGiftCard"] or line["isGiftCard"]]
    wrong = [order["name"] for order, line in lines if line["product"]["isGiftCard"] != line["isGiftCard"]]
    return judged(len(gifts), wrong, "gift card lines")


def processed(shop: Shop) -> Verdict:
    """What was sold in the shop was processed when it was created."""
    sold = [order for order in shop.newest if order["sourceName"] in _SOLD_HERE]
    wrong = [one["name"] for one in sold if _moment(one["processedAt"]) < _moment(one["createdAt"]) - _MINUTE]
    return judged(len(sold), wrong, "orders of web and till")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def numbers_rise(shop: Shop) -> Verdict:
    """The numbers of orders rise with time, but for a few."""
    orders = shop.newest
    pairs = [(later, earlier) for later, earlier in pairwise(orders) if _apart(later, earlier)]
    wrong = [later["name"] for later, earlier in pairs if _number(later) < _number(earlier)]
    if len(wrong) > len(pairs) * _BEARABLE:
        return Verdict(REFUTED, f"{len(wrong)} of {len(pairs)} neighbours fall, such as {wrong[0]}")
    return judged(len(pairs), [], "neighbouring orders")


def _apart(later: Document, earlier: Document) -> bool:
    return bool(later["createdAt"] != earlier["createdAt"])


def _number(order: Document) -> int:
    return int(order["id"].rpartition("/")[2])


def whole_seconds(shop: Shop) -> Verdict:
    """`updatedAt` has no part of a second."""
    wrong = [order["name"] for order in shop.newest if _moment(order["updatedAt"]).microsecond]
    return judged(len(shop.newest), wrong, "orders")


def found_by_change(shop: Shop) -> Verdict:
    """A search by `updated_at` includes its own moment, and comes in the order of changes."""
    if not shop.newest:
        return Verdict(UNTESTABLE, "this shop shows no orders")
    since = sorted(order["updatedAt"] for order in shop.newest)[-min(20, len(shop.newest))]
    query = """query probe_changed($query: String) {
      orders(first: 100, query: $query, sortKey: UPDATED_AT) {nodes {name updatedAt}}}"""
    found = [one["updatedAt"] for one in shop.data(query, query=f"updated_at:>='{since}'")["orders"]["nodes"]]
    if not found or found != sorted(found) or found[0] != since:
        return Verdict(REFUTED, f"{len(found)} found since {since}, the first of {found[:1]}")
    return Verdict(CONFIRMED, f"{len(found)} orders found")


def counted_by_day(shop: Shop) -> Verdict:
    """A count of a span of time is that of the orders that a search of it finds."""
    if not shop.newest:
        return Verdict(UNTESTABLE, "this shop shows no orders")
    # The newest minutes are left out: there the count may still lag.
    since, until = shop.newest[-1]["createdAt"], shop.newest[min(5, len(shop.newest) - 1)]["createdAt"]
    query = """query probe_counted($query: String) {orders(first: 250, query: $query) {nodes {id}}
      ordersCount(query: $query, limit: null) {count precision}}"""
    found = shop.data(query, query=f"created_at:>='{since}' AND created_at:<'{until}'")
    counted, shown = found["ordersCount"], len(found["orders"]["nodes"])
    if counted["precision"] != "EXACT" or (shown < 250 and counted["count"] != shown):
        return Verdict(REFUTED, f"counted {counted['count']} ({counted['precision']}), found {shown}")
    return Verdict(CONFIRMED, f"{counted['count']} orders counted and found")


def unknown_nodes(shop: Shop) -> Verdict:
    """Unknown ids are null, each in its own place."""
    known = [order["id"] for order in shop.newest[:2]]
    asked = ["gid://shopify/Order/1", *known, "gid://shopify/Customer/1"]
    nodes = shop.data("query probe_nodes($ids: [ID!]!) {nodes(ids: $ids) {id}}", ids=asked)["nodes"]
    found = [node and node["id"] for node in nodes]
    if found != [None, *known, None]:
        return Verdict(REFUTED, f"asked for {asked}, got {found}")
    return Verdict(CONFIRMED, f"{len(known)} known and 2 unknown ids")
