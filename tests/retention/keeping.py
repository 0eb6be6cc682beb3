"""What holds of everything that is kept for the next page, whatever it is that is summed."""

from collections.abc import Callable, Collection
from typing import Any

import pytest

from shopify_app.changes.apply import apply_facts
from shopify_app.clock import Instant
from shopify_app.db.base import Database, ShopId
from shopify_app.retention.past import since
from tests.changes.test_incremental_is_rebuild import START
from tests.factories import LOOKUP, make_shop, order, rebuilt

Look = Callable[[Database, ShopId], int]
"""What a page does: it reads, and keeps what it added up; how much it had to add up."""


def bought(database: Database, shop: ShopId, first: int, count: int) -> None:
    """So many customers order once more."""
    facts = [order(first + n, n + 1, f"2025-03-{1 + n % 28:02d}", "10") for n in range(count)]
    with database.transaction() as session:
        apply_facts(session, shop, facts, Instant(START), LOOKUP)


def adds_up_only_what_is_not_kept(
    database: Database, patch: pytest.MonkeyPatch, look: Look, asked: Collection[Any]
) -> None:
    """A page adds up everything once; then nothing, until too much has changed or another generation is counted."""
    patch.setattr(since, "AHEAD", 30)
    shop, other = make_shop(database), make_shop(database, "bob.myshopify.com")
    for each in (shop, other):
        bought(database, each, 1, 5)
        assert look(database, each) == len(asked)
        assert look(database, each) == 0
    bought(database, shop, 100, 20)
    assert look(database, shop) == 0
    bought(database, shop, 200, 31)
    assert look(database, shop) == len(asked), "so much has changed that adding up is cheaper"
    assert look(database, shop) == 0
    rebuilt(database, shop)
    assert look(database, shop) == len(asked), "another generation has other rows"
    assert look(database, other) == 0, "one shop's orders are none of another's"
