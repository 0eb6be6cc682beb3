"""When the report of a month is due: once, and only once all that is known is counted."""

import pytest

from shopify_app.changes.apply import apply_facts
from shopify_app.retention.past.queries import store_report
from shopify_app.retention.past.report import due, made
from shopify_app.shops.queries import get_shop
from tests.factories import LOOKUP, instant, make_shop, order

NIGHT = instant("2026-11-01T02:00")
READ = instant("2026-10-20")


def is_due(database, shop, now=NIGHT):
    with database.reading() as session:
        month = due(session, get_shop(session, shop), now)
    return None if month is None else month.name


@pytest.mark.parametrize(
    ("values", "name"),
    [({"imported_at": READ}, "2026-10"), ({}, None), ({"imported_at": READ, "behind": True}, None)],
    ids=["all known and counted", "not read yet", "not counted yet"],
)
def test_a_month_is_due_once_all_is_known_and_counted(database, values, name):
    assert is_due(database, make_shop(database, **values)) == name


def test_the_month_ends_by_the_shops_own_clock(database):
    """At two in the morning in London it is still October in New York."""
    assert is_due(database, make_shop(database, timezone="America/New_York", imported_at=READ)) == "2026-09"


def test_what_was_stored_is_not_due_again_and_stays_as_it_was(database):
    shop = make_shop(database, imported_at=READ)
    with database.transaction() as session:
        apply_facts(session, shop, [order(1, 7, "2026-10-05", "10")], READ, LOOKUP)
        report = made(session, shop, NIGHT)
        assert store_report(session, report)
        assert not store_report(session, report | {"document": "another"})
    assert is_due(database, shop) is None
    assert is_due(database, shop, instant("2026-12-01T02:00")) == "2026-11"
