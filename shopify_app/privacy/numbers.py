"""All numbers that one person has had in a shop."""

from collections.abc import Iterable

from shopify_app.changes.queries import load_aliases
from shopify_app.customers.queries import aliases_of
from shopify_app.db.base import Session, ShopId


def numbers_of(session: Session, shop: ShopId, customers: Iterable[int]) -> list[int]:
    """These numbers, those that they were merged into since, and all that were merged into any of them."""
    now = [each for one in customers for each in (one, *load_aliases(session, shop, [one]).values())]
    return list(dict.fromkeys(each for one in now for each in (one, *aliases_of(session, shop, one))))
