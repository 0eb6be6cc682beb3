"""Nothing of a redacted customer is anywhere: every column opened, and the raw file."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import make_url, select, text, update

from shopify_app.privacy.model import Erasure
from shopify_app.shops.queries import find_shop
from shopify_app.tasks.model import Task
from tests.privacy.decoding import raw
from tests.privacy.life import DOMAIN, Life
from webhooks.erasing import EMPTY
from webhooks.inbox import Delivery


@pytest.fixture
def life(world):
    return Life(world)


def test_the_search_finds_a_person_wherever_they_are(life):
    everywhere = {
        "customer.customer_id",
        "customer_alias.customer_id",
        "delivery.body",
        "order_version.customer_id",
        "orders.customer_id",
        "privacy_request.answer",
    }
    assert everywhere <= set(life.found(life.gone))


def test_nothing_of_a_redacted_customer_is_found(life):
    life.shop.redact_customer(life.noura)
    life.world.work()
    assert life.found(life.gone) == []
    assert "delivery.body" in life.found(life.here)


def test_the_file_has_nothing_of_them_after_vacuum(sqlite, small_world):
    life = Life(small_world)
    path = Path(make_url(sqlite.url).database)
    compact(sqlite)
    before = path.read_bytes()
    assert any(needle in before for needle in raw(life.gone)), "the numbers are found while they are there"
    life.shop.redact_customer(life.noura)
    small_world.work()
    compact(sqlite)
    after = path.read_bytes()
    assert [needle for needle in raw(life.gone) if needle in after] == []
    assert any(needle in after for needle in raw(life.here))
    assert Path(f"{path}-wal").read_bytes() == b""


def compact(database):
    with database.writing.connect() as connection:
        raw_connection = connection.connection.driver_connection
        raw_connection.rollback()
        raw_connection.execute("VACUUM")
        raw_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def test_one_body_that_is_left_is_found(life):
    """The search above can fail."""
    world = life.world
    with world.wafa.database.reading() as session:
        named = {row.id: row.body for row in session.scalars(select(Delivery).where(Delivery.topic == "orders/create"))}
    life.shop.redact_customer(life.noura)
    world.work()
    with world.wafa.database.transaction() as session:
        emptied = session.scalars(select(Delivery.id).where(Delivery.body == EMPTY, Delivery.id.in_(named))).first()
        session.execute(update(Delivery).where(Delivery.id == emptied).values(body=named[emptied]))
    assert life.found(life.gone) == ["delivery.body"]


def test_requests_are_emptied_as_they_are_handled(life):
    """They hold e-mail and phone whatever is left out of other topics; nobody reads them twice."""
    life.shop.request_data(life.yousef)
    life.shop.redact_customer(life.noura)
    life.world.store.deliver_due()
    life.world.wafa.drain.sweep()
    with life.world.wafa.database.reading() as session:
        compliance = Delivery.topic.in_(("customers/data_request", "customers/redact"))
        bodies = session.scalars(select(Delivery.body).where(compliance)).all()
    assert len(bodies) == 4
    assert set(bodies) == {EMPTY}


def test_what_waits_is_emptied_once_it_is_handled(life):
    """By number in the drain, and by address alone in the search that comes back for it."""
    world = life.world
    later = world.clock() + timedelta(seconds=100)
    for number, topic in enumerate(("customers/update", "draft_orders/create")):
        times = {"created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-02T00:00:00Z"}
        body = {"id": life.yousef, "note": "for NOURA.OTAIBI@EXAMPLE.COM", **times}
        life.send(topic, body, f"waits-{number}")
    with world.wafa.database.transaction() as session:
        waits = Delivery.webhook_id.like("waits-%")
        session.execute(update(Delivery).where(waits).values(due_at=later))
    life.shop.redact_customer(life.noura)
    world.work()
    assert life.found(life.gone) == ["delivery.body"]
    world.clock.forward(200)
    world.work()
    world.clock.forward(200)
    world.work()
    assert life.found(life.gone) == []


def test_what_comes_again_hours_later_is_emptied(life):
    world = life.world
    order = next(one for one in life.shop.orders.values() if one.customer and one.customer.id == life.noura)
    body = life.shop.payload("orders/updated", order)
    life.shop.redact_customer(life.noura)
    world.work()
    world.clock.forward(3 * 3600)
    life.send("orders/updated", body, "late")
    life.send("draft_orders/create", {"email": "noura.otaibi@example.com"}, "late by address")
    world.work()
    for _ in range(30):
        world.clock.forward(600)
        world.work()
    assert life.found(life.gone) == []
    with world.wafa.database.reading() as session:
        assert session.scalars(select(Erasure)).all() == []
        assert set(session.scalars(select(Task.state).where(Task.kind == "erase_deliveries"))) == {"done"}


def test_what_names_only_their_order_is_emptied(life):
    """By the orders that we know were theirs, and by those that Shopify names."""
    ours = next(one.id for one in life.shop.orders.values() if one.customer and one.customer.id == life.noura)
    told = 7999999999999
    for order in (ours, told):
        life.send("fulfillments/create", {"order_id": order, "destination": {"name": "نورة"}}, f"ship-{order}")
    life.send("customers/redact", {"customer": {"id": life.noura}, "orders_to_redact": [told]}, "redact")
    life.world.work()
    assert life.found({"numbers": [], "phones": [], "words": ["نورة"]}) == []


def test_a_person_named_by_address_alone_is_searched_for(life):
    body = {"customer": {"email": "noura.otaibi@EXAMPLE.com"}, "orders_to_redact": []}
    life.send("customers/redact", body, "by address")
    life.world.work()
    person = {**life.gone, "numbers": [], "phones": []}
    person["words"] = ["noura.otaibi"]
    assert life.found(person) == []
    assert "delivery.body" in life.found(life.here)


def test_a_parked_one_is_emptied_and_its_order_asked_for_again(small_world):
    life = Life(small_world)
    world = life.world
    order = life.shop.place_order(life.noura, [{"price": "3.000", "quantity": 1}])
    world.store.deliver_due()
    with world.wafa.database.transaction() as session:
        session.execute(update(Delivery).where(Delivery.state == "waiting").values(state="parked"))
    life.shop.redact_customer(life.noura)
    world.work()
    assert life.found(life.gone) == []
    printed = world.app.test_cli_runner().invoke(args=["replay", "--shop", DOMAIN])
    assert printed.output.startswith("0 ")
    with world.wafa.database.reading() as session:
        told = session.execute(text("SELECT name FROM orders WHERE order_id = :id"), {"id": order.id}).all()
    assert told == [(order.name,)]


def test_a_request_of_another_that_is_parked_is_not_lost(small_world):
    """A family shares a phone."""
    life = Life(small_world)
    body = {"customer": {"id": life.yousef, "phone": "+96550001234"}, "orders_to_redact": []}
    life.send("customers/redact", body, "parked")
    with small_world.wafa.database.transaction() as session:
        session.execute(update(Delivery).where(Delivery.webhook_id == "parked").values(state="parked"))
    life.shop.redact_customer(life.noura)
    small_world.work()
    small_world.app.test_cli_runner().invoke(args=["replay", "--shop", DOMAIN])
    small_world.work()
    assert life.found(life.here) == []


def test_a_shop_that_leaves_meanwhile_is_searched_all_the_same(small_world):
    life = Life(small_world)
    life.shop.redact_customer(life.noura)
    small_world.store.deliver_due()
    small_world.wafa.drain.sweep()
    life.shop.uninstall()
    small_world.work()
    assert life.found(life.gone) == []


def test_killed_at_any_moment_the_search_is_finished_by_another(small_world, monkeypatch):
    """Each of its transactions in turn is the last one that the worker lives to see."""
    from shopify_app.jobs import erase_deliveries

    monkeypatch.setattr(erase_deliveries, "_PAGE", 3)
    monkeypatch.setattr(erase_deliveries, "_STEP", 6)
    life = Life(small_world)
    world, database = life.world, life.world.wafa.database
    with database.reading() as session:
        shop = find_shop(session, DOMAIN).id
    life.shop.redact_customer(life.noura)
    world.store.deliver_due()
    world.wafa.drain.sweep()
    real, lived = database.transaction, {"left": 0, "kills": 0}

    class Killed(BaseException):
        pass

    def transaction(**how):
        lived["left"] -= 1
        if lived["left"] < 0:
            lived["kills"] += 1
            raise Killed
        return real(**how)

    monkeypatch.setattr(database, "transaction", transaction)
    for _ in range(200):
        lived["left"] = 2
        try:
            world.step_tasks()
        except Killed:
            world.clock.forward(61)
            continue
        if not life.found(life.gone):
            break
    assert lived["kills"] > 3
    monkeypatch.setattr(database, "transaction", real)
    world.work()
    assert life.found(life.gone) == [], shop
