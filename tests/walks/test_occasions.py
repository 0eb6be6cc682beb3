"""Points that no order gives: for becoming a customer, agreeing to messages, birthdays and years, over HTTP."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from shopify_app.customers.birthdays.model import CustomerBirthday
from shopify_app.customers.contacts.queries import note_reading
from shopify_app.jobs.nightly import request_work
from shopify_app.retention.progress import IMPORT
from shopify_app.shops.queries import find_shop
from shopify_app.tasks.model import Task
from tests.small_shop import address, page, post
from tests.walks.bought import LINES, bought, by_orders
from tests.walks.test_points import points, switch_on
from tests.walks.test_rewards import proven
from tests.world import World

DAY = 86_400


@pytest.fixture
def shop(world: World) -> Any:
    return bought(world)


def someone(shop: Any, name: str = "maha", phone: str | None = "+96550001234") -> int:
    return int(shop.create_customer(name, "A", f"{name}@example.com", "ar", phone=phone).id)


def tell_birth_date(shop: Any, customer: int, born: str) -> None:
    """As the merchant writes it into Shopify's own field."""
    field = {"namespace": "facts", "key": "birth_date", "type": "date", "value": born}
    told = shop.outward.metafields.write([{"ownerId": f"gid://shopify/Customer/{customer}", **field}])
    assert not told["userErrors"]


def days_pass(world: World, days: int = 1) -> None:
    for _ in range(days):
        world.clock.forward(DAY)
        request_work(world.wafa.database, world.clock())
        world.work()


def today(world: World) -> date:
    # Kuwait is three hours ahead.
    return (world.clock() + timedelta(hours=3)).date()


def balance(world: World, shop: Any, customer: int) -> int:
    told = points(world, shop, customer)
    return 0 if told is None else int(told["balance"])


def test_whoever_becomes_a_customer_and_agrees_is_given_it_once(world: World, shop: Any) -> None:
    old = by_orders(shop, 2)[0]
    switch_on(world, shop, joined="50", agreed="20")
    maha = someone(shop)
    world.work()
    assert points(world, shop, maha) == {"balance": 50, "available": 50, "pending": 0, "debt": 0}
    for way, state in (("email", "SUBSCRIBED"), ("email", "UNSUBSCRIBED"), ("email", "SUBSCRIBED"), ("sms", "PENDING")):
        world.clock.forward(60)
        shop.consents.give(maha, way, state)
        world.work()
    shop.consents.give(old, "email", "SUBSCRIBED")
    world.work()
    days_pass(world)
    assert (balance(world, shop, maha), balance(world, shop, old)) == (70, 20)
    text = page(world, shop, f"/customers/{maha}/points")
    assert "For becoming a customer" in text
    assert "For agreeing to e-mails" in text
    assert "70 points can be spent now." in text
    assert "نقاط العميل الجديد" in page(world, shop, "/loyalty/log", "ar")
    proven(world)


def test_nobody_is_given_anything_for_what_was_before(world: World, shop: Any) -> None:
    early = someone(shop)
    shop.consents.give(early, "email", "SUBSCRIBED")
    world.clock.forward(60)
    switch_on(world, shop, joined="50", agreed="20")
    world.work()
    # Another app writes the same consent anew.
    shop.consents.give(early, "email", "SUBSCRIBED")
    world.work()
    days_pass(world, 2)
    assert points(world, shop, early) is None


def test_a_birthday_is_kept_once_a_year(world: World, shop: Any) -> None:
    person, other = by_orders(shop, 2)[:2]
    switch_on(world, shop, birthday="100")
    tell_birth_date(shop, person, (today(world) + timedelta(days=2)).replace(year=1990).isoformat())
    world.work()
    days_pass(world)
    assert points(world, shop, person) is None
    days_pass(world, 2)
    assert points(world, shop, person) == {"balance": 100, "available": 100, "pending": 0, "debt": 0}
    year = today(world).year
    assert f"Birthday {year}" in page(world, shop, f"/customers/{person}/points")
    assert f"يوم الميلاد {year}" in page(world, shop, f"/customers/{person}/points", "ar")
    # Another date is no second birthday.
    tell_birth_date(shop, person, (today(world) + timedelta(days=3)).replace(year=1990).isoformat())
    days_pass(world, 5)
    assert (balance(world, shop, person), balance(world, shop, other)) == (100, 0)
    proven(world)


def test_days_on_which_nobody_worked_are_made_up_for(world: World, shop: Any) -> None:
    person = by_orders(shop, 2)[0]
    switch_on(world, shop, birthday="100")
    tell_birth_date(shop, person, (today(world) + timedelta(days=5)).replace(year=1990).isoformat())
    days_pass(world)
    world.clock.forward(12 * DAY)
    days_pass(world)
    assert balance(world, shop, person) == 100


def test_years_after_the_first_order_are_kept(world: World, shop: Any) -> None:
    switch_on(world, shop, anniversary="30")
    person = by_orders(shop, 2)[0]
    days_pass(world, 1)
    world.clock.forward((365 - 100 - 3) * DAY)
    days_pass(world, 4)
    assert balance(world, shop, person) == 30
    assert "1 year since the first order" in page(world, shop, f"/customers/{person}/points")
    days_pass(world, 3)
    assert balance(world, shop, person) == 30


@pytest.mark.parametrize("state", ["failed", "waiting"])
def test_years_that_fall_into_another_reading_are_given_after_it(world: World, shop: Any, state: str) -> None:
    """Whose first order it was is not known before: the days wait, and none of them is passed over."""
    switch_on(world, shop, anniversary="30")
    person = by_orders(shop, 2)[0]
    days_pass(world, 1)
    world.clock.forward((365 - 100 - 3) * DAY)
    read = update(Task).where(Task.kind == IMPORT)
    with world.wafa.database.transaction() as session:
        session.execute(read.values(state=state, due_at=world.clock() + timedelta(days=99)))
    days_pass(world, 4)
    assert balance(world, shop, person) == 0
    with world.wafa.database.transaction() as session:
        session.execute(read.values(state="done"))
    days_pass(world, 1)
    assert balance(world, shop, person) == 30


def test_years_count_from_the_first_order_that_stands(world: World, shop: Any) -> None:
    person, other = by_orders(shop, 2)[:2]
    switch_on(world, shop, anniversary="30")
    shop.cancel(min(shop.customers[person].orders))
    world.work()
    world.clock.forward((365 - 100 - 3) * DAY)
    days_pass(world, 5)
    assert (balance(world, shop, person), balance(world, shop, other)) == (0, 30)
    world.clock.forward(80 * DAY)
    days_pass(world, 10)
    assert (balance(world, shop, person), balance(world, shop, other)) == (30, 30)


def test_a_customer_gets_no_more_than_the_limit_of_a_month(world: World, shop: Any) -> None:
    switch_on(world, shop, joined="50", agreed="20", most_a_month="60")
    maha = someone(shop)
    shop.consents.give(maha, "email", "SUBSCRIBED")
    shop.consents.give(maha, "sms", "SUBSCRIBED")
    world.work()
    assert balance(world, shop, maha) == 60


def test_two_who_become_one_keep_what_both_were_given_and_get_nothing_twice(world: World, shop: Any) -> None:
    switch_on(world, shop, joined="50", birthday="100")
    kept, gone = someone(shop), someone(shop, "nora", "+96550009999")
    born = (today(world) + timedelta(days=2)).replace(year=1990).isoformat()
    tell_birth_date(shop, gone, born)
    world.work()
    days_pass(world)
    shop.merge_customers(kept, gone)
    world.work()
    assert balance(world, shop, kept) == 100
    days_pass(world, 3)
    assert balance(world, shop, kept) == 200
    proven(world)


def test_whoever_is_forgotten_has_no_birthday(world: World, shop: Any) -> None:
    person = by_orders(shop, 2)[0]
    switch_on(world, shop, birthday="100")
    tell_birth_date(shop, person, (today(world) + timedelta(days=3)).replace(year=1990).isoformat())
    days_pass(world)
    shop.redact_customer(person)
    world.work()
    with world.wafa.database.reading() as session:
        assert session.scalars(select(CustomerBirthday)).all() == []
    days_pass(world, 4)
    assert world.json(shop, address("/loyalty"))["points"]["accounts"] == 0
    proven(world)


def test_the_page_says_what_is_given_in_both_languages(world: World, shop: Any) -> None:
    switch_on(
        world, shop, joined="50", agreed="20", birthday="100", calendar="hijri", anniversary="30", most_a_month="150"
    )
    text = page(world, shop, "/loyalty")
    for said in (
        "When you become a customer, you get 50 points.",
        "When you first agree to our e-mails, you get 20 points, and as much for text messages.",
        "On your birthday by the Hijri calendar you get 100 points, once a year.",
        "Each year, on the day of your first order, you get 30 points.",
        "Without an order you get at most 150 points in a month.",
    ):
        assert said in text
    assert "في يوم ميلادك بالتقويم الهجري تحصل على 100 نقطة، مرة في السنة." in page(world, shop, "/loyalty", "ar")


def test_the_page_says_of_how_many_a_birth_date_is_known(world: World, shop: Any) -> None:
    person = by_orders(shop, 2)[0]
    switch_on(world, shop)
    assert "irth date of" not in page(world, shop, "/loyalty")
    assert world.json(shop, address("/loyalty"))["birthdays"] is None
    switch_on(world, shop, birthday="100")
    assert "Birth dates have not been read yet." in page(world, shop, "/loyalty")
    days_pass(world)
    text = page(world, shop, "/loyalty")
    assert "No birth date is known, so nobody gets points on a birthday. Wafa reads it each night" in text
    first = world.open(shop, address("/loyalty"))
    tell_birth_date(shop, person, "1990-02-03")
    days_pass(world)
    later = world.open(shop, address("/loyalty"), **{"If-None-Match": first.headers["ETag"]})
    assert later.status_code == 200
    assert "Of 5 customers, the birth date of 1 is known." in page(world, shop, "/loyalty")
    assert "يُعرف تاريخ ميلاد 1 من أصل 5 عملاء." in page(world, shop, "/loyalty", "ar")
    assert world.json(shop, address("/loyalty"))["birthdays"] == {"known": 1, "customers": 5}
    someone(shop)
    world.work()
    assert "Of 6 customers" in page(world, shop, "/loyalty")


def test_of_how_many_is_said_only_where_all_were_read(world: World, shop: Any) -> None:
    switch_on(world, shop, birthday="100")
    tell_birth_date(shop, by_orders(shop, 2)[0], "1990-02-03")
    days_pass(world)
    with world.wafa.database.transaction() as session:
        note_reading(session, find_shop(session, "alice.myshopify.com").id, read_until=None)
    assert "The birth date of 1 customer is known." in page(world, shop, "/loyalty")
    assert world.json(shop, address("/loyalty"))["birthdays"] == {"known": 1, "customers": None}


def test_nobody_reaches_a_reward_without_buying(world: World, shop: Any) -> None:
    sent = {"points": "10", "per": "1", "wait_days": "14", "reward_points": "500", "reward": "1.500", "code_days": "30"}
    refused = post(world, shop, "/loyalty/switch-on", sent | {"joined": "300", "agreed": "100"})
    assert refused.status_code == 400
    query = "&".join(f"{name}={value}" for name, value in (sent | {"joined": "300", "agreed": "100"}).items())
    said = "New customers who agree to messages would reach a reward without buying."
    assert said in world.open(shop, address(f"/loyalty?{query}")).text
    switch_on(world, shop, joined="300", agreed="50")
    cheap = post(world, shop, "/loyalty/rewards/add", {"kind": "shipping", "points": "400"})
    assert cheap.status_code == 400
    assert post(world, shop, "/loyalty/rewards/add", {"kind": "shipping", "points": "401"}).status_code == 200


def test_a_paused_programme_gives_nothing(world: World, shop: Any) -> None:
    person = by_orders(shop, 2)[0]
    switch_on(world, shop, joined="50", birthday="100")
    tell_birth_date(shop, person, (today(world) + timedelta(days=3)).replace(year=1990).isoformat())
    days_pass(world)
    assert post(world, shop, "/loyalty/pause", {}).status_code == 200
    world.clock.forward(60)
    maha = someone(shop)
    days_pass(world, 4)
    assert (points(world, shop, maha), points(world, shop, person)) == (None, None)
    shop.place_order(person, LINES, at=world.clock())
    world.work()
