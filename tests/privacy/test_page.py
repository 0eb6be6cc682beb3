"""Settings > Data and privacy: what was asked, the answer to hand out, the certificate of an erasure."""

import csv
import io
import json
from datetime import timedelta

import pytest

from shopify_app.work import Workers
from tests.small_shop import add_shop, address, page, post

PAGE = "/settings/privacy"
ASKED, ERASED = f"{PAGE}/requests/1", f"{PAGE}/requests/2"


@pytest.fixture
def shop(world):
    shop = add_shop(world, repeaters=2)
    world.install(shop)
    world.work()
    return shop


@pytest.fixture
def asked(world, shop):
    """Somebody asked what is known of them."""
    shop.request_data(next(iter(shop.customers)))
    world.work()
    return next(iter(shop.customers))


@pytest.fixture
def erased(world, shop, asked):
    """And later to be forgotten."""
    world.clock.forward(3600)
    shop.redact_customer(asked)
    world.work()
    return asked


def log(world, shop):
    return [(one["actor"], one["what"], one["number"], one["why"]) for one in rows(world, shop)]


def rows(world, shop):
    return world.json(shop, f"{PAGE}/access")["access"]


def test_before_anybody_asked_it_says_what_would_be_here(world, shop):
    shown = page(world, shop, PAGE)
    assert "No requests yet" in shown
    assert "and no name." in shown
    assert world.json(shop, PAGE) == {"requests": [], "after": None}
    assert "Nobody has opened anything" in page(world, shop, f"{PAGE}/access")
    assert "Data and privacy" in page(world, shop, "/settings")


def test_an_answer_is_handed_out_and_deleted(world, shop, asked):
    assert "Data request 1 To be handed to the customer 21 November 2026 21 December 2026 – Not yet 2" in page(
        world, shop, PAGE
    )
    shown = page(world, shop, ASKED)
    assert f"Customer {asked}" in shown
    assert "Hand it to the customer by 21 December 2026" in shown
    assert "Delete this answer" not in shown
    refused = post(world, shop, f"{ASKED}/delete", {})
    assert refused.status_code == 400
    assert "must be handed" in refused.get_json()["error"]
    world.clock.forward(60)
    file = world.open(shop, f"{ASKED}/file")
    assert file.headers["Content-Disposition"] == 'attachment; filename="data-request-1.json"'
    handed = json.loads(file.text)
    assert handed["data"]["customer_numbers"] == [asked]
    assert len(handed["data"]["orders"]) == 2
    assert set(handed["explained"]) == {"en", "ar"}
    assert "Delete this answer?" in page(world, shop, ASKED)
    deleted = post(world, shop, f"{ASKED}/delete", {})
    assert deleted.get_json()["go"].startswith(PAGE)
    assert "Deleted by Staff member" in page(world, shop, ASKED)
    assert world.json(shop, ASKED)["data"] == {}
    assert world.open(shop, f"{ASKED}/file", Accept="application/json").status_code == 400
    assert post(world, shop, f"{ASKED}/delete", {}).status_code == 200, "whoever is second finds it done"


def test_each_opening_is_written_down_and_says_nothing_of_the_person(world, shop, asked):
    page(world, shop, PAGE)
    assert log(world, shop) == [], "the list opens nothing"
    staff = "1"
    for opening in (
        lambda: page(world, shop, ASKED),
        lambda: world.json(shop, ASKED),
        lambda: world.open(shop, f"{ASKED}/file"),
        lambda: world.app.test_cli_runner().invoke(args=["data-requests", "--shop", shop.domain]),
        lambda: world.app.test_cli_runner().invoke(args=["trace", "--shop", shop.domain, "1001"]),
    ):
        opening()
        world.clock.forward(60)
    found = log(world, shop)
    order = found[0][2]
    assert found == [
        ("operator", "order", order, "traced"),
        ("operator", "data_request", 1, "printed"),
        (staff, "data_request", 1, "downloaded"),
        (staff, "data_request", 1, "read"),
        (staff, "data_request", 1, "shown"),
    ]
    shown = page(world, shop, f"{PAGE}/access")
    assert "Data request 1 Downloaded, to be handed to the customer Staff member 1 21 November 2026 at 12:02" in shown
    assert str(asked) not in shown
    file = list(csv.DictReader(io.StringIO(world.open(shop, f"{PAGE}/access?format=csv").text)))
    assert [one["why"] for one in file] == [why for *_, why in found]


def test_the_log_goes_on_where_a_page_ends(world, shop, asked):
    for _ in range(30):
        world.json(shop, ASKED)
    first = world.json(shop, f"{PAGE}/access")
    second = world.json(shop, f"{PAGE}/access?after={first['after']}")
    assert (len(first["access"]), len(second["access"]), second["after"]) == (25, 5, None)
    assert "Next page" in page(world, shop, f"{PAGE}/access")
    assert world.open(shop, f"{PAGE}/access?after=nonsense", Accept="application/json").status_code == 400


def test_what_cannot_be_noted_is_not_opened(world, shop, asked):
    with world.wafa.database.transaction() as session:
        session.connection().exec_driver_sql("DROP TABLE access_log")
    for path in (ASKED, f"{ASKED}/file"):
        answer = world.open(shop, path, Accept="application/json")
        assert answer.status_code == 500
        assert str(asked) not in answer.text


def test_an_erasure_has_a_certificate_that_names_nobody(world, shop, erased):
    told = world.json(shop, ERASED)
    assert (told["orders"], told["state"], told["asked_by"]) == (2, "searching", "shopify")
    assert told["done"]["rows"]["orders"] == 2
    assert told["done"]["messages_emptied"] >= 1
    assert "Erasure 2 Erased; kept messages are still being searched" in page(world, shop, PAGE)
    shown = page(world, shop, ERASED)
    assert "2 orders were put under a number that means nobody." in shown
    assert "1 answer to a data request was deleted." in shown
    assert "are still being searched" in shown
    for _ in range(7):
        world.clock.forward(3600)
        world.work()
    told = world.json(shop, ERASED)
    assert told["state"] == "erased"
    assert told["done"]["searched_until"] is not None
    both = world.open(shop, f"{ERASED}/file")
    assert both.mimetype == "text/plain"
    assert "All messages that Shopify had sent until" in both.text
    assert "شهادة حذف بيانات رقم 2" in both.text
    assert "طلبان صارا تحت رقم لا يدل على أحد." in both.text
    for text in (both.text, page(world, shop, ERASED), json.dumps(told)):
        assert str(erased) not in text
    assert world.json(shop, ASKED)["data"] == {}
    assert "because the customer was to be forgotten" in page(world, shop, ASKED)
    assert post(world, shop, f"{ERASED}/delete", {}).status_code == 400


def test_the_list_is_a_file_too_and_goes_on_page_by_page(world, shop, asked):
    for _ in range(27):
        shop.request_data(asked)
        world.clock.forward(60)
    world.work()
    first = world.json(shop, PAGE)
    assert (len(first["requests"]), first["after"]) == (25, "4")
    assert [one["request"] for one in world.json(shop, f"{PAGE}?after=4")["requests"]] == [3, 2, 1]
    file = list(csv.DictReader(io.StringIO(world.open(shop, f"{PAGE}?format=csv").text)))
    assert [int(one["request"]) for one in file] == list(range(28, 0, -1))
    assert {one["state"] for one in file} == {"waiting"}


def test_a_colleague_sees_it_in_arabic(world, shop, erased):
    assert "البيانات والخصوصية" in world.open(shop, address("/settings", "ar")).text
    assert "حذف بيانات رقم 2" in page(world, shop, PAGE, "ar")
    assert "ما نُفّذ" in page(world, shop, ERASED, "ar")


def test_a_request_by_address_alone_has_a_certificate_too(world, shop):
    body = {"customer": {"email": "nobody-known@example.com"}, "orders_to_redact": []}
    world.store.queue(shop.domain, "customers/redact", json.dumps(body).encode(), "by address")
    world.work()
    told = world.json(shop, f"{PAGE}/requests/1")
    assert (told["kind"], told["orders"], told["done"]["messages_emptied"]) == ("customer_redact", 0, 1)


def test_what_is_over_goes_by_itself(world, shop, asked):
    """The running server looks once an hour."""
    world.json(shop, ASKED)
    started, server = world.clock(), Workers(world.wafa)
    server._tidy(started + timedelta(days=59))
    assert world.json(shop, ASKED)["data"] != {}
    server._tidy(started + timedelta(days=61))
    assert world.json(shop, ASKED)["data"] == {}
    assert "because its time was over" in page(world, shop, ASKED)
    assert len(rows(world, shop)) == 2
    server._tidy(started + timedelta(days=366))
    assert rows(world, shop) == []


@pytest.mark.parametrize("place", ["_%00", "_%00a", "_", "_=1"])
def test_no_place_in_the_log_is_beyond_the_database(world, shop, asked, place):
    answer = world.open(shop, f"{PAGE}/access?after=20261121T090000.000000{place}", Accept="application/json")
    assert answer.status_code == 400


def test_a_guests_answer_goes_when_the_guest_is_to_be_forgotten(world, shop):
    mine, other = (shop.place_order(None, [{"price": "10.000", "quantity": 1}]) for _ in range(2))
    world.work()

    def send(topic, order, name):
        body = {"customer": {"email": "guest@x.test"}, name: [order.id]}
        world.store.queue(shop.domain, topic, json.dumps(body).encode(), f"{topic} {order.id}")
        world.work()
        world.clock.forward(60)

    for order in (mine, other):
        send("customers/data_request", order, "orders_requested")
    assert [len(world.json(shop, f"{PAGE}/requests/{n}")["data"]["orders"]) for n in (1, 2)] == [1, 1]
    send("customers/redact", mine, "orders_to_redact")
    assert world.json(shop, ASKED)["data"] == {}
    assert world.json(shop, f"{PAGE}/requests/2")["data"] != {}, "another guest's"
    assert world.json(shop, f"{PAGE}/requests/3")["done"]["rows"] == {"answers": 1, "order_checkout": 1}
