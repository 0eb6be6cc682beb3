"""A person who was redacted may have had other numbers: whatever tells us of them, they are forgotten too."""

import pytest
from msgspec.structs import replace
from sqlalchemy import select, text

from shopify_app.changes.facts import CustomersMerged, OrderSeen
from shopify_app.changes.rebuild import drift
from shopify_app.clock import Instant
from shopify_app.customers.model import Customer, CustomerAlias, RedactedCustomer
from shopify_app.customers.nobody import OPAQUE_FROM
from shopify_app.invariants.promises import broken
from shopify_app.orders.facts import Version
from shopify_app.orders.model import Order, OrderVersion
from shopify_app.privacy.model import Erasure
from shopify_app.privacy.numbers import Person
from shopify_app.privacy.redact import apply_and_forget, redact_customer, redact_person
from shopify_app.shops.queries import find_shop
from tests.factories import LOOKUP, instant, make_shop, order
from tests.privacy.life import DOMAIN, Life

LINES = [{"price": "10.000", "quantity": 1}]
HOURS = 6


@pytest.fixture
def life(world):
    return Life(world)


def newcomer(life, name):
    return life.shop.create_customer(name, "X", f"{name}@example.com", "en").id


def merge(life, kept, deleted):
    gid = "gid://shopify/Customer/"
    named = {"admin_graphql_api_customer_kept_id": f"{gid}{kept}"}
    body = {**named, "admin_graphql_api_customer_deleted_id": f"{gid}{deleted}", "status": "completed"}
    life.send("customers/merge", body, f"merge {life.world.clock()}")


def redact(life, orders, **customer):
    life.send("customers/redact", {"customer": customer, "orders_to_redact": orders}, "redact")


def hours_later(life):
    """After both searches of the kept deliveries."""
    for _ in range(HOURS):
        life.world.work()
        life.world.clock.forward(3600)
    life.world.work()


def buyers(life):
    """Who is behind each order, and whether all promises hold."""
    with life.world.wafa.database.reading() as session:
        shop = find_shop(session, DOMAIN).id
        assert broken(session, shop, life.world.clock(), life.world.wafa.config.lookup_key) == []
        assert drift(session, shop) == 0
        return dict(session.execute(select(Order.order_id, Order.customer_id)).all())


def test_a_merge_that_is_told_after_the_redaction_names_nobody(life):
    old, older, kept = (newcomer(life, name) for name in ("old", "older", "kept"))
    placed = [life.shop.place_order(one, LINES).id for one in (old, older, kept)]
    life.world.work()
    merge(life, old, older)
    life.world.work()
    redact(life, [placed[2]], id=kept)
    life.world.work()
    merge(life, kept, old)
    hours_later(life)
    assert life.found({"numbers": [old, older, kept], "words": [], "phones": []}) == []
    who = buyers(life)
    assert len({who[one] for one in placed}) == 1
    assert who[placed[0]] >= OPAQUE_FROM
    life.shop.place_order(older, LINES)
    life.world.work()
    assert len(set(buyers(life).values())) == len(set(who.values())), "also what is told of them later"


def test_it_is_all_the_same_when_the_night_finds_the_merge(database):
    shop, now = make_shop(database), instant("2026-01-01")

    def applied(*facts):
        with database.transaction() as session:
            apply_and_forget(session, shop, facts, now, LOOKUP)

    applied(order(1, 5, "2025-01-01", "10"), order(2, 9, "2025-01-02", "10"), order(3, 4, "2025-01-02", "10"))
    with database.transaction() as session:
        redact_customer(session, shop, 9, LOOKUP, now)
    applied(CustomersMerged(5, 4, now), CustomersMerged(9, 5, now), order(4, 5, "2025-01-03", "10"))
    with database.reading() as session:
        behind = session.scalars(select(Order.customer_id).distinct()).all()
        assert len(behind) == 1
        for model in (Customer, CustomerAlias):
            assert session.scalars(select(model.customer_id)).all() == []
        # Three people until the merges were told, in what was known before: nobody all the same.
        assert all(nobody >= OPAQUE_FROM for nobody in session.scalars(select(OrderVersion.customer_id)))
        assert set(session.scalars(select(RedactedCustomer.opaque_id))) == set(behind)
        assert len(session.scalars(select(RedactedCustomer.customer_hash)).all()) == 3
        assert [one.delivery_id < 0 for one in session.scalars(select(Erasure))] == [True]
        assert broken(session, shop, Instant(now), LOOKUP) == []


def test_who_is_named_by_address_is_known_by_their_orders(life):
    other = newcomer(life, "other")
    placed = life.shop.place_order(other, LINES).id
    life.world.work()
    redact(life, [placed], email="other@example.com")
    hours_later(life)
    assert life.found({"numbers": [other], "words": ["other@example.com"], "phones": []}) == []
    assert buyers(life)[placed] >= OPAQUE_FROM
    assert life.found(life.here) != []


def test_an_order_that_we_know_under_another_number_was_the_same_persons(life):
    """The merge's delivery is lost: Shopify names the order as theirs."""
    old, kept = newcomer(life, "old"), newcomer(life, "kept")
    placed = [life.shop.place_order(one, LINES).id for one in (old, old, kept)]
    life.world.work()
    redact(life, placed[1:], id=kept)
    hours_later(life)
    assert life.found({"numbers": [old, kept], "words": [], "phones": []}) == []
    assert len({buyers(life)[one] for one in placed}) == 1


def test_an_order_that_went_to_another_since_is_the_others(life):
    mine, other = newcomer(life, "mine"), newcomer(life, "other")
    placed = life.shop.place_order(mine, LINES)
    life.world.work()
    placed.customer = life.shop.customers[other]
    life.world.clock.forward(60)
    life.shop._touch(placed, None)
    life.shop.tell(placed, "orders/updated")
    life.world.work()
    assert buyers(life)[placed.id] == other
    redact(life, [placed.id], id=mine)
    life.world.work()
    assert buyers(life)[placed.id] == other
    with life.world.wafa.database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM order_version WHERE customer_id = :it"), {"it": mine}) == 0


def customers_of(database, shop):
    with database.reading() as session:
        rows = session.execute(select(Order.order_id, Order.customer_id))
        return {row.order_id: row.customer_id for row in rows}


def asked(database, shop, number, orders=()):
    with database.transaction() as session:
        redact_person(session, shop, Person(number, None, None, orders), None, LOOKUP, instant("2026-01-02"))


def moved_to(seen, customer):
    at = instant("2025-06-01")
    return OrderSeen(replace(seen.order, customer_id=customer), Version(at, at, "moved"))


def test_asking_twice_forgets_nobody_else(database):
    """Order 1 was theirs and is another customer's now: also once nothing tells any more that it was theirs."""
    shop, now, first = make_shop(database), instant("2026-01-01"), order(1, 5, "2025-01-01", "10")
    for facts in ([first, order(2, 7, "2025-01-02", "10")], [moved_to(first, 7)]):
        with database.transaction() as session:
            apply_and_forget(session, shop, facts, now, LOOKUP)
    for _ in range(2):
        asked(database, shop, 5, (1,))
        assert customers_of(database, shop) == {1: 7, 2: 7}


@pytest.mark.parametrize("batches", [1, 2])
def test_who_was_merged_away_is_forgotten_under_the_number_that_they_have_now(database, batches):
    shop, now = make_shop(database), instant("2026-01-01")
    facts = [order(1, 5, "2025-01-01", "10"), order(2, 7, "2025-01-02", "10"), CustomersMerged(7, 5, now)]
    for each in [facts] if batches == 1 else [facts[:2], facts[2:]]:
        with database.transaction() as session:
            apply_and_forget(session, shop, each, now, LOOKUP)
    asked(database, shop, 5)
    assert min(customers_of(database, shop).values()) >= OPAQUE_FROM
    with database.reading() as session:
        assert broken(session, shop, instant("2026-01-03"), LOOKUP) == []
