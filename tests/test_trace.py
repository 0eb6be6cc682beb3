"""One order's walk is told from what is stored, and ARCHITECTURE.md tells the same walk."""

import re
from pathlib import Path

import pytest
from sqlalchemy import update

from shopify_app.jobs.import_orders import ImportOrders
from shopify_app.orders.model import Order
from shopify_app.tracing.places import place
from tests.small_shop import add_shop
from tests.test_papers import ARCHITECTURE
from tests.walks.test_points import switch_on
from webhooks.inbox import purge

PLACE = re.compile(r"\b[\w/]+\.py:[\w.]+")
ROOT = Path(__file__).parents[1]


def walk(world, shop, order, status: int = 0) -> str:
    printed = world.app.test_cli_runner().invoke(args=["trace", "--shop", shop.domain, "--", str(order)])
    assert printed.exit_code == status, printed.output
    return printed.output


@pytest.fixture
def traced(small_world):
    """A shop with a history, and an order that came by webhook and was refunded in part."""
    world = small_world
    shop = add_shop(world, repeaters=1)
    world.install(shop)
    world.work()
    customer = next(iter(shop.customers))
    order = shop.place_order(customer, [{"price": "10.000", "quantity": 1}])
    world.clock.forward(60)
    world.work()
    shop.refund(order.id, amount="4.000")
    world.clock.forward(60)
    world.work()
    return world, shop, order


def test_the_paper_tells_the_walk_that_is_traced(traced):
    """ARCHITECTURE.md's numbered walk names only code that the trace names, in the same order."""
    world, shop, order = traced
    steps = re.search(r"^## One order.*?(?=^\*\*History)", ARCHITECTURE, re.MULTILINE | re.DOTALL)
    assert steps is not None
    told = PLACE.findall(steps[0])
    ahead = PLACE.findall(walk(world, shop, order.id))
    assert len(told) > 12
    for named in told:
        assert named in ahead, f"{named} is not in the trace, or not at this place"
        ahead = ahead[ahead.index(named) + 1 :]


def test_every_place_of_the_trace_exists(traced):
    world, shop, order = traced
    for named in PLACE.findall(walk(world, shop, order.id)):
        file, _, name = named.partition(":")
        last = name.rpartition(".")[2]
        assert re.search(rf"^\s*(def|class) {last}\b", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE), named


def test_an_order_is_found_by_id_and_by_name(traced):
    world, shop, order = traced
    by_id = walk(world, shop, order.id)
    assert by_id.startswith(f"Order {order.id} ({order.name}) of {shop.domain}\n")
    assert walk(world, shop, order.name) == by_id
    assert walk(world, shop, order.name.removeprefix("#")) == by_id


def test_it_says_what_came_and_what_became_of_it(traced):
    world, shop, order = traced
    text = walk(world, shop, order.id)
    assert re.findall(r"^   (\w+/\w+) +triggered", text, re.MULTILINE) == [
        "orders/create",
        "orders/updated",
        "refunds/create",
        "orders/updated",
    ]
    assert len(re.findall(r"^   [\w-]{36}: handled 2026-11-21", text, re.MULTILINE)) == 4
    assert re.search(r"version 1, known .*: 10\.000 KWD, paid, .*; by orders/create", text)
    assert re.search(r"version 2, known .*: 10\.000 KWD, 4\.000 KWD back, .*; by refunds/create", text)
    assert "kept     2026-11-21: order 3 of its buyer" in text
    figures = dict(re.findall(r"^   kept     (\w+) +[\d.]+  (yes|no)$", text, re.MULTILINE))
    assert figures.pop("orders_without_customer_share") == "no"
    assert set(figures.values()) == {"yes"}
    assert len(figures) == 9


def test_it_says_what_points_it_gave_and_took_back(traced):
    world, shop, _ = traced
    assert "It gave points" not in walk(world, shop, 1001)
    switch_on(world, shop)
    assert "It was placed before the programme was switched on." in walk(world, shop, 1001)
    world.clock.forward(60)
    order = shop.place_order(next(iter(shop.customers)), [{"price": "10.000", "quantity": 1}])
    world.clock.forward(60)
    world.work()
    shop.refund(order.id, amount="4.000")
    world.clock.forward(60)
    world.work()
    text = walk(world, shop, order.id)
    assert "It was placed under version 1 of the programme" in text
    assert re.search(r"entry 1, known .*: earn \+100 for order/\d+, balance 100", text)
    assert re.search(r"entry \d, known .*: reverse -40 for order/\d+, balance 60", text)
    assert "It gives 60 points in account" in text


def test_no_person_is_named(traced):
    world, shop, order = traced
    customer = next(iter(shop.customers.values()))
    text = walk(world, shop, order.id)
    assert customer.email not in text
    assert customer.first_name not in text


def test_the_walk_of_an_imported_order_begins_with_the_import(traced):
    world, shop, _ = traced
    text = walk(world, shop, 1001)
    assert place(ImportOrders) in text
    assert "No delivery about it is kept" in text
    assert re.search(r"^   kept +returning_rate .* no$", text, re.MULTILINE)
    assert re.search(r"^   kept +repeat_rate .* yes$", text, re.MULTILINE)
    assert re.search(r"^   basis +figure +value  on its list$", text, re.MULTILINE)


def test_of_a_share_an_order_may_count_in_the_whole_alone(small_world):
    """Somebody who came once is one of the people of whom some came twice: the column says what it means."""
    shop = add_shop(small_world, once=1)
    small_world.install(shop)
    small_world.work()
    text = walk(small_world, shop, 1001)
    assert re.search(r"^   kept +repeat_rate +0  no$", text, re.MULTILINE)
    assert "the whole that it is a share of may count this order, or its customer, all the same." in text


def test_what_was_purged_is_told_from_the_rows(traced):
    world, shop, order = traced
    before = walk(world, shop, order.id)
    later = world.clock.forward(8 * 24 * 3600)
    purge(world.wafa.database, later, later)
    text = walk(world, shop, order.id)
    assert "No delivery about it is kept (0 were opened)" in text
    state = re.compile(r"^\d\. Facts were folded.*?^\d\. It is behind", re.MULTILINE | re.DOTALL)
    said = [re.sub(r"; by .*|^\d", "", state.search(each)[0], flags=re.MULTILINE) for each in (before, text)]
    assert said[0] == said[1]


def test_an_order_that_does_not_count_says_why(traced):
    world, shop, order = traced
    shop.cancel(order.id)
    world.clock.forward(60)
    world.work()
    text = walk(world, shop, order.id)
    assert "kept: not counted. It was cancelled." in text
    assert "cancelled" in text


def test_an_unknown_order_comes_with_advice(traced):
    world, shop, _ = traced
    text = walk(world, shop, "#77", status=1)
    assert text.startswith(f"No order #77 of {shop.domain} is stored.")
    assert "read_all_orders" in text


def test_an_order_that_only_waits_is_found_in_the_inbox(traced):
    world, shop, _ = traced
    order = shop.place_order(None, [{"price": "10.000", "quantity": 1}])
    world.store.deliver_due()
    for called in (order.id, order.name):
        text = walk(world, shop, called, status=1)
        assert "A delivery about it waits." in text
        assert len(re.findall(r": waiting after 0 attempts", text)) == 2


def test_a_name_that_two_orders_have_is_settled_by_the_id(traced):
    world, shop, order = traced
    with world.wafa.database.transaction() as session:
        session.execute(update(Order).values(name="#1"))
    text = walk(world, shop, "#1")
    assert text.startswith(f"Order {order.id} "), "the newest"
    assert "3 orders are called #1" in text
