"""How each field of the Admin API is answered: one table, type by type, for requests and bulk operations."""

from collections.abc import Callable
from typing import Any

from devstore import shopifyql
from devstore.answers_checkouts import CHECKOUT_ANSWERS, CHECKOUT_LISTS, CHECKOUT_ROOTS, abandonment_of
from devstore.answers_orders import DISCOUNT_KINDS, ORDER_ANSWERS, ORDER_LISTS
from devstore.answers_outward import OUTWARD_ANSWERS, OUTWARD_LISTS
from devstore.answers_people import PEOPLE_ANSWERS, PEOPLE_LISTS
from devstore.answers_products import PRODUCT_ANSWERS, PRODUCT_LISTS
from devstore.answers_shop import SHOP_ANSWERS
from devstore.bulk import BulkOperation
from devstore.checkout.record import Checkout
from devstore.collections import Collection
from devstore.discounts.answers import DISCOUNT_ANSWERS, DISCOUNT_LISTS, DISCOUNT_ROOTS
from devstore.discounts.records import Discount
from devstore.pages import LARGER_PAGES, MOST, Page
from devstore.records import Customer, Order, Product
from devstore.search import bulk_items, order_items, visible_order
from devstore.sources import AbandonmentOf, AgreementOf, Arguments, Ask, DiscountOf, Money, RefundOf, ReturnOf, SaleOf
from devstore.store_credit.account import Account
from devstore.store_credit.answers import CREDIT_ANSWERS, CREDIT_KINDS, CREDIT_LISTS
from devstore.store_credit.book import EntryOf

Answer = Callable[[Any, Ask, Arguments], Any]
Items = Callable[[Any, Ask, Arguments], list[Any]]

LISTS: dict[tuple[str, str], Items] = {
    **ORDER_LISTS,
    **PEOPLE_LISTS,
    **OUTWARD_LISTS,
    **PRODUCT_LISTS,
    **DISCOUNT_LISTS,
    **CREDIT_LISTS,
    **CHECKOUT_LISTS,
    ("QueryRoot", "orders"): lambda _root, ask, arguments: order_items(ask, arguments),
    ("QueryRoot", "bulkOperations"): lambda _root, ask, arguments: bulk_items(ask.shop, ask.now, arguments),
}
"""Every connection: all its items, sorted and filtered; paging comes after."""


def find_node(_root: Any, ask: Ask, arguments: Arguments) -> Any:
    """What stands behind a global id, or None."""
    kind, _, number = str(arguments["id"]).removeprefix("gid://shopify/").partition("/")
    if not number.isdigit():
        return None
    shop, key = ask.shop, int(number)
    shelves: dict[str, Callable[[int], Any]] = {
        "Order": lambda one: visible_order(ask, shop.orders.get(one)),
        "Refund": lambda one: _refund(ask, one),
        "Customer": shop.customers.get,
        "AbandonedCheckout": shop.checkouts.by_number,
        "Abandonment": lambda one: abandonment_of(shop.checkouts.by_number(one)),
        "Product": shop.products.get,
        "Collection": shop.collections.all.get,
        "StoreCreditAccount": lambda _one: shop.credit.find(str(arguments["id"])),
        **dict.fromkeys(CREDIT_KINDS, shop.credit.entry),
        "BulkOperation": lambda one: shop.bulk.find(one, ask.now),
    }
    return shelves[kind](key) if kind in shelves else None


def _refund(ask: Ask, number: int) -> RefundOf | None:
    for order in ask.shop.orders.values():
        for refund in order.refunds:
            if refund.id == number:
                return RefundOf(order, refund) if visible_order(ask, order) else None
    return None


def _find(kind: str) -> Answer:
    def answer(root: Any, ask: Ask, arguments: Arguments) -> Any:
        wanted = str(arguments["id"]).startswith(f"gid://shopify/{kind}/")
        return find_node(root, ask, arguments) if wanted else None

    return answer


def _count(items: Items) -> Answer:
    def answer(root: Any, ask: Ask, arguments: Arguments) -> dict[str, Any]:
        found, limit = len(items(root, ask, arguments)), arguments.get("limit")
        cut = limit is not None and found > limit
        return {"count": limit if cut else found, "precision": "AT_LEAST" if cut else "EXACT"}

    return answer


ANSWERS: dict[str, dict[str, Answer]] = {
    **ORDER_ANSWERS,
    **PEOPLE_ANSWERS,
    **PRODUCT_ANSWERS,
    **SHOP_ANSWERS,
    **OUTWARD_ANSWERS,
    **DISCOUNT_ANSWERS,
    **CREDIT_ANSWERS,
    **CHECKOUT_ANSWERS,
    "QueryRoot": {
        **DISCOUNT_ROOTS,
        **CHECKOUT_ROOTS,
        "shop": lambda _root, ask, _arguments: ask.shop,
        "currentAppInstallation": lambda _root, ask, _arguments: ask.installation,
        "order": _find("Order"),
        "customer": _find("Customer"),
        "collection": _find("Collection"),
        "bulkOperation": _find("BulkOperation"),
        "metafieldDefinition": lambda _root, ask, arguments: ask.shop.outward.metafields.find(arguments),
        "segment": lambda _root, ask, arguments: ask.shop.outward.segments.find(arguments["id"]),
        "node": find_node,
        "storeCreditAccount": lambda _root, ask, arguments: ask.shop.credit.find(arguments["id"]),
        "shopifyqlQuery": lambda _root, ask, arguments: shopifyql.run(ask.shop, arguments["query"], ask.now),
        "nodes": lambda root, ask, arguments: [find_node(root, ask, {"id": one}) for one in arguments["ids"]],
        "abandonedCheckoutsCount": _count(LISTS["QueryRoot", "abandonedCheckouts"]),
        "ordersCount": _count(LISTS["QueryRoot", "orders"]),
        "collectionsCount": _count(LISTS["QueryRoot", "collections"]),
        "customersCount": _count(LISTS["QueryRoot", "customers"]),
        "discountNodesCount": _count(LISTS["QueryRoot", "discountNodes"]),
    },
}

_KINDS: list[tuple[type, str]] = [
    (Order, "Order"),
    (RefundOf, "Refund"),
    (ReturnOf, "Return"),
    (Customer, "Customer"),
    (Checkout, "AbandonedCheckout"),
    (AbandonmentOf, "Abandonment"),
    (Product, "Product"),
    (Collection, "Collection"),
    (BulkOperation, "BulkOperation"),
    (Money, "MoneyV2"),
    (Account, "StoreCreditAccount"),
]


_AGREEMENTS = {
    "ORDER": "OrderAgreement",
    "ORDER_EDIT": "OrderEditAgreement",
    "REFUND": "RefundAgreement",
    "RETURN": "ReturnAgreement",
}


def kind_of(source: Any) -> str:
    """The name of the type of a source, where a field promises only an interface or one of several types."""
    if isinstance(source, dict):
        return str(source["__typename"])
    if isinstance(source, AgreementOf):
        return _AGREEMENTS[source.reason]
    if isinstance(source, SaleOf | Discount):
        return source.kind
    if isinstance(source, EntryOf):
        return source.entry.kind
    if isinstance(source, DiscountOf):
        return DISCOUNT_KINDS[source.kind]
    return next(name for kind, name in _KINDS if isinstance(source, kind))


def answer(kind: str, field: str, source: Any, ask: Ask, arguments: Arguments) -> Any:
    """The value of a field: its own answer, a page of a connection, or a key of what was answered before."""
    found = ANSWERS.get(kind, {}).get(field)
    if found:
        return found(source, ask, arguments)
    items = LISTS.get((kind, field))
    if items:
        return Page.cut(items(source, ask, arguments), arguments, LARGER_PAGES.get(field, MOST))
    return source[field] if isinstance(source, dict) else getattr(source, field)
