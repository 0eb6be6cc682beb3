"""Histories a shop can be filled with; none of them tells the app anything while it is written."""

from typing import TYPE_CHECKING

from devstore.worlds.bazaar_history import bazaar
from devstore.worlds.cdnow_sample import cdnow
from devstore.worlds.transaction_log import transactions

if TYPE_CHECKING:
    from devstore.shop import Shop

NAMES = ("bazaar", "cdnow", "empty")


def load(shop: "Shop", name: str) -> None:
    """Fill a shop with the world of a name; raises ValueError for a name that is none of NAMES."""
    if name == "bazaar":
        bazaar(shop)
    elif name == "cdnow":
        cdnow(shop)
    elif name != "empty":
        raise ValueError(f"{name!r} is no world; choose one of {', '.join(NAMES)}")


__all__ = ["NAMES", "bazaar", "cdnow", "load", "transactions"]
