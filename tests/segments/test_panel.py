"""Customers > Segments in the browser and for programs."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from shopify_app.customers.access.model import AccessEntry
from shopify_app.segments import panel
from tests.small_shop import add_shop, address, page, post

PATH = "/customers/segments"
TWICE = {"name": "Twice", "match": "all", "c0.field": "orders", "c0.is": "at_least", "c0.value": "2"}


@pytest.fixture
def shop(world):
    return opened(world, repeaters=40, once=10)


def opened(world, domain="alice.myshopify.com", **people):
    shop = add_shop(world, domain, **people)
    world.install(shop)
    world.work()
    return shop


def saved(world, shop, body=TWICE):
    answer = post(world, shop, PATH, body)
    assert answer.status_code == 200, answer.text
    return answer.get_json()["segment"]


def test_ready_segments_are_there_and_sum_to_all_customers(world, shop):
    groups = [world.json(shop, f"{PATH}/ready/{name}/count")["people"] for name in GROUPS]
    assert sum(groups) == 50
    assert world.json(shop, f"{PATH}/ready/once-60-days-ago/count?locale=en") == {
        "people": 10,
        "net": "50.000",
        "currency": "KWD",
        "share_of_customers": "0.2",
        "share_of_sales": "0.04",
        "text": "10 people, 20.0\N{NO-BREAK SPACE}% of your customers, "
        "4.0\N{NO-BREAK SPACE}% of what all customers have spent",
        "counted_at": world.clock().isoformat(),
    }
    listed = world.json(shop, PATH)["segments"]
    assert [one["key"] for one in listed][:8] == GROUPS
    assert [one["counted"]["people"] for one in listed[:8]] == groups
    text = page(world, shop, PATH)
    assert "Groups of customers" in text
    assert "Of all customers' spending" in text
    assert "The fifth of your customers who have spent most." in text


GROUPS = ["best", "loyal", "promising", "new", "might-lose", "late", "away", "once"]


def test_shares_are_of_what_customers_spent_and_guests_are_in_none(world):
    shop = add_shop(world, repeaters=40, once=10)
    for _ in range(7):
        shop.place_order(None, [{"price": "99.000", "quantity": 1}])
    world.install(shop)
    world.work()
    counts = [world.json(shop, f"{PATH}/ready/{name}/count") for name in GROUPS]
    for share in ("share_of_customers", "share_of_sales"):
        assert sum(Decimal(one[share]) for one in counts) == 1
    assert Decimal(counts[-1]["share_of_sales"]) == Decimal("0.04")
    assert "كل ما اشتراه العملاء منك" in page(world, shop, f"{PATH}/ready/once", "ar")


def test_a_segment_is_made_looked_at_changed_deleted_and_brought_back(world, shop):
    number = saved(world, shop)
    text = page(world, shop, f"{PATH}/{number}")
    assert "40 people, 80.0 % of your customers, 96.0 % of what all customers have spent" in text
    assert "Everybody of whom this is true: at least 2 orders." in text
    assert "Twice" in page(world, shop, PATH)
    body = {**TWICE, "name": "Once", "c0.is": "at_most", "c0.value": "1"}
    assert post(world, shop, f"{PATH}/{number}", body).get_json()["segment"] == number
    assert world.json(shop, f"{PATH}/{number}")["counted"]["people"] == 10
    gone = post(world, shop, f"{PATH}/{number}/delete", {}).get_json()
    assert gone["go"].startswith(PATH)
    assert world.open(shop, address(f"{PATH}/{number}")).status_code == 404
    assert "Deleted lately Once Bring it back" in page(world, shop, PATH)
    assert post(world, shop, f"{PATH}/{number}/bring-back", {}).status_code == 200
    assert world.json(shop, f"{PATH}/{number}")["name"] == "Once"
    post(world, shop, f"{PATH}/{number}/delete", {})
    world.clock.forward(timedelta(days=8).total_seconds())
    assert "Deleted lately" not in page(world, shop, PATH)


def test_the_list_says_which_segments_are_in_shopify(world, shop):
    shop.set_scopes([*world.store.scopes, "write_customers"])
    world.work()
    number = saved(world, shop)
    other = saved(world, shop, {**TWICE, "name": "Others"})
    assert "In Shopify" not in page(world, shop, PATH)
    etag = world.open(shop, PATH).headers["ETag"]
    assert post(world, shop, f"{PATH}/{number}/shopify", {}).status_code == 200
    world.work()
    assert world.open(shop, PATH, **{"If-None-Match": etag}).status_code == 200
    assert "Twice In Shopify Everybody" in page(world, shop, PATH)
    assert "Others Everybody" in page(world, shop, PATH)
    there = {one["key"]: one["in_shopify"] for one in world.json(shop, PATH)["segments"]}
    assert [key for key, is_there in there.items() if is_there] == [str(number)]
    assert str(other) in there


def test_what_is_wrong_is_told_beside_each_field(world, shop):
    body = {"name": " ", "match": "all", "c0.field": "orders", "c0.is": "at_least", "c0.value": "many"}
    refused = post(world, shop, PATH, body)
    assert refused.status_code == 422
    assert refused.get_json()["errors"] == {
        "name": "Give the segment a name.",
        "c0.value": "Write a whole number from 0 on, such as 3.",
    }
    saved(world, shop)
    assert post(world, shop, PATH, TWICE).get_json()["errors"] == {"name": "Another segment has this name."}
    assert post(world, shop, PATH, {**TWICE, "name": "x" * 81}).get_json()["errors"].keys() == {"name"}
    named = post(world, shop, PATH, {**TWICE, "name": "noura@example.com"}).get_json()
    assert "tell who somebody is" in named["errors"]["name"]
    arabic = post(world, shop, f"{PATH}/count", {"match": "all"})
    assert arabic.get_json() == {"people": None, "errors": {"match": "Add at least one condition."}}


def test_a_rule_that_nobody_could_meet_is_told_and_not_counted(world, shop):
    impossible = {**TWICE, "c1.field": "orders", "c1.is": "at_most", "c1.value": "1"}
    for path, status in ((PATH, 422), (f"{PATH}/count", 200)):
        refused = post(world, shop, path, impossible)
        assert refused.status_code == status
        assert refused.get_json()["errors"] == {"c1.value": "Nobody can meet this and what another line asks for."}


def test_a_rule_is_counted_while_it_is_made(world, shop):
    either = {"match": "all", "c0.field": "last_order", "c0.is": "at_most", "c0.value": "300"}
    either |= {"c1.field": "orders", "c1.is": "at_least", "c1.value": "2", "c1.within": "g0"}
    either |= {"c2.field": "spend", "c2.is": "at_most", "c2.value": "5", "c2.within": "g0"}
    told = post(world, shop, f"{PATH}/count", either).get_json()
    assert told["people"] == 50
    assert told["sentence"] == (
        "Everybody of whom all of this is true: last order within 300 days; "
        "(at least 2 orders or spent KWD\N{NO-BREAK SPACE}5.000 or less)."
    )
    by_program = {"rule": {"match": "all", "parts": [{"field": "orders", "is": "at_least", "value": "2"}]}}
    assert post(world, shop, f"{PATH}/count", by_program).get_json()["people"] == 40


def test_what_the_shop_has_can_be_chosen_and_what_is_gone_is_said_to_be(world, shop):
    form = world.json(shop, f"{PATH}/new")
    assert "New segment" in page(world, shop, f"{PATH}/new")
    assert form["fields"]["group"] == {"kind": "group", "is": ["is", "is_not"]}
    # This shop sells things that are no products, and has no collections.
    assert not {"product", "collection", "country"} & form["fields"].keys()
    number = saved(world, shop, {**TWICE, "c0.field": "product", "c0.is": "is", "c0.value": "987654"})
    text = page(world, shop, f"{PATH}/{number}")
    assert "bought “product 987654, of which nothing was sold”" in text
    assert "Nobody is in it now." in text
    assert "product 987654, of which nothing was sold" in world.open(shop, address(f"{PATH}/{number}/edit")).text
    body = {"name": "Summer", "match": "all", "c0.field": "collection", "c0.is": "is", "c0.value": "55"}
    number = saved(world, shop, body)
    assert "bought from “collection 55, which is gone”" in page(world, shop, f"{PATH}/{number}")
    assert "collection 55, which is gone" in world.open(shop, address(f"{PATH}/{number}/edit")).text
    channel = {**body, "name": "Till", "c0.field": "channel", "c0.is": "is_not", "c0.value": "pos"}
    text = page(world, shop, f"{PATH}/{saved(world, shop, channel)}")
    assert "never bought through “Point of sale”" in text
    assert "50 people" in text


def test_the_people_are_read_page_by_page_and_as_a_file(world, shop):
    number = saved(world, shop)
    first = world.json(shop, f"{PATH}/{number}")
    second = world.json(shop, f"{PATH}/{number}?after={first['after']}")
    people = [one["customer_id"] for one in first["customers"] + second["customers"]]
    assert (len(first["customers"]), len(set(people)), second["after"]) == (panel.ROWS, 40, None)
    days = [one["last_order"] for one in first["customers"] + second["customers"]]
    assert days == sorted(days, reverse=True)
    file = world.open(shop, address(f"{PATH}/{number}?format=csv"))
    assert file.headers["Content-Disposition"] == f'attachment; filename="segment-{number}.csv"'
    rows = list(csv.DictReader(io.StringIO(file.text)))
    assert [row["customer_id"] for row in rows] == people
    assert {row["net"] for row in rows} == {"30.000"}
    with world.wafa.database.reading() as session:
        noted = {(entry.what, entry.why, entry.number) for entry in session.scalars(select(AccessEntry))}
    assert {("customers", "read", None), ("customers", "file", 40)} <= noted
    for after in ("x", "2026-01-01_x", "2026-13-01_4", f"2026-01-01_{2**63}"):
        assert world.open(shop, address(f"{PATH}/{number}?after={after}")).status_code == 400


def test_a_file_of_many_pages_is_whole(world, shop, monkeypatch):
    monkeypatch.setattr(panel, "FILE_ROWS", 7)
    file = world.open(shop, address(f"{PATH}/ready/big-spenders?format=csv")).text
    assert len(file.splitlines()) == 1 + world.json(shop, f"{PATH}/ready/big-spenders/count")["people"]


def test_of_few_who_came_back_groups_say_little(world):
    shop = opened(world, "few.myshopify.com", repeaters=12, once=3)
    text = page(world, shop, PATH)
    assert "Too early to say 12 people have bought more than once. From 30 on, we can show a pattern." in text
    assert "Ready to use" in text
    assert "12 people have bought more than once" in page(world, shop, f"{PATH}/ready/best")


def test_a_shop_without_orders_has_none_to_show(world):
    shop = opened(world, "empty.myshopify.com")
    assert "No orders yet" in page(world, shop, PATH)
    assert "Nobody is in it now." in page(world, shop, f"{PATH}/ready/best")


def test_a_copy_begins_with_the_rule_that_it_is_copied_from(world, shop):
    number = saved(world, shop)
    copied = world.json(shop, f"{PATH}/new?copy={number}&locale=en")
    assert (copied["name"], copied["rule"]["parts"][0]["value"]) == ("Twice, copy", "2")
    assert world.json(shop, f"{PATH}/new?copy=late-regulars&locale=en")["name"] == "Late regulars"
    for key in ("nothing", "99", "9" * 30, "-1"):
        assert world.open(shop, address(f"{PATH}/new?copy={key}")).status_code == 404
    assert world.open(shop, address(f"{PATH}/ready/nothing")).status_code == 404


def test_another_shops_segment_is_not_there(world, shop):
    number = saved(world, shop)
    other = opened(world, "bob.myshopify.com", repeaters=1)
    for path in (f"{PATH}/{number}", f"{PATH}/{number}/edit", f"{PATH}/{number}/count", f"{PATH}/new?copy={number}"):
        assert world.open(other, path).status_code == 404
    for path in ("", "/delete", "/bring-back"):
        assert post_as(world, other, f"{PATH}/{number}{path}").status_code == 404
    assert world.json(shop, f"{PATH}/{number}")["name"] == "Twice"


def post_as(world, shop, path):
    headers = {"Authorization": f"Bearer {shop.id_token()}", "Accept": "application/json"}
    return world.client.post(path, json=TWICE, headers=headers)


def test_a_page_that_has_not_changed_is_not_sent_again(world, shop):
    number = saved(world, shop)
    for path in (PATH, f"{PATH}/{number}"):
        etag = world.open(shop, path).headers["ETag"]
        assert world.open(shop, path, **{"If-None-Match": etag}).status_code == 304
    assert post(world, shop, f"{PATH}/{number}", {**TWICE, "c0.value": "3"}).status_code == 200
    assert world.open(shop, f"{PATH}/{number}", **{"If-None-Match": etag}).status_code == 200


def test_nobody_is_more_than_all_customers(small_world):
    """Who first bought on a day that is yet to come here is in a segment's count, and not in what it is a share of."""
    world = small_world
    shop = add_shop(world, once=2)
    world.install(shop)
    world.work()
    one = shop.create_customer("Ahead").id
    shop.place_order(one, [{"price": "5.000", "quantity": 1}], at=world.clock() + timedelta(hours=16))
    world.work()
    rule = {"match": "all", "c0.field": "orders", "c0.is": "at_least", "c0.value": "1"}
    told = post(world, shop, "/customers/segments/count", rule).get_json()
    listed = world.json(shop, "/customers")["total"]
    assert told["people"] == listed == 3
    assert (told["share_of_customers"], told["share_of_sales"]) == ("1", "1")
