"""Each promise finds the row that breaks it, and none is broken in a shop that was lived in."""

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from shopify_app.changes.apply import apply_facts
from shopify_app.changes.facts import CustomersMerged, OrderDeleted
from shopify_app.db.base import ShopId
from shopify_app.invariants.promises import PROMISES, broken, promises
from shopify_app.invariants.search import Cost
from shopify_app.privacy.redact import redact_customer
from shopify_app.tasks.model import Task
from shopify_app.tasks.queries import request
from tests.factories import LOOKUP, make_shop
from tests.invariants.planted import FORGOTTEN, GONE, KEPT, MERGED, NOW, PLANTED
from tests.retention.test_golden import golden


@pytest.fixture
def shop(database):
    """The golden shop with a merge, a deletion and a redaction: something of everything."""
    shop = make_shop(database, timezone="America/New_York")
    with database.transaction() as session:
        apply_facts(session, shop, golden(), NOW, LOOKUP)
    with database.transaction() as session:
        apply_facts(session, shop, [CustomersMerged(KEPT, MERGED, NOW), OrderDeleted(GONE, NOW)], NOW, LOOKUP)
        redact_customer(session, shop, FORGOTTEN, LOOKUP, NOW)
        request(session, shop, "count_customers", {}, "test", NOW)
    return shop


def test_the_golden_shop_keeps_every_promise(database, shop):
    with database.reading() as session:
        assert broken(session, shop, NOW, LOOKUP) == []


def test_every_promise_finds_what_breaks_it(database, shop):
    blind = []
    for name, plant in PLANTED.items():
        with Session(database.writing) as session:
            plant(session, shop)
            found = broken(session, shop, NOW, LOOKUP)
            blind += [name] if name not in {one.promise for one in found} else []
            assert all(one.sentence.endswith(".") for one in found)
            session.rollback()
    assert blind == []


def test_every_promise_has_a_row_that_breaks_it():
    names = [promise.name for promise in promises(LOOKUP)]
    assert len(names) == len(set(names))
    assert {*PLANTED, "nothing is left of a redacted shop"} == set(names)


def test_the_cheap_ones_find_it_alone_too(database, shop):
    for promise in PROMISES:
        if promise.cost is Cost.CHEAP:
            with Session(database.writing) as session:
                PLANTED[promise.name](session, shop)
                found = broken(session, shop, NOW, LOOKUP, dear=False)
                assert promise.name in {one.promise for one in found}
                assert promise.check(session, shop, NOW), promise.name
                session.rollback()


def test_what_a_redacted_shop_leaves_is_found(database, shop):
    with database.transaction() as session:
        values = {"id": "left", "kind": "left", "actor": "test", "due_at": NOW, "created_at": NOW, "updated_at": NOW}
        session.execute(insert(Task).values(shop_id=404, **values))
    with database.reading() as session:
        found = broken(session, ShopId(404), NOW, LOOKUP)
    assert [one.sentence for one in found] == ["task has rows of shop 404, which is gone: 1."]
