"""What goes wrong is said without the person whom it went wrong about: in logs, errors, parked deliveries, commands."""

import io
import json
import logging

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import IntegrityError

from shopify_app.embedded.request_log import LineFormatter
from shopify_app.tasks.model import Task
from tests.privacy.life import DOMAIN, Life
from webhooks.inbox import PARKED, Delivery
from webhooks.topics import HANDLERS

PERSON = ("noura", "نورة", "50001234")
BODIES = (
    b"not JSON: noura.otaibi@example.com",
    json.dumps({"id": "noura.otaibi@example.com", "customer": {"id": "noura.otaibi@example.com"}}).encode(),
    json.dumps({"id": 1, "customer": "noura.otaibi@example.com", "updated_at": "نورة"}).encode(),
    json.dumps(
        {"id": 1, "updated_at": "noura", "created_at": "noura", "currency": "noura", "line_items": "x"}
    ).encode(),
    json.dumps(
        {
            "admin_graphql_api_customer_kept_id": "noura",
            "admin_graphql_api_customer_deleted_id": "",
            "status": "completed",
        }
    ).encode(),
)


@pytest.fixture
def life(small_world):
    return Life(small_world)


@pytest.fixture
def logged():
    """Everything that is logged, as the running server writes it."""
    text = io.StringIO()
    handler, root = logging.StreamHandler(text), logging.getLogger()
    handler.setFormatter(LineFormatter())
    root.addHandler(handler)
    before, root.level = root.level, logging.DEBUG
    yield text
    root.removeHandler(handler)
    root.level = before


def said_of_them(*texts):
    return [word for word in PERSON for text in texts if word.casefold() in text.casefold()]


def printed(world, *arguments):
    return world.app.test_cli_runner().invoke(args=[*arguments, "--shop", DOMAIN]).output


def test_what_nobody_can_read_is_parked_without_quoting_it(life, logged):
    world = life.world
    # Those two end the shop, whatever their bodies say.
    for topic in sorted(HANDLERS.keys() - {"app/uninstalled", "shop/redact"}):
        for number, body in enumerate(BODIES):
            world.store.queue(life.shop.domain, topic, body, f"{topic} {number}")
    world.work()
    for _ in range(8):
        world.clock.forward(100)
        world.work()
    with world.wafa.database.reading() as session:
        errors = session.scalars(select(Delivery.error).where(Delivery.state == PARKED)).all()
        failed = [error for error in session.scalars(select(Task.error)) if error]
    assert len(errors) > 20
    assert "parked" in logged.getvalue()
    commands = printed(world, "parked"), printed(world, "imports"), printed(world, "replay"), printed(world, "prove")
    assert said_of_them(logged.getvalue(), *errors, *failed, *commands) == []


def test_a_database_that_refuses_rows_is_logged_without_them(life, logged):
    """Its own error quotes the statement's values, a customer's number among them."""
    world = life.world

    def refuse(_connection, _cursor, statement, parameters, *_):
        if "INSERT INTO privacy_request" in statement or "INSERT INTO orders" in statement:
            raise IntegrityError(f"{statement} {life.noura}", parameters, ValueError(f"customer {life.noura}, Noura"))

    event.listen(world.wafa.database.writing, "before_cursor_execute", refuse)
    life.shop.place_order(life.noura, [{"price": "1.000", "quantity": 1}])
    life.shop.request_data(life.noura)
    for _ in range(8):
        world.work()
        world.clock.forward(100)
    event.remove(world.wafa.database.writing, "before_cursor_execute", refuse)
    with world.wafa.database.reading() as session:
        parked = session.execute(select(Delivery.topic, Delivery.error).where(Delivery.state == PARKED)).all()
    assert {topic for topic, _ in parked} >= {"customers/data_request", "orders/create"}
    text = logged.getvalue() + repr(parked) + printed(world, "parked")
    assert "IntegrityError" in text
    assert said_of_them(text) == []
    assert str(life.noura) not in text
