"""Where points brought, given on occasions, earned at rates and joined by merges meet each other."""

from datetime import UTC, datetime, timedelta

from shopify_app.changes.facts import CustomersMerged
from shopify_app.clock import Instant
from tests.loyalty.test_replayed import anew, replayed
from tests.loyalty.test_settled import NOW, START, WELCOME, open_shop, order, run


def test_an_order_that_leaves_whoever_was_just_joined_is_made_again(database):
    """Two became one, and one of their orders turned out to be a third's, told of together."""
    shop = open_shop(database, WELCOME)
    early = Instant(datetime(2025, 3, 2, tzinfo=UTC))
    first = [order(1, 7, "2025-03-01", "10"), order(2, 9, "2025-03-01", "20"), order(3, 8, "2025-03-01", "5")]
    run(database, shop, first, now=early)
    told = [CustomersMerged(7, 9, START), order(2, 8, "2025-03-01", "20", version=1)]
    run(database, shop, told, now=Instant(early + timedelta(days=1)))
    run(database, shop, [order(1, 7, "2025-03-01", "10", refunded="5", version=1)], now=NOW)
    assert replayed(database, shop) == []
    assert [one for one in anew(database, shop) if not one.reason] == []
