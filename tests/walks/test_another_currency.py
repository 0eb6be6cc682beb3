"""A shop that changes its currency: nothing that was kept in the one before is told as if it were in the new one."""

from sqlalchemy import insert

from shopify_app.retention.forecasts.model import CustomerForecast, ForecastFit
from shopify_app.shops.queries import find_shop, get_shop
from tests.small_shop import address, post

SEGMENTS = "/customers/segments"


def with_both(world):
    """A customer who bought for 100.00 USD, and since the shop sells in dinars for 1.000 KWD."""
    shop = world.store.add_shop("alice.myshopify.com", currency="USD", timezone="UTC")
    one = shop.create_customer("Noura").id
    world.install(shop)
    world.work()
    shop.place_order(one, [{"price": "100.00", "quantity": 1}])
    world.work()
    with world.wafa.database.reading() as session:
        return shop, one, find_shop(session, shop.domain).id


def in_dinars(world, shop, key, one):
    """Up to the moment at which pages tell dinars."""
    shop.change(currency="KWD")
    shop.place_order(one, [{"price": "1.000", "quantity": 1}])
    for _ in range(500):
        world.store.deliver_due()
        world.wafa.drain.sweep()
        with world.wafa.database.reading() as session:
            if get_shop(session, key).currency == "KWD":
                return
        world.step_tasks()
    raise AssertionError("it stays in dollars")


def test_counts_of_segments_are_not_dollars_told_as_dinars(small_world):
    world = small_world
    shop, one, key = with_both(world)
    body = {"name": "All", "match": "all", "c0.field": "orders", "c0.is": "at_least", "c0.value": "1"}
    number = post(world, shop, SEGMENTS, body).get_json()["segment"]
    assert world.json(shop, f"{SEGMENTS}/{number}/count")["net"] == "100.00"
    in_dinars(world, shop, key, one)
    told = next(each for each in world.json(shop, SEGMENTS)["segments"] if each["name"] == "All")["counted"]
    assert told is None or (told["currency"], told["net"]) in (("KWD", "1.000"), ("USD", "100.00")), told


def test_forecasts_are_not_dollars_told_as_dinars(small_world):
    world = small_world
    shop, one, key = with_both(world)
    today = world.clock().date()
    with world.wafa.database.transaction() as session:
        fit = {"shop_id": key, "as_of": today, "currency": "USD", "level": "full", "missing_repeaters": 0}
        fit |= {"missing_days": 0, "customers": 1, "repeaters": 1, "parameters": "{}", "sums": "{}"}
        if session.get(ForecastFit, key) is None:
            session.execute(insert(ForecastFit).values(**fit))
        row = {"shop_id": key, "customer_id": one, "as_of": today, "alive": 0.9, "chance_30": 0.5, "chance_90": 0.7}
        row |= {"value_12m": 10_000, "value_low": 5_000, "value_high": 20_000, "regular": False}
        session.execute(insert(CustomerForecast).values(**row))
    in_dinars(world, shop, key, one)
    file = world.open(shop, address("/reports/value/forecast?format=csv")).text
    rule = {"match": "all", "c0.field": "expected", "c0.is": "at_least", "c0.value": "5"}
    people = post(world, shop, f"{SEGMENTS}/count", rule).get_json()["people"]
    assert ("10.000" in file, people) == (False, 0)


def test_the_file_of_people_is_in_the_currency_of_the_page(small_world):
    """Looking back to before the change, page and JSON are in dollars; the file calls the same figures dinars."""
    world = small_world
    shop, one, key = with_both(world)
    day = world.clock().date()
    world.clock.forward(3 * 86_400)
    in_dinars(world, shop, key, one)
    world.work()
    path = address(f"/reports/coming-back/people?cohort={day}&as_of={day}&seen=then")
    told = world.open(shop, path, Accept="application/json").get_json()
    row = world.open(shop, f"{path}&format=csv").text.splitlines()[1].split(",")
    assert (told["currency"], told["people"][0]["net"]) == ("USD", "100.00")
    assert row[-2:] == ["100.00", "USD"], row


def looking_back(world):
    """Four customers who bought in dollars, and since in dinars; the day of the dollars."""
    shop, _, _ = with_both(world)
    for price in ("20.00", "60.00", "200.00", "900.00"):
        shop.place_order(shop.create_customer("B").id, [{"price": price, "quantity": 1}])
    world.work()
    day = world.clock().date()
    world.clock.forward(3 * 86_400)
    shop.change(currency="KWD")
    for price in ("1.000", "2.000", "4.000", "8.000", "16.000"):
        shop.place_order(shop.create_customer("C").id, [{"price": price, "quantity": 1}])
    world.work()
    world.clock.forward(86_400)
    return shop, day


def test_one_document_has_one_currency(small_world):
    shop, day = looking_back(small_world)
    told = small_world.json(shop, f"/reports/value?window=all&as_of={day}&seen=then")
    assert told["metrics"]["customer_value"]["value"] == "256"
    assert told["currency"] == "USD", told["currency"]
