"""Shoppers call their points otherwise: seen first, from then on, and without a point more or less; over HTTP."""

import re
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest

from shopify_app.invariants.promises import broken
from shopify_app.loyalty.ledger.queries import account_numbers, sealed_entries
from shopify_app.loyalty.programme.form import ready, typed
from shopify_app.shops.queries import find_shop
from tests.small_shop import address, page, post
from tests.walks.bought import LINES, bought, by_orders
from tests.walks.test_points import SIMPLE, points, switch_on
from tests.world import World

HEART = {"called": "own", "one": "heart", "many": "hearts", "arabic_one": "قلب", "arabic_many": "قلوب"}


@pytest.fixture
def shop(world: World) -> Any:
    return bought(world)


def raw(world: World, shop: Any, path: str, locale: str = "en", status: int = 200) -> str:
    answer = world.open(shop, address(path, locale))
    assert answer.status_code == status, answer.text
    return str(answer.text)


def written(text: str) -> str:
    """What the button sends."""
    found = re.search(r'data-post="/loyalty/name/keep[^>]*data-called="([^"]*)"', text)
    assert found
    return unescape(found[1])


def keep(world: World, shop: Any, called: object) -> Any:
    return post(world, shop, "/loyalty/name/keep", {"called": called})


def stands(world: World, shop: Any) -> Any:
    return world.json(shop, address("/loyalty"))["version"]


def entries(world: World) -> Any:
    with world.wafa.database.reading() as session:
        shop = find_shop(session, "alice.myshopify.com").id
        assert broken(session, shop, world.clock(), world.wafa.config.lookup_key) == []
        return sealed_entries(session, shop, account_numbers(session, shop, 0, 100))


def replayed(world: World) -> str:
    done = world.app.test_cli_runner().invoke(args=["replay-points", "--shop", "alice.myshopify.com"])
    assert done.exit_code == 0, done.output
    return str(done.output)


def test_a_change_of_name_alone_is_a_version_and_changes_no_points(world: World, shop: Any) -> None:
    person = by_orders(shop, 2)[0]
    switch_on(world, shop, ends="after", ends_after="90")
    shop.place_order(person, LINES, at=world.clock())
    world.work()
    had, before = points(world, shop, person), entries(world)
    text = raw(world, shop, "/loyalty/name?called=stars")
    assert "You get 5 stars for this order." in text
    assert "تحصل على 15 نجمة عن هذا الطلب." in text
    assert keep(world, shop, written(text)).status_code == 200
    world.work()
    version = stands(world, shop)
    assert (version["number"], version["rule"]["name"]) == (2, "stars")
    assert points(world, shop, person) == had
    assert entries(world) == before
    replayed(world)
    read = page(world, shop, "/loyalty")
    assert "You earn 10 stars for each KWD 1.000" in read
    assert "Your stars end 90 days after they could first be spent." in read
    assert "Pending points" in read, "the merchant's own words stay"
    world.clock.forward(60)
    shop.place_order(person, LINES, at=world.clock())
    world.work()
    assert points(world, shop, person)["pending"] == had["pending"] + 100
    replayed(world)
    assert keep(world, shop, "stars").status_code == 200
    assert stands(world, shop)["number"] == 2, "the same once more is no version"


def test_a_name_of_ones_own_is_read_in_sentences_first(world: World, shop: Any) -> None:
    switch_on(world, shop)
    empty = raw(world, shop, "/loyalty/name?called=own")
    assert "data-called" not in empty
    assert 'error="' not in empty
    text = raw(world, shop, f"/loyalty/name?{urlencode(HEART)}")
    assert text.count("عن هذا الطلب.</bdi>") == 5
    assert "You get 1 heart for this order." in text
    assert stands(world, shop)["number"] == 1, "nothing is kept by looking"
    fields = dict(re.findall(r'<s-text-field [^>]*name="(\w+)" value="([^"]*)"', text))
    of = re.search(r'name="of" value="([^"]*)"', text)
    assert of
    mended = raw(world, shop, f"/loyalty/name?{urlencode(HEART | fields | {'of': of[1], 'many': 'heartz'})}")
    assert "You get 5 heartz" in mended
    mended = raw(world, shop, f"/loyalty/name?{urlencode(HEART | fields | {'of': of[1], 'eleven': 'قلبا'})}")
    assert keep(world, shop, written(mended)).status_code == 200
    name = stands(world, shop)["rule"]["name"]
    assert (name["english"], name["arabic"][4]) == (["heart", "hearts"], "قلبا")
    assert "You earn 10 hearts for each KWD 1.000" in page(world, shop, "/loyalty")
    assert "10 \u2068قلوب\u2069" in raw(world, shop, "/loyalty", "ar")
    assert "shoppers call" in raw(world, shop, "/loyalty/name")
    assert world.json(shop, address("/loyalty/name"))["name"]["general"] == "القلوب"


def test_another_change_of_the_programme_leaves_the_name(world: World, shop: Any) -> None:
    switch_on(world, shop, called="beads")
    form = raw(world, shop, "/loyalty")
    assert '<s-option value="beads" selected>' in form
    again = raw(world, shop, f"/loyalty?{urlencode(SIMPLE | {'points': '20'})}")
    button = re.search(r'<s-button variant="primary" data-post="[^"]*switch-on[^>]*data-called="([^"]*)"', again)
    assert button
    assert button[1] == "beads"
    added = post(world, shop, "/loyalty/rates/add", {"what": "all", "season": "ramadan", "times": "2"})
    assert added.status_code == 200
    post(world, shop, "/loyalty/pause", {})
    rule = stands(world, shop)["rule"]
    assert (rule["name"], rule["earning"]) == ("beads", False)
    assert "In Ramadan: twice the beads." in page(world, shop, "/loyalty")
    assert keep(world, shop, "leaves").status_code == 200
    assert stands(world, shop)["rule"]["earning"] is False, "a name switches nothing on"
    rates = page(world, shop, "/loyalty/rates")
    assert "twice the points" in rates


def test_a_programme_is_set_up_with_a_name(world: World, shop: Any) -> None:
    first = raw(world, shop, "/loyalty/start")
    assert '<s-option value="leaves">' in first
    way = re.search(r'href="(/loyalty/name\?[^"]*)"', first)
    assert way
    text = str(world.open(shop, unescape(way[1])).text)
    assert 'name="points" value="10"' in text, "what was typed is carried along"
    onward = re.search(
        r'variant="primary" href="(/loyalty/start[^"]*)"',
        raw(world, shop, f"/loyalty/name?{urlencode(HEART | {'points': '7'})}"),
    )
    assert onward
    chosen = str(world.open(shop, unescape(onward[1])).text)
    assert 'name="points" value="7"' in chosen
    assert "selected>hearts</s-option>" in chosen
    called = re.search(r'<s-option value="([^"]*)" selected>hearts', chosen)
    assert called
    fields = typed(ready("KWD")["simple"]) | {"called": unescape(called[1])}
    assert "You earn 10 hearts" in page(world, shop, f"/loyalty/start?{urlencode(fields | {'step': 'launch'})}")
    assert post(world, shop, "/loyalty/draft", fields).status_code == 200
    assert world.json(shop, address("/loyalty"))["draft"]["name"]["english"] == ["heart", "hearts"]
    assert world.json(shop, address("/loyalty/name"))["name"]["english"] == ["heart", "hearts"]
    assert "You earn 10 hearts" in page(world, shop, "/loyalty")


@pytest.mark.parametrize("called", [None, "", "gold", 5, ["points"], {"one": "x"}, "|" * 8, "x" * 5000, "\0"])
def test_what_is_no_name_is_refused(world: World, shop: Any, called: object) -> None:
    switch_on(world, shop)
    assert keep(world, shop, called).status_code == 400
    assert stands(world, shop)["number"] == 1
    assert post(world, shop, "/loyalty/switch-on", SIMPLE | {"called": called}).status_code == 400


def test_a_word_that_cannot_be_is_said_beside_its_field(world: World, shop: Any) -> None:
    switch_on(world, shop)
    for wrong in ({"one": "<b>"}, {"arabic_one": "5"}, {"two": "5", "of": "قلب, قلوب"}):
        text = raw(world, shop, f"/loyalty/name?{urlencode(HEART | wrong)}", status=400)
        assert text.count('error="') == 1
        assert f'name="{next(iter(wrong))}"' in text
        assert "data-called" not in text


def test_no_name_before_there_is_a_programme(world: World, shop: Any) -> None:
    assert keep(world, shop, "stars").status_code == 400
    assert world.json(shop, address("/loyalty/name"))["name"] is None
