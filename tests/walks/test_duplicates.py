"""Possible duplicates, from Shopify's news to the page and away again."""

import threading
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import select

from devstore.records import Address
from shopify_app.customers.contacts.model import ContactReading, CustomerContact, CustomersApart
from shopify_app.db.base import ShopId
from shopify_app.invariants.promises import broken
from shopify_app.jobs.nightly import request_work
from shopify_app.privacy.redact import redact_customer
from shopify_app.retention.duplicates import panel
from shopify_app.shops.queries import find_shop
from tests.small_shop import add_shop, address, page, post, said
from tests.world import World

PATH = "/customers/duplicates"
LINES: list[Any] = [{"price": "10.000", "quantity": 1}]
SHARED = "+96550001111"


def bought(shop: Any, name: str, **contact: Any) -> int:
    """A new customer with one order; the number."""
    person = shop.create_customer(
        name, "A", f"{name}@x.test" if "email" not in contact else "", "ar", **_plain(contact)
    )
    if "email" in contact:
        shop.update_customer(person.id, email=contact["email"])
    shop.place_order(person.id, LINES)
    return int(person.id)


def _plain(contact: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in contact.items() if name != "email"}


@pytest.fixture
def shop(world: World) -> Any:
    """Two people who bought twice, three who bought once; nobody shares anything yet."""
    made = add_shop(world, repeaters=2, once=3)
    world.install(made)
    world.work()
    return made


def twins(shop: Any) -> tuple[int, int]:
    """One record by phone, one by e-mail address with that phone in its address book."""
    return bought(shop, "noura", phone=SHARED), bought(shop, "nora", addresses=[Address(1, "5000 1111", "KW")])


def told(world: World, shop: Any) -> Any:
    return world.json(shop, address(PATH))


def groups(world: World, shop: Any) -> list[list[int]]:
    return [[int(one["customer_id"]) for one in group["customers"]] for group in told(world, shop)["groups"]]


def night(world: World) -> None:
    world.clock.forward(86_400)
    request_work(world.wafa.database, world.clock())
    world.work()


def number(world: World, shop: Any) -> ShopId:
    with world.wafa.database.reading() as session:
        found = find_shop(session, shop.domain)
        assert found is not None
        return ShopId(found.id)


def check_promises(world: World, shop: Any) -> None:
    with world.wafa.database.reading() as session:
        assert broken(session, number(world, shop), world.clock(), world.wafa.config.lookup_key) == []


def test_a_shared_phone_is_seen_as_it_is_told(world: World, shop: Any) -> None:
    first, second = twins(shop)
    world.work()
    assert groups(world, shop) == [[first, second]]
    found = told(world, shop)
    assert found["groups"][0]["shares"] == ["phone"]
    assert found["effect"]["all"]["now"] == str(Fraction(2, 7))
    assert found["effect"]["all"]["then"] == str(Fraction(3, 6))
    check_promises(world, shop)


def test_it_is_seen_in_the_past_too(world: World) -> None:
    made = add_shop(world, repeaters=2, once=3)
    with made.history():
        first, second = twins(made)
    world.install(made)
    world.work()
    assert groups(world, made) == [[first, second]]
    assert told(world, made)["read"]


def test_two_spellings_of_one_mailbox_are_one(world: World, shop: Any) -> None:
    first = bought(shop, "a", email="noura.ali@gmail.com")
    second = bought(shop, "b", email="NouraAli+shop@googlemail.com")
    bought(shop, "c", email="noura.ali@x.test")
    bought(shop, "d", email="nouraali@x.test")
    world.work()
    assert groups(world, shop) == [[first, second]]
    assert told(world, shop)["groups"][0]["shares"] == ["email"]


def test_the_share_is_what_it_becomes_when_all_are_merged(world: World, shop: Any) -> None:
    twins(shop)
    world.work()
    promised = told(world, shop)["effect"]
    for group in groups(world, shop):
        for gone in group[1:]:
            shop.merge_customers(group[0], gone)
    world.work()
    for window in ("all", "365d"):
        shown = world.json(shop, address(f"/reports/numbers?window={window}"))["metrics"]["repeat_rate"]
        assert Fraction(promised[window]["then"]) == Fraction(int(shown["numerator"]), int(shown["denominator"]))
    assert groups(world, shop) == []
    check_promises(world, shop)


def test_a_merge_makes_the_group_go_away_even_if_its_news_is_lost(world: World, shop: Any) -> None:
    first, second = twins(shop)
    world.work()
    for topic in ("customers/merge", "orders/updated"):
        world.store.trouble.lose_next(shop.domain, topic, 1)
    world.clock.forward(60)
    shop.merge_customers(first, second)
    night(world)
    assert groups(world, shop) == []


def test_lost_news_of_a_phone_is_found_by_night(world: World, shop: Any) -> None:
    first = bought(shop, "noura", phone=SHARED)
    second = bought(shop, "nora")
    world.work()
    world.store.trouble.lose_next(shop.domain, "customers/update", 1)
    world.clock.forward(60)
    shop.update_customer(second, addresses=[Address(1, SHARED, "KW")])
    world.work()
    assert groups(world, shop) == []
    night(world)
    assert groups(world, shop) == [[first, second]]


def test_old_news_that_comes_late_changes_nothing(world: World, shop: Any) -> None:
    first, second = twins(shop)
    world.work()
    old = next(one for one in world.store.deliveries if one.topic == "customers/create")
    world.clock.forward(60)
    shop.update_customer(first, phone="+96559999999", addresses=[Address(3, "+96559999999", "KW")])
    world.work()
    assert groups(world, shop) == []
    shop.store.queue(shop.domain, old.topic, old.body, "again")
    world.work()
    assert groups(world, shop) == []
    assert second


def test_a_phone_that_many_share_is_left_out_and_said(world: World, shop: Any) -> None:
    for name in "abcde":
        bought(shop, name, addresses=[Address(1, SHARED, "KW")])
    world.work()
    assert [len(one) for one in groups(world, shop)] == [5]
    bought(shop, "f", addresses=[Address(1, SHARED, "KW")])
    world.work()
    assert groups(world, shop) == []
    assert told(world, shop)["too_common"] == 1
    assert "more than 5 customers have it" in page(world, shop, PATH)


def test_who_is_not_the_same_is_put_away_for_everybody_and_comes_back(world: World, shop: Any) -> None:
    first, second = twins(shop)
    world.work()
    named = {"customers": f"{first} {second}"}
    answer = post(world, shop, f"{PATH}/not-the-same", named)
    assert answer.status_code == 200, answer.text
    other = world.client.get(
        address(PATH), headers={"Authorization": f"Bearer {shop.id_token(2)}", "Accept": "application/json"}
    ).get_json()
    assert other["groups"] == []
    assert [one["customer_id"] for one in other["put_away"][0]["customers"]] == [str(first), str(second)]
    assert other["effect"]["all"]["now"] == other["effect"]["all"]["then"]
    assert post(world, shop, f"{PATH}/show-again", named).status_code == 200
    assert groups(world, shop) == [[first, second]]


def test_somebody_new_brings_a_group_back_that_was_put_away(world: World, shop: Any) -> None:
    first, second = twins(shop)
    world.work()
    post(world, shop, f"{PATH}/not-the-same", {"customers": f"{first} {second}"})
    third = bought(shop, "third", addresses=[Address(1, SHARED, "KW")])
    world.work()
    assert groups(world, shop) == [[first, second, third]]
    assert post(world, shop, f"{PATH}/not-the-same", {"customers": f"{first} {second}"}).status_code == 400


def test_whoever_is_forgotten_leaves_no_hash_and_never_comes_back(world: World, shop: Any) -> None:
    first, second = twins(shop)
    world.work()
    post(world, shop, f"{PATH}/not-the-same", {"customers": f"{first} {second}"})
    late = [(one.topic, one.body) for one in world.store.deliveries if one.topic.startswith("customers/")]
    shop.redact_customer(second)
    world.work()
    for topic, body in late:
        shop.store.queue(shop.domain, topic, body, "late")
    night(world)
    with world.wafa.database.reading() as session:
        holders = set(session.scalars(select(CustomerContact.customer_id)))
        assert session.scalars(select(CustomersApart.customer_id)).all() == []
    assert second not in holders
    assert first in holders
    assert groups(world, shop) == []
    check_promises(world, shop)


def test_who_is_forgotten_while_it_is_said_who_they_are_not_is_named_nowhere(
    world: World, shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two at once: the group has been looked at, and what was said of it is not written yet."""
    first, second = twins(shop)
    world.work()
    looked, go, real = threading.Event(), threading.Event(), panel.keep_apart

    def slowly(*arguments: Any) -> None:
        looked.set()
        go.wait(0.7)
        real(*arguments)

    monkeypatch.setattr(panel, "keep_apart", slowly)
    said_so = threading.Thread(
        target=post, args=(world, shop, f"{PATH}/not-the-same", {"customers": f"{first} {second}"})
    )
    said_so.start()
    assert looked.wait(30)
    with world.wafa.database.transaction() as session:
        redact_customer(session, number(world, shop), second, world.wafa.config.lookup_key, world.clock())
    go.set()
    said_so.join(20)
    with world.wafa.database.reading() as session:
        assert session.scalars(select(CustomersApart.customer_id)).all() == []
    check_promises(world, shop)


def test_all_customers_are_not_looked_at_while_everybody_waits_for_the_writer(
    world: World, shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = twins(shop)
    third = bought(shop, "third", addresses=[Address(1, "5000 1111", "KW"), Address(2, "+96551112222", "KW")])
    last = bought(shop, "last", phone="+96551112222")
    world.work()
    around, real = [], panel.load_groups

    def looked(session: Any, number: ShopId, *some: Any) -> Any:
        around.extend(some)
        return real(session, number, *some)

    monkeypatch.setattr(panel, "load_groups", looked)
    for part in ((first, second), (first, second, third), (third, last), (last,), (first, second, third, last, 5)):
        refused = post(world, shop, f"{PATH}/not-the-same", {"customers": " ".join(map(str, part))})
        assert refused.status_code == 400
    for odd in ("", " ", "-1", "9" * 30, "1 x", "\0", "٣"):
        assert post(world, shop, f"{PATH}/not-the-same", {"customers": odd}).status_code == 400
    around.clear()
    whole = (first, second, third, last)
    for what in ("not-the-same", "show-again"):
        assert post(world, shop, f"{PATH}/{what}", {"customers": " ".join(map(str, whole))}).status_code == 200
    assert around == [whole, whole]
    assert groups(world, shop) == [list(whole)]


def test_no_phone_and_no_address_stands_anywhere(world: World, shop: Any, caplog: pytest.LogCaptureFixture) -> None:
    twins(shop)
    bought(shop, "c", email="noura.ali@gmail.com")
    night(world)
    with world.wafa.database.reading() as session:
        rows = session.execute(select(CustomerContact.kind, CustomerContact.hash)).all()
        assert len(rows) >= 8
    assert all(len(value) == 32 and set(value) <= set("0123456789abcdef") for _, value in rows)
    shown = [world.open(shop, address(PATH)).text, world.open(shop, address(f"{PATH}?format=csv")).text, caplog.text]
    assert not [text for text in shown for word in ("50001111", "noura", "gmail") if word in text.lower()]


def test_another_shop_has_other_hashes_and_sees_nothing(world: World, shop: Any) -> None:
    twins(shop)
    other = add_shop(world, "bob.myshopify.com")
    world.install(other)
    bought(other, "bob", phone=SHARED)
    world.work()
    assert groups(world, other) == []
    with world.wafa.database.reading() as session:
        both = session.execute(select(CustomerContact.shop_id, CustomerContact.hash)).all()
    mine, theirs = ({value for at, value in both if at == number(world, one)} for one in (shop, other))
    assert mine
    assert theirs
    assert mine.isdisjoint(theirs)


def test_the_numbers_point_here_where_the_share_would_move(world: World, shop: Any) -> None:
    assert "See possible duplicates" not in page(world, shop, "/reports/numbers?window=all")
    twins(shop)
    night(world)
    shown = page(world, shop, "/reports/numbers?window=all")
    assert "“Bought more than once” may be 21.4 points higher, all time. See possible duplicates" in shown


def test_the_file_has_every_group(world: World, shop: Any) -> None:
    first, second = twins(shop)
    world.work()
    lines = world.open(shop, address(f"{PATH}?format=csv")).text.splitlines()
    day = world.clock().astimezone(shop.zone).date()
    assert lines[0] == "group,customer_id,shares,orders,net_sales,currency,first_order,last_order"
    assert lines[1:] == [f"{second},{one},phone,1,10.000,KWD,{day},{day}" for one in (first, second)]


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_the_page_says_what_would_change_and_what_to_do(world: World, shop: Any, locale: str) -> None:
    first, second = twins(shop)
    world.work()
    text = world.open(shop, address(PATH, locale)).text
    assert f'<s-link href="/customers/{first}?' in text
    assert f'<s-link href="/customers/{second}?' in text
    if locale == "en":
        shown = said(text)
        assert "If the group is one person, 50.0 % of your customers have bought more than once, not 28.6 %." in shown
        assert "choose Merge customer there" in shown


def test_nobody_shares_anything(world: World, shop: Any) -> None:
    assert "No two of your customers share a phone or an e-mail mailbox." in page(world, shop, PATH)


def test_long_lists_are_paged_without_a_gap(world: World, shop: Any) -> None:
    with shop.history():
        for place in range(23):
            phone = f"+9655111{place:04d}"
            shop.create_customer(f"p{place}", phone=phone)
            shop.create_customer(f"q{place}", addresses=[Address(place, phone, "KW")])
    shop.set_scopes(shop.installation.scopes)
    post(world, shop, f"{PATH}/read", {})
    world.work()
    found, after = [], None
    while True:
        answer = world.json(shop, address(f"{PATH}?after={after}" if after else PATH))
        found += [one["group"] for one in answer["groups"]]
        after = answer["after"]
        if after is None:
            break
    assert len(found) == len(set(found)) == answer["groups_in_all"] == 23
    with world.wafa.database.reading() as session:
        assert session.scalars(select(ContactReading.withheld)).all() == [""]
