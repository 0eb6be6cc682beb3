"""What was given up is listed with its reason and names nobody, and a replay says what will come of it."""

import pytest
from sqlalchemy import delete, select

from shopify_app.db.base import ShopId
from shopify_app.shops.model import ShopKey
from shopify_app.shops.queries import find_shop
from tests.factories import make_shop
from tests.webhooks.test_door import ORDER, headers
from webhooks.inbox import Delivery
from webhooks.process import ATTEMPTS, FIRST_PAUSE
from webhooks.topics import FACTS

SPOILT = b'{"id": 1, "email": "noura@example.com", '


@pytest.fixture
def given_up(world, monkeypatch):
    """Three shops: a body that nobody can read, one whose key is gone, and one that fails in our own code."""

    def failing(payload, context):
        if context.domain == "carol.myshopify.com":
            raise RuntimeError("noura@example.com")
        return read(payload, context)

    read = FACTS["orders/create"]
    monkeypatch.setitem(FACTS, "orders/create", failing)
    for number, (name, body) in enumerate([("alice", SPOILT), ("bob", ORDER), ("carol", ORDER)]):
        domain = f"{name}.myshopify.com"
        make_shop(world.wafa.database, domain, currency="KWD")
        sent = headers(body, shop=domain, number=f"w{number}")
        assert world.client.post("/webhooks", data=body, headers=sent).status_code == 200
    with world.wafa.database.transaction() as session:
        bob = ShopId(find_shop(session, "bob.myshopify.com").id)
        session.execute(delete(ShopKey).where(ShopKey.shop_id == bob))
    for attempt in range(ATTEMPTS):
        world.wafa.drain.sweep()
        world.clock.forward(FIRST_PAUSE * 2**attempt)
    return world


def typed(world, *words) -> str:
    printed = world.app.test_cli_runner().invoke(args=[*words])
    assert printed.exit_code == 0, printed.output
    return printed.output


def test_each_is_listed_with_its_reason(given_up):
    lines = typed(given_up, "parked").splitlines()
    assert [line.split("  ") for line in lines[:-1]] == [
        [
            "alice.myshopify.com",
            "w0",
            "orders/create",
            "came 2026-11-21 09:00:00",
            "1 attempt",
            "the body is not what the topic promises: only a new version of Wafa can read it",
        ],
        [
            "bob.myshopify.com",
            "w1",
            "orders/create",
            "came 2026-11-21 09:00:00",
            "1 attempt",
            "its key is gone: nobody can open it any more",
        ],
        [
            "carol.myshopify.com",
            "w2",
            "orders/create",
            "came 2026-11-21 09:00:00",
            "5 attempts",
            "it failed again and again (RuntimeError): the server's log has where",
        ],
    ]
    assert lines[-1] == "3 deliveries are parked."


def test_one_shops_alone_are_listed_and_nobody_is_named(given_up):
    said = typed(given_up, "parked", "--shop", "carol.myshopify.com")
    assert [line.split()[0] for line in said.splitlines()] == ["carol.myshopify.com", "1"]
    assert "1 delivery is parked." in said
    assert "noura" not in typed(given_up, "parked")


def test_a_replay_says_what_will_happen(given_up):
    said = typed(given_up, "replay", "--shop", "alice.myshopify.com")
    assert said.startswith("1 parked delivery waits to be tried again.\n")
    assert "What fails is parked again: parked --shop alice.myshopify.com" in said
    assert "1 of them was parked because it could not be read" in said
    given_up.wafa.drain.sweep()
    assert "w0" in typed(given_up, "parked", "--shop", "alice.myshopify.com")


def test_a_replay_of_what_was_mended_warns_of_nothing(given_up, monkeypatch):
    monkeypatch.undo()
    said = typed(given_up, "replay", "--shop", "carol.myshopify.com")
    assert "could not be read" not in said
    given_up.wafa.drain.sweep()
    assert typed(given_up, "parked", "--shop", "carol.myshopify.com") == "0 deliveries are parked.\n"
    with given_up.wafa.database.reading() as session:
        carols = select(Delivery.state).where(Delivery.shop_domain == "carol.myshopify.com")
        assert session.scalars(carols).all() == ["handled"]
    assert typed(given_up, "replay", "--shop", "carol.myshopify.com").splitlines() == [
        "0 parked deliveries wait to be tried again."
    ]


def test_a_shop_that_nobody_knows_is_named(given_up):
    printed = given_up.app.test_cli_runner().invoke(args=["parked", "--shop", "mallory.myshopify.com"])
    assert (printed.exit_code, "No shop called mallory" in printed.output) == (1, True)
