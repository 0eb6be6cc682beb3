"""How the Admin API answers for products and the collections that they stand in."""

from collections.abc import Callable
from typing import Any

from devstore.answer_kinds import Answer, plain
from devstore.collections import Collection
from devstore.pages import iso
from devstore.sources import Arguments, Ask

PRODUCT_ANSWERS: dict[str, dict[str, Answer]] = {
    "Product": {
        "id": plain(lambda product: f"gid://shopify/Product/{product.id}"),
        "legacyResourceId": plain(lambda product: str(product.id)),
    },
    "Collection": {
        "id": plain(lambda found: f"gid://shopify/Collection/{found.id}"),
        "legacyResourceId": plain(lambda found: str(found.id)),
        "productsCount": plain(lambda found: {"count": len(found.products), "precision": "EXACT"}),
        "title": plain(lambda found: found.title),
        "updatedAt": plain(lambda found: iso(found.updated_at)),
    },
}


def _collections(_root: Any, ask: Ask, arguments: Arguments) -> list[Collection]:
    """In the order of their numbers, which is all that the store knows."""
    return sorted(ask.shop.collections.all.values(), key=lambda one: one.id, reverse=bool(arguments.get("reverse")))


def _products(found: Collection, _ask: Ask, arguments: Arguments) -> list[Any]:
    return sorted(found.products, key=lambda one: one.id, reverse=bool(arguments.get("reverse")))


PRODUCT_LISTS: dict[tuple[str, str], Callable[[Any, Ask, Arguments], list[Any]]] = {
    ("QueryRoot", "collections"): _collections,
    ("Collection", "products"): _products,
}
