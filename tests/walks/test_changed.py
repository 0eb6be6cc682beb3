"""A live programme is changed: what changes is said before, is listed after, and can be gone back from."""

import csv
from typing import Any
from urllib.parse import urlencode

import pytest
from msgspec.structs import replace

from shopify_app.language import LOCALES, Words
from shopify_app.loyalty.programme.change_telling import changes
from shopify_app.loyalty.programme.form import ready
from shopify_app.loyalty.programme.occasions import Occasions
from shopify_app.loyalty.programme.prize import Prize
from shopify_app.loyalty.programme.rate import RAMADAN, Rate
from shopify_app.loyalty.programme.rule import Rule
from tests.small_shop import address, page, post
from tests.walks.bought import LINES, bought, by_orders
from tests.walks.test_points import SIMPLE as TYPED
from tests.walks.test_points import points, switch_on
from tests.world import World

SIMPLE = TYPED | {"by_hand": "5000"}
VERSIONS = "/loyalty/versions"


@pytest.fixture
def shop(world: World) -> Any:
    return bought(world)


def looked_at(world: World, shop: Any, **other: str) -> str:
    return page(world, shop, f"/loyalty?{urlencode(SIMPLE | other)}")


def holds(world: World, shop: Any) -> Any:
    return world.json(shop, address("/loyalty"))["version"]["rule"]


def test_what_was_and_what_becomes_is_said_before_the_button(world: World, shop: Any) -> None:
    switch_on(world, shop)
    shop.place_order(by_orders(shop, 2)[0], LINES, at=world.clock())
    world.work()
    text = looked_at(world, shop, points="5", reward="1.000", first_order="20", ends="after", ends_after="90")
    assert "Points earned Now 10 points for each KWD 1.000 Then 5 points for each KWD 1.000" in text
    assert "A reward Now 500 points = KWD 1.500 off an order Then 500 points = KWD 1.000 off an order" in text
    assert "Bonus for the first order Now none Then 20 points" in text
    assert "Points end Now They never end Then 90 days after they could be spent" in text
    assert "your average, earns 105 points (KWD 0.315) now, and would earn 52 points (KWD 0.104)." in text
    held = "This holds at once, also for points that people have: 100 points of 1 customer are worth KWD 0.300 now"
    assert f"{held}, and would be worth KWD 0.200." in text
    assert "no points end before" in text
    assert "A code is good for Now" not in text
    same = looked_at(world, shop)
    assert "nothing would change" in same
    assert "Apply from now on" not in same
    assert "كان سيكسب أكثر أو أقل" in page(world, shop, f"/loyalty?{urlencode(SIMPLE | {'points': '5'})}", "ar")


def test_who_would_have_earned_less_is_counted_on_the_shops_own_orders(world: World, shop: Any) -> None:
    switch_on(world, shop)
    assert "is counted with the cost" in looked_at(world, shop, points="5")
    assert post(world, shop, "/loyalty/cost/work-out", SIMPLE | {"points": "5"}).status_code == 200
    world.work()
    said = "On the orders of the last 12 months 5 customers would have earned less, and nobody more."
    assert said in looked_at(world, shop, points="5")
    assert said not in looked_at(world, shop, points="6")
    assert said in page(world, shop, "/loyalty/cost")


def test_versions_are_listed_and_gone_back_to(world: World, shop: Any) -> None:
    person = by_orders(shop, 2)[0]
    switch_on(world, shop)
    assert "Earlier versions" not in page(world, shop, "/loyalty")
    shop.place_order(person, LINES, at=world.clock())
    world.work()
    changed = post(world, shop, "/loyalty/switch-on", SIMPLE | {"points": "5"})
    assert changed.get_json()["message"].startswith("Changed.")
    world.clock.forward(60)
    text = page(world, shop, "/loyalty")
    assert "Points earned: it was 10 points for each KWD 1.000, it became 5 points for each KWD 1.000." in text
    assert "Staff member" in text
    shown = page(world, shop, f"{VERSIONS}?back=1")
    assert "Points earned Now 5 points for each KWD 1.000 Then 10 points for each KWD 1.000" in shown
    assert holds(world, shop)["points"] == 5, "nothing is decided by looking"
    assert post(world, shop, f"{VERSIONS}/go-back", {"version": "1"}).status_code == 200
    assert holds(world, shop)["points"] == 10
    assert points(world, shop, person)["pending"] == 100, "no earlier order changes"
    file = world.open(shop, address(f"{VERSIONS}?format=csv")).text.splitlines()
    rows = list(csv.DictReader(file))
    assert [row["version"] for row in rows] == ["3", "2", "1"]
    assert rows[-1]["changed"] == "The first version"
    told = world.json(shop, address(VERSIONS))["versions"]
    assert [one["rule"]["points"] for one in told] == [10, 5, 10]


@pytest.mark.parametrize("asked", ["9", "0", "", "x", "1e9"])
def test_a_version_that_is_not_there_is_not_gone_back_to(world: World, shop: Any, asked: str) -> None:
    assert post(world, shop, f"{VERSIONS}/go-back", {"version": asked}).status_code == 400
    switch_on(world, shop)
    assert post(world, shop, f"{VERSIONS}/go-back", {"version": asked}).status_code == 400
    assert world.open(shop, address(f"{VERSIONS}?back={asked}")).status_code == 400


BASE = replace(ready("KWD")["simple"], nth=3, nth_points=10, ends_after=90, occasions=Occasions(birthday=10))
OTHER: dict[str, Any] = {
    "currency": "USD",
    "others": (Prize("a", "percent", 300, 20),),
    "occasions": Occasions(birthday=10, hijri=True),
    "rates": (Rate("a", 200, when=RAMADAN),),
    "earning": False,
    "extended": True,
    "most": 7,
    "name": "stars",
}


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", Rule.__struct_fields__)
def test_whatever_a_rule_says_otherwise_is_told(name: str, locale: str) -> None:
    now = getattr(BASE, name)
    other = replace(BASE, **{name: OTHER.get(name, now + 1 if isinstance(now, int) else None)})
    assert other != BASE
    found = changes(BASE, other, Words(locale))
    assert found
    assert all(one.was != one.becomes for one in found)
    assert changes(BASE, BASE, Words(locale)) == []


@pytest.mark.parametrize("name", ["joined", "agreed", "birthday", "anniversary", "most_a_month"])
def test_every_occasion_is_told(name: str) -> None:
    other = replace(BASE, occasions=replace(BASE.occasions, **{name: 77}))
    [found] = changes(BASE, other, Words("en"))
    assert "77 points" in found.becomes
