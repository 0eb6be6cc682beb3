"""The pages about one customer, from Shopify's orders to the screen."""

import re
from datetime import timedelta
from typing import Any

import pytest

from shopify_app.pages.customer import queries
from shopify_app.privacy.redact import redact_customer
from shopify_app.shops.queries import find_shop
from tests.small_shop import add_shop, address, page, said
from tests.walks.bought import LINES, bought, by_orders, listed, numbers
from tests.world import World


@pytest.fixture
def shop(world: World) -> Any:
    return bought(world)


def test_a_customer_who_bought_twice_is_told_in_sentences(world: World, shop: Any) -> None:
    person = by_orders(shop, 2)[0]
    text = page(world, shop, f"/customers/{person}")
    assert "Ordered 2 times since August 2026: KWD 30.000. The last order was 10 days ago." in text
    first, second = shop.customers[person].orders
    names = [shop.orders[order].name for order in (first, second)]
    assert f"13 August 2026 First order: {names[0]}, KWD 10.000" in text
    assert f"11 November 2026 Order number 2: {names[1]}, KWD 20.000" in text
    told = world.json(shop, address(f"/customers/{person}"))
    assert told["gaps"] == [
        {"start": "2026-08-13", "end": "2026-11-11", "days": 90},
        {"start": "2026-11-11", "end": None, "days": 10},
    ]
    assert told["counted"]["net"] == "30.000"


def test_the_newest_are_the_newest_however_shopify_has_numbered_them(
    world: World, shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "RECENT", 3)
    person = shop.create_customer("Maha", "C", "maha@example.com", "ar").id
    for ago in (5, 15, 25, 35, 45):
        shop.place_order(person, LINES, at=world.clock() - timedelta(days=ago))
    world.work()
    told = world.json(shop, address(f"/customers/{person}"))
    assert [gap["days"] for gap in told["gaps"]] == [10, 10, 5]
    assert "Days between orders: usually 10 days, and 5 days since the last one." in page(
        world, shop, f"/customers/{person}"
    )


def test_a_regular_who_is_late_is_told_so(world: World, shop: Any) -> None:
    person = shop.create_customer("Maha", "C", "maha@example.com", "ar").id
    for ago in (250, 240, 230, 220, 209, 199):
        shop.place_order(person, LINES, at=world.clock() - timedelta(days=ago))
    world.work()
    text = page(world, shop, f"/customers/{person}")
    assert "Usually every 10 days; the last was 199 days ago: later than usual." in text
    assert numbers(listed(world, shop, "?late=1")) == [person]
    assert "يطلب عادة كل 10 أيام، وآخر طلب قبل 199 يومًا: متأخر عن عادته." in page(
        world, shop, f"/customers/{person}", "ar"
    )


def test_what_happened_leaves_no_order_out_unsaid(world: World, shop: Any) -> None:
    person = shop.create_customer("Lulu", "F", "lulu@example.com", "ar").id
    for ago in range(31, 0, -1):
        shop.place_order(person, LINES, at=world.clock() - timedelta(days=ago))
    world.work()
    text = page(world, shop, f"/customers/{person}").split("What happened")[1]
    said_of = [int(n) for n in re.findall(r"Order number (\d+)", text)]
    assert said_of == [31, 30, 29, 28, 27, 25, 10, 5, 2]
    more = [int(n) for n in re.findall(r"and (\d+) more order", text)]
    assert more == [1, 14, 4, 2], "between 27 and 25, 25 and 10, 10 and 5, 5 and 2"
    assert sum(more) + len(said_of) + text.count("First order:") == 31
    found = world.open(shop, address(f"/customers/{person}")).text
    assert re.search(rf'href="/customers/{person}/orders[^"]*">and 14 more orders<', found)
    assert "و14 طلبًا آخر" in page(world, shop, f"/customers/{person}", "ar")
    once = by_orders(shop, 2)[0]
    assert "more order" not in page(world, shop, f"/customers/{once}")


def test_orders_too_old_to_be_looked_at_are_in_the_last_line(
    world: World, shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "RECENT", 4)
    person = shop.create_customer("Lulu", "F", "lulu@example.com", "ar").id
    for ago in range(20, 0, -1):
        shop.place_order(person, LINES, at=world.clock() - timedelta(days=ago))
    world.work()
    text = page(world, shop, f"/customers/{person}").split("What happened")[1]
    assert re.findall(r"Order number (\d+)", text) == ["20", "19", "18", "17"]
    assert re.search(r"… and 15 more orders \d+ November 2026 First order:", text)


def test_somebody_who_bought_once_is_never_told_to_be_sure_to_come_back(world: World) -> None:
    shop = add_shop(world, repeaters=30, once=20)
    world.install(shop)
    world.work()
    person = by_orders(shop, 1)[0]
    text = page(world, shop, f"/customers/{person}")
    assert "Ordered once, on " in text
    assert "Bought once. 60 % of those who bought once came back within 90 days." in text
    assert "of such people came back" not in text
    assert "100" not in text.replace("100 days", "")


def test_the_orders_of_a_customer_come_to_their_totals(world: World, shop: Any) -> None:
    person = shop.create_customer("Sara", "D", "sara@example.com", "ar").id
    for number in range(40):
        order = shop.place_order(person, [{"price": f"{number % 7}.250" if number % 5 else "0.000", "quantity": 1}])
        if number % 6 == 1:
            shop.cancel(order.id, world.clock())
        elif number % 4 == 2 and number % 5:
            shop.refund(order.id, amount="0.100")
    world.work()
    rows, after = [], ""
    for _ in range(2):
        told = world.json(shop, address(f"/customers/{person}/orders?x=1{after}"))
        rows += told["orders"]
        after = f"&after={told['after']}"
    assert (len(rows), told["orders_in_all"], told["after"]) == (40, 40, None)
    counted = [row for row in rows if row["counts"]]
    assert all((row["net"] is None) == (not row["counts"]) == bool(row["left_out_because"]) for row in rows)
    mine = world.json(shop, address(f"/customers/{person}"))["counted"]
    assert mine["orders"] == told["counted"] == len(counted)
    assert sum(int(row["net"].replace(".", "")) for row in counted) == int(mine["net"].replace(".", ""))
    assert sorted(row["nth_order"] for row in counted) == list(range(1, len(counted) + 1))
    file = world.open(shop, address(f"/customers/{person}/orders?format=csv")).text.splitlines()
    assert [line.split(",")[0] for line in file[1:]] == [row["order_id"] for row in rows]
    text = page(world, shop, f"/customers/{person}/orders")
    assert f"40 orders; {len(counted)} of them count, with net sales of KWD {mine['net']}." in text
    assert "Does not count It was cancelled." in text


def test_a_number_from_before_a_merge_leads_to_whom_it_is_now(world: World, shop: Any) -> None:
    kept, gone = by_orders(shop, 2)
    shop.merge_customers(kept, gone)
    world.work()
    for tab in ("", "/orders", "/data"):
        answer = world.open(shop, address(f"/customers/{gone}{tab}"))
        assert answer.status_code == 302
        text = page(world, shop, answer.headers["Location"].split("?")[0] + f"?merged={gone}")
        assert f"Customer {gone} was merged into this one in Shopify." in text
    assert "was merged into this one in Shopify" not in page(world, shop, f"/customers/{kept}?merged={kept}")
    assert f"Customer {gone} was merged into this one" in page(world, shop, f"/customers/{kept}")


def test_who_was_erased_is_told_as_nobody(world: World, shop: Any) -> None:
    person = by_orders(shop, 2)[0]
    with world.wafa.database.transaction() as session:
        mine = find_shop(session, shop.domain).id
        redact_customer(session, mine, person, world.wafa.config.lookup_key, world.clock())
    text = page(world, shop, f"/customers/{person}")
    assert "Erased on request" in text
    assert "Nothing here tells who it was." in text
    assert "KWD" not in text, "which orders were theirs is told to nobody who knows the number"
    assert f"shopify://admin/customers/{person}" not in world.open(shop, address(f"/customers/{person}")).text
    told = listed(world, shop)
    assert person not in numbers(told)
    (opaque,) = [number for number in numbers(told) if number >= 1 << 62]
    assert "Ordered 2 times since August 2026" in page(world, shop, f"/customers/{opaque}")
    assert "Erased on request" in page(world, shop, "/customers")


@pytest.mark.parametrize("number", ["1", "999999999999", str(2**63), "9" * 60])
def test_a_number_of_nobody_is_not_found(world: World, shop: Any, number: str) -> None:
    for tab in ("", "/orders", "/data"):
        answer = world.open(shop, address(f"/customers/{number}{tab}"))
        assert answer.status_code == 404
    assert "We could not find this page in your shop." in said(answer.text)


def test_somebodys_group_is_told_beside_what_shopify_calls_them(world: World) -> None:
    shop = add_shop(world, repeaters=30, once=5)
    world.install(shop)
    world.work()
    person = by_orders(shop, 2)[0]
    assert "Group: Promising. Who else is in it?" in page(world, shop, f"/customers/{person}")
    told = world.json(shop, address(f"/customers/{person}/group"))["text"]
    assert told.startswith("Group: Promising. Shopify calls this person “")
    shop.approve("none")
    assert world.json(shop, address(f"/customers/{person}/group"))["text"] == "Group: Promising."


def test_of_too_few_nobody_is_put_into_a_group(world: World, shop: Any) -> None:
    person = by_orders(shop, 2)[0]
    assert "Group:" not in page(world, shop, f"/customers/{person}")
    assert world.json(shop, address(f"/customers/{person}/group")) == {"text": None}


def test_days_are_the_shops_own(world: World, shop: Any) -> None:
    """Half past eleven at night in London is the next morning in Kuwait."""
    person = shop.create_customer("Huda", "E", "huda@example.com", "ar").id
    order = shop.place_order(person, LINES, at=world.clock().replace(hour=23, minute=30) - timedelta(days=2))
    world.work()
    told = next(one for one in listed(world, shop)["customers"] if int(one["customer_id"]) == person)
    assert (told["first_order"], told["days_since"]) == ("2026-11-20", 1)
    assert f"20 November 2026 First order: {order.name}" in page(world, shop, f"/customers/{person}")
    (row,) = world.json(shop, address(f"/customers/{person}/orders"))["orders"]
    assert row["day"] == "2026-11-20"
