"""Text that a database cannot take must not keep an order out, nor hold up the others."""

import json

import pytest
from sqlalchemy import select

from shopify_app.clock import Instant
from shopify_app.db.base import ShopId
from shopify_app.orders.bulk_payload import Unreadable, read_orders
from shopify_app.orders.facts import OrderFacts
from shopify_app.orders.model import Order, OrderLine
from shopify_app.orders.payload import read_order
from shopify_app.orders.text import fitting
from shopify_app.retention.progress import IMPORT
from shopify_app.shops.queries import find_shop
from shopify_app.tasks.queries import latest
from tests.factories import instant
from tests.orders import bulk_lines
from webhooks.inbox import PARKED, WAITING, Delivery

ODD = {
    "a long source": ({"price": "10.00", "quantity": 1}, {"source": "x" * 70}),
    "a NUL in a title": ({"price": "10.00", "quantity": 1, "title": "Ou\0d"}, {}),
}
LONG = "\0" + "N" * 600


@pytest.fixture(params=sorted(ODD))
def odd(request):
    return ODD[request.param]


def stored(session) -> tuple[set[str], set[str]]:
    return set(session.scalars(select(Order.source_name))), set(session.scalars(select(OrderLine.title)))


def test_the_import_ends(world, odd):
    line, other = odd
    shop = world.store.add_shop("alice.myshopify.com")
    shop.place_order(None, [line], **other)
    shop.place_order(None, [{"price": "5.00", "quantity": 1}])
    world.install(shop)
    for _ in range(12):
        world.work()
        world.clock.forward(400)
    with world.wafa.database.reading() as session:
        task = latest(session, ShopId(find_shop(session, shop.domain).id), IMPORT)
        assert (task.state, task.result) == ("done", {"orders": 2, "unreadable": 0})
        sources, titles = stored(session)
    assert ("x" * 64 in sources) == bool(other)
    assert ("Oud" in titles) == ("title" in line)


def test_the_delivery_is_handled(world, odd):
    line, other = odd
    shop = world.store.add_shop("alice.myshopify.com")
    world.install(shop)
    world.work()
    shop.place_order(None, [line], **other)
    for _ in range(6):
        world.work()
    with world.wafa.database.reading() as session:
        stuck = select(Delivery.topic).where(Delivery.state.in_((WAITING, PARKED)))
        assert session.scalars(stuck).all() == []
        sources, titles = stored(session)
    assert ("x" * 64 in sources) == bool(other)
    assert ("Oud" in titles) == ("title" in line)


def by_webhook() -> OrderFacts:
    line = {"id": 3, "price": "1.00", "quantity": 1, "title": LONG}
    order = {
        "id": 1,
        "created_at": "2026-03-01T10:00:00Z",
        "updated_at": "2026-03-01T10:00:00Z",
        "currency": "KWD",
        "name": LONG,
        "financial_status": LONG.lower(),
        "source_name": LONG,
        "line_items": [line],
    }
    return read_order(json.dumps(order).encode())[0]


def by_bulk(started: Instant) -> OrderFacts:
    order = bulk_lines.order(name=LONG, displayFinancialStatus=LONG, sourceName=LONG)
    lines = [order, bulk_lines.line(3, 1, title=LONG)]
    (one,) = read_orders([json.dumps(line).encode() for line in lines], started)
    assert not isinstance(one, Unreadable)
    return one[0]


@pytest.mark.parametrize("wire", ["webhook", "bulk"])
def test_every_text_fits_its_column_whichever_wire_it_came_by(wire: str) -> None:
    facts = by_webhook() if wire == "webhook" else by_bulk(instant("2026-11-21"))
    told = (facts.name, facts.financial_status, facts.source_name, facts.lines[0].title)
    assert told == ("N" * 64, "n" * 32, "N" * 64, "N" * 512)


@pytest.mark.parametrize(
    ("text", "kept"),
    [(None, ""), ("", ""), ("\0", ""), ("web", "web"), ("12345", "1234"), ("\0001234", "1234"), ("عود", "عود")],
)
def test_a_text_is_cut_and_loses_its_nuls(text: str | None, kept: str) -> None:
    assert fitting(text, 4) == kept
