"""Histories a shop can be filled with; none of them tells the app anything while it is written."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from devstore.worlds.bazaar_history import bazaar
from devstore.worlds.cdnow_sample import cdnow
from devstore.worlds.newyork_history import newyork
from devstore.worlds.souq_history import souq
from devstore.worlds.transaction_log import transactions

if TYPE_CHECKING:
    from devstore.shop import Shop

_WORLDS: dict[str, Callable[["Shop"], object]] = {
    "bazaar": bazaar,
    "souq": souq,
    "newyork": newyork,
    "cdnow": cdnow,
    "empty": lambda _shop: None,
}
NAMES = tuple(_WORLDS)


def load(shop: "Shop", name: str) -> None:
    """Fill a shop with the world of a name; raises ValueError for a name that is none of NAMES."""
    if name not in _WORLDS:
        raise ValueError(f"{name!r} is no world; choose one of {', '.join(NAMES)}")
    _WORLDS[name](shop)


__all__ = ["NAMES", "bazaar", "cdnow", "load", "newyork", "souq", "transactions"]
