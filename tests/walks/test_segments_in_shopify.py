"""A segment put into Shopify from its page, kept in step there, and taken out; by permission and in both languages."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from devstore.segments import members_test
from shopify_app.customers.access.model import AccessEntry
from shopify_app.jobs.nightly import request_work
from shopify_app.language import Words
from shopify_app.segments.outward.asking import DENIED, SCOPE
from shopify_app.shops.access import OPTIONAL
from tests.small_shop import add_shop, address, page, post
from tests.world import World

PATH = "/customers/segments"
TWICE = {"name": "Twice", "match": "all", "c0.field": "orders", "c0.is": "at_least", "c0.value": "2"}
ONCE = {**TWICE, "c0.is": "at_most", "c0.value": "1"}
(NEED,) = (need for need in OPTIONAL if need.scope == SCOPE)


def installed(world: World, shop: Any, *, granted: bool = True) -> Any:
    shop.install([*world.store.scopes, *([SCOPE] if granted else [])])
    assert world.open(shop, address("/")).status_code == 200
    world.work()
    return shop


@pytest.fixture
def shop(world: World) -> Any:
    """Three people who bought twice and two who bought once."""
    return installed(world, add_shop(world, repeaters=3, once=2))


@pytest.fixture
def small(small_world: World) -> Any:
    """The same, for what does not depend on the database."""
    return installed(small_world, add_shop(small_world, repeaters=3, once=2))


def made(world: World, shop: Any, body: dict[str, str] = TWICE) -> str:
    answer = post(world, shop, PATH, body)
    assert answer.status_code == 200, answer.text
    return f"{PATH}/{answer.get_json()['segment']}"


def sent(world: World, shop: Any, path: str, body: object | None = None) -> dict[str, Any]:
    """A change that is done to its end."""
    answer = post(world, shop, path, body or {})
    assert answer.status_code == 200, answer.text
    world.work()
    told: dict[str, Any] = answer.get_json()
    return told


def there(world: World, shop: Any, path: str) -> dict[str, Any]:
    """What the page tells a program of it."""
    told: dict[str, Any] = world.json(shop, path)["shopify"]
    return told


def in_shopify(shop: Any, name: str) -> set[int] | None:
    """The members of Shopify's segment of that name, None where there is none."""
    found = [one for one in shop.outward.segments.all.values() if one.name == name]
    if not found:
        return None
    test = members_test(shop, found[0].query)
    return {one.id for one in shop.customers.values() if test(one)}


def tagged(shop: Any, tag: str) -> set[int]:
    return {one.id for one in shop.customers.values() if tag in one.tags}


def test_put_in_kept_in_step_and_taken_out(world: World, shop: Any) -> None:
    path, people = made(world, shop), list(shop.customers)
    first = there(world, shop, path)
    assert (first["state"], first["standing"], first["plan"]["add"], first["plan"]["calls"]) == ("out", None, 3, 3)
    said = page(world, shop, path)
    assert "Put it into Shopify: Wafa marks these 3 customers there" in said
    assert "Customers to be marked 3" in said
    assert "Takes about 1 minute" in said

    assert sent(world, shop, f"{path}/shopify", {"tag": " vip "})["message"] == "It is being written in Shopify."
    assert in_shopify(shop, "Twice") == tagged(shop, "vip") == set(people[:3])
    now = there(world, shop, path)
    assert (now["state"], now["standing"]["members"], now["standing"]["tag"]) == ("in", 3, "vip")
    document = world.open(shop, address(path)).text
    (number,) = shop.outward.segments.all
    assert f'href="shopify://admin/customers/segments/{number}"' in document
    assert "Customers marked in Shopify 3" in page(world, shop, path)

    sent(world, shop, path, ONCE)
    assert in_shopify(shop, "Twice") == tagged(shop, "vip") == set(people[3:]), "another rule is followed there"
    sent(world, shop, f"{path}/shopify/untag")
    assert tagged(shop, "vip") == set()
    assert there(world, shop, path)["state"] == "in"
    sent(world, shop, f"{path}/shopify/out")
    assert in_shopify(shop, "Twice") is None
    assert not [one for one in shop.customers.values() if one.metafields or one.tags]
    assert there(world, shop, path)["state"] == "out"


def test_who_comes_in_later_is_written_at_night_or_when_asked_for(world: World, shop: Any) -> None:
    path, people = made(world, shop), list(shop.customers)
    sent(world, shop, f"{path}/shopify", {"tag": "vip"})
    for number, late in enumerate(people[3:]):
        shop.place_order(late, [{"price": "3"}])
        world.work()
        assert there(world, shop, path)["plan"]["add"] == 1
        assert "It has changed since it was last written." in page(world, shop, path)
        if number:
            world.clock.forward(86_400)
            request_work(world.wafa.database, world.clock())
            world.work()
        else:
            sent(world, shop, f"{path}/shopify")
        assert in_shopify(shop, "Twice") == tagged(shop, "vip") == set(people[: 4 + number])
        assert there(world, shop, path)["state"] == "in"


def test_a_ready_made_one_goes_by_its_name_in_the_language_of_who_asks(world: World, shop: Any) -> None:
    path = f"{PATH}/ready/once-60-days-ago"
    sent(world, shop, f"{path}/shopify")
    (name,) = {one.name for one in shop.outward.segments.all.values()}
    assert in_shopify(shop, name) == set(list(shop.customers)[3:])
    assert name == world.json(shop, address(path))["name"]
    sent(world, shop, f"{path}/shopify/out")
    assert shop.outward.segments.all == {}


def test_a_ready_made_one_keeps_its_name_whoever_asks_again(small_world: World, small: Any) -> None:
    path, headers = f"{PATH}/ready/big-spenders", _as(small)
    for locale in ("ar", "en"):
        assert small_world.client.post(address(f"{path}/shopify", locale), json={}, headers=headers).status_code == 200
        small_world.work()
    (name,) = {one.name for one in small.outward.segments.all.values()}
    assert name == called(small_world, small, path, "ar")


def called(world: World, shop: Any, path: str, locale: str) -> str:
    name: str = world.json(shop, address(path, locale))["name"]
    return name


def test_another_name_is_its_name_there_unless_somebody_deleted_it(small_world: World, small: Any) -> None:
    path = made(small_world, small)
    sent(small_world, small, f"{path}/shopify")
    (theirs,) = small.outward.segments.all.values()
    sent(small_world, small, path, {**TWICE, "name": "Regulars"})
    assert theirs.name == "Regulars"
    theirs.name = "By hand"
    sent(small_world, small, f"{path}/shopify")
    sent(small_world, small, path, {**TWICE, "name": "Regulars", "c0.value": "1"})
    assert theirs.name == "By hand", "only another name here is another name there"
    small.outward.segments.create("Twice", "number_of_orders > 1")
    sent(small_world, small, path, TWICE)
    assert theirs.name == "Twice (Wafa)", "each name is there once"
    small.outward.segments.all.clear()
    sent(small_world, small, path, {**TWICE, "name": "Regulars"})
    assert small.outward.segments.all == {}
    assert there(small_world, small, path)["state"] == "in"


def test_pressed_twice_it_is_written_once(small_world: World, small: Any) -> None:
    path, calls = made(small_world, small), small_world.adapter.calls
    sent(small_world, small, f"{path}/shopify", {"tag": "vip"})
    before = len(calls)
    sent(small_world, small, f"{path}/shopify")
    assert len(calls) - before <= 3, "the permission and the definition were looked at, nothing was written"
    assert there(small_world, small, path)["plan"] == {
        **dict.fromkeys(("add", "remove", "tag_add", "tag_remove", "calls"), 0),
        "bulk": False,
    }


def test_deleted_here_it_goes_from_shopify_and_does_not_come_back_there(small_world: World, small: Any) -> None:
    path = made(small_world, small)
    assert 'id="delete-segment"' not in small_world.open(small, address(path)).text
    sent(small_world, small, f"{path}/shopify", {"tag": "vip"})
    assert "Delete it here and in Shopify? The mark comes off 3 customers in Shopify" in page(small_world, small, path)
    sent(small_world, small, f"{path}/delete")
    assert (in_shopify(small, "Twice"), tagged(small, "vip")) == (None, set())
    sent(small_world, small, f"{path}/bring-back")
    assert there(small_world, small, path)["state"] == "out"
    assert in_shopify(small, "Twice") is None


def test_without_the_permission_nothing_is_asked_for(small_world: World) -> None:
    shop = installed(small_world, add_shop(small_world, repeaters=3, once=2), granted=False)
    path = made(small_world, shop)
    for locale in ("en", "ar"):
        assert Words(locale).text(NEED.without) in page(small_world, shop, path, locale)
    assert f'data-scope="{SCOPE}"' in small_world.open(shop, address(path)).text
    for change in ("", "/out", "/untag"):
        refused = post(small_world, shop, f"{path}/shopify{change}", {})
        assert (refused.status_code, refused.get_json()["error"]) == (403, DENIED)
    assert there(small_world, shop, path)["standing"] is None
    shop.set_scopes([*small_world.store.scopes, SCOPE])
    sent(small_world, shop, f"{path}/shopify")
    assert NEED.without not in page(small_world, shop, path)
    assert in_shopify(shop, "Twice") == set(list(shop.customers)[:3])


def test_given_a_second_ago_it_is_known_by_shopifys_word(small_world: World) -> None:
    shop = installed(small_world, add_shop(small_world, repeaters=1), granted=False)
    path = made(small_world, shop)
    small_world.store.trouble.lose_next(shop.domain, "app/scopes_update")
    shop.set_scopes([*small_world.store.scopes, SCOPE])
    sent(small_world, shop, f"{path}/shopify")
    assert there(small_world, shop, path)["state"] == "in"


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_taken_back_in_the_middle_it_says_what_stays(small_world: World, small: Any, locale: str) -> None:
    path, words = made(small_world, small), Words(locale)
    assert post(small_world, small, f"{path}/shopify", {}).status_code == 200
    assert words.text("It is being written in Shopify. You can leave this page.") in page(
        small_world, small, path, locale
    )
    while not small.outward.metafields.definitions:
        small_world.step_tasks()
    small_world.clock.forward(60)
    small.set_scopes(small_world.store.scopes)
    small_world.work()
    said = page(small_world, small, path, locale)
    assert words.text("Wafa may no longer change customers in Shopify.") in said
    assert there(small_world, small, path)["state"] == "withdrawn"
    assert post(small_world, small, f"{path}/shopify", {}).status_code == 403
    small_world.clock.forward(60)
    small.set_scopes([*small_world.store.scopes, SCOPE])
    small_world.work()
    sent(small_world, small, f"{path}/shopify")
    assert in_shopify(small, "Twice") == set(list(small.customers)[:3])


def test_deleted_without_the_permission_it_goes_the_night_after_it_is_given_again(
    small_world: World, small: Any
) -> None:
    path = made(small_world, small)
    sent(small_world, small, f"{path}/shopify")
    small_world.clock.forward(60)
    small.set_scopes(small_world.store.scopes)
    small_world.work()
    assert "what is there goes once you have allowed it again" in page(small_world, small, path)
    sent(small_world, small, f"{path}/delete")
    assert in_shopify(small, "Twice") == set(list(small.customers)[:3])
    small.set_scopes([*small_world.store.scopes, SCOPE])
    small_world.clock.forward(86_400)
    small_world.work()
    request_work(small_world.wafa.database, small_world.clock())
    small_world.work()
    assert in_shopify(small, "Twice") is None


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_what_stopped_says_why_and_is_tried_again(small_world: World, small: Any, locale: str) -> None:
    path, words = made(small_world, small), Words(locale)
    for number in range(50):
        small.outward.metafields.define(
            {"ownerType": "CUSTOMER", "namespace": "custom", "key": f"k{number}", "name": "K", "type": "boolean"}
            | {"capabilities": {"adminFilterable": {"enabled": True}}}
        )
    sent(small_world, small, f"{path}/shopify")
    told = there(small_world, small, path)
    assert told["state"] == "failed"
    assert words.text(told["standing"]["error"]) in page(small_world, small, path, locale)
    small.outward.metafields.definitions.clear()
    sent(small_world, small, f"{path}/shopify")
    assert there(small_world, small, path)["state"] == "in"


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_nobody_in_it_is_no_hindrance(small_world: World, small: Any, locale: str) -> None:
    path = made(small_world, small, {**TWICE, "c0.value": "9"})
    nobody = (
        "Nobody is in it now. You can put it into Shopify all the same: whoever comes into it is marked there, and "
        "Shopify keeps a segment of them for e-mails and discounts."
    )
    assert Words(locale).text(nobody) in page(small_world, small, path, locale)
    sent(small_world, small, f"{path}/shopify")
    assert in_shopify(small, "Twice") == set()
    assert there(small_world, small, path)["state"] == "in"


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_without_shopifys_approval_nobody_can_be_marked(small_world: World, locale: str) -> None:
    shop = add_shop(small_world, repeaters=2)
    shop.approve("none")
    installed(small_world, shop)
    path = f"{PATH}/ready/big-spenders"
    assert Words(locale).text("Customers can be marked in Shopify once Wafa may see who bought.") in page(
        small_world, shop, path, locale
    )
    refused = post(small_world, shop, f"{path}/shopify", {})
    assert refused.status_code == 403
    assert "Shopify has not yet approved Wafa" in refused.get_json()["error"]


def test_while_orders_are_read_it_waits(small_world: World) -> None:
    shop = add_shop(small_world, repeaters=2)
    shop.install([*small_world.store.scopes, SCOPE])
    small_world.open(shop, address("/"))
    assert "Once all your orders have been read" in page(small_world, shop, f"{PATH}/ready/big-spenders")


@pytest.mark.parametrize("tag", ["a,b", "x" * 41])
def test_what_is_no_tag_is_told_beside_its_field(small_world: World, small: Any, tag: str) -> None:
    path = made(small_world, small)
    refused = post(small_world, small, f"{path}/shopify", {"tag": tag})
    assert refused.status_code == 422
    assert refused.get_json()["errors"] == {"tag": "A tag is one short text without a comma, of at most 40 characters."}
    sent(small_world, small, f"{path}/shopify", {"tag": "vip"})
    other = post(small_world, small, f"{path}/shopify", {"tag": "other"}).get_json()["errors"]
    assert other == {"tag": "These customers have another tag. Take that one off first."}
    for odd in ("", "  ", 7, None):
        assert sent(small_world, small, f"{path}/shopify", {"tag": odd})["segment"]
    assert there(small_world, small, path)["standing"]["tag"] == "vip"


def test_it_is_written_into_the_access_log(small_world: World, small: Any) -> None:
    path = made(small_world, small)
    sent(small_world, small, f"{path}/shopify")
    sent(small_world, small, path, ONCE)
    with small_world.wafa.database.reading() as session:
        rows = session.scalars(select(AccessEntry).where(AccessEntry.why == "shopify").order_by(AccessEntry.at))
        assert [(row.what, row.number) for row in rows] == [("customers", 3), ("customers", None)]
    said = page(small_world, small, "/settings/privacy/access")
    assert "Lists of customers, 3 lines" in said
    assert "Put into Shopify as a segment" in said


def test_another_shops_segment_is_not_there(small_world: World, small: Any) -> None:
    path = made(small_world, small)
    bob = installed(small_world, add_shop(small_world, "bob.myshopify.com", repeaters=1))
    for change in ("", "/out", "/untag"):
        assert small_world.client.post(f"{path}/shopify{change}", json={}, headers=_as(bob)).status_code == 404
        assert post(small_world, small, f"{PATH}/ready/nothing/shopify{change}", {}).status_code == 404
        assert small_world.client.post(f"{path}/shopify{change}", json={}).status_code == 401
    small_world.work()
    assert (small.outward.segments.all, bob.outward.segments.all) == ({}, {})


def _as(shop: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {shop.id_token()}", "Accept": "application/json"}


def test_the_page_has_a_new_version_with_each_change_there(small_world: World, small: Any) -> None:
    path, seen = made(small_world, small), []

    def version() -> str:
        tag: str = re.findall(r'data-etag="([^"]*)"', small_world.open(small, address(path)).text)[0]
        return tag

    seen.append(version())
    post(small_world, small, f"{path}/shopify", {})
    seen.append(version())
    small_world.work()
    seen.append(version())
    assert len(set(seen)) == len(seen)
    sent(small_world, small, f"{PATH}/ready/big-spenders/shopify")
    assert version() == seen[-1], "another's is none of its own"
