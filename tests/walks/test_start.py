"""A programme in four screens: nothing is kept on the way, each says what it costs, and the last switches it on."""

import re
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest

from shopify_app.loyalty.programme.form import ready, typed
from tests.small_shop import address, post
from tests.walks.bought import bought
from tests.world import World

START = "/loyalty/start"


@pytest.fixture
def shop(world: World) -> Any:
    made = bought(world)
    world.work()
    return made


def screen(world: World, shop: Any, step: str, **fields: str) -> str:
    return raw(world, shop, f"{START}?{urlencode({'step': step, **fields})}")


def raw(world: World, shop: Any, path: str, status: int = 200) -> str:
    answer = world.open(shop, address(path))
    assert answer.status_code == status, answer.text
    return str(answer.text)


def hidden(text: str) -> dict[str, str]:
    """What a screen carries on to the next one, as a browser would send it."""
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', text)
    asked = re.findall(r'<s-number-field [^>]*name="(\w+)" value="([^"]*)"', text)
    return {name: unescape(value) for name, value in (*found, *asked) if name not in ("shop", "host", "locale")}


def test_four_screens_lead_to_a_programme(world: World, shop: Any) -> None:
    assert f"{START}?" in raw(world, shop, "/loyalty")
    first = screen(world, shop, "earn")
    assert all(name in first for name in ("Simple", "Balanced", "Cashback", "Suggested"))
    sent = hidden(first) | {"points": "7"}
    assert sent["step"] == "get"
    second = screen(world, shop, **sent)
    sent = hidden(second) | {"reward_points": "400", "ends": "never"}
    assert (sent["step"], sent["points"]) == ("cost", "7")
    third = screen(world, shop, **sent)
    assert "data-cost" in third
    assert 'data-then="start"' in third
    sent = hidden(third)
    last = screen(world, shop, **sent)
    assert "You earn 7 points for each" in last
    assert world.json(shop, address("/loyalty"))["state"] == "none"
    button = re.search(r'<s-button variant="primary" data-post="[^"]*switch-on[^>]*>', last)
    assert button
    assert 'data-points="7"' in button[0]
    post(world, shop, "/loyalty/switch-on", {name: value for name, value in sent.items() if name != "step"})
    rule = world.json(shop, address("/loyalty"))["version"]["rule"]
    assert (rule["points"], rule["reward_points"], rule["occasions"]["birthday"]) == (7, 400, 100)


def test_each_ready_programme_can_be_begun_with_and_says_what_it_gives_back(world: World, shop: Any) -> None:
    for name, rule in ready("KWD").items():
        text = screen(world, shop, "earn", **typed(rule))
        chosen = re.findall(r'<h3 class="wf-kpi-name">(\w+)(?:(?!<h3).)*?aria-current="true"', text, re.DOTALL)
        assert [one.lower() for one in chosen] == [name]
    text = screen(world, shop, "cost", **typed(ready("KWD")["cashback"]))
    assert "4" in text[text.index("data-cost") :][:200]


@pytest.mark.parametrize("currency", ["KWD", "JPY", "USD"])
def test_cashback_gives_four_percent_in_any_currency(currency: str) -> None:
    assert ready(currency)["cashback"].cost * 100 == 4


def test_what_cannot_be_leads_back_to_where_it_was_asked(world: World, shop: Any) -> None:
    wrongs = ("launch", {"points": "0"}, "How people earn"), ("cost", {"reward": "x"}, "What they get")
    for step, wrong, where in wrongs:
        sent = typed(ready("KWD")["simple"]) | wrong
        text = raw(world, shop, f"{START}?{urlencode({'step': step, **sent})}", 400)
        assert f'heading="{where}"' in text
        assert "error=" in text
    assert 'heading="How people earn"' in screen(world, shop, "nonsense")


def test_the_third_screen_tells_what_was_found_of_this_very_programme(world: World, shop: Any) -> None:
    fields = typed(ready("KWD")["balanced"])
    sent = post(world, shop, "/loyalty/cost/work-out", fields | {"then": "start"}).get_json()
    assert sent["go"].startswith(START)
    world.work()
    found = str(world.open(shop, sent["go"]).text)
    assert "data-simulated" in found
    assert 'data-then="start"' not in found
    # Another programme was not gone through.
    other = screen(world, shop, "cost", **(fields | {"points": "9"}))
    assert "data-simulated" not in other


DAY = 24 * 3600


def dated(world: World, shop: Any, days: int = 2) -> str:
    """A draft with a day, from today on in the shop's own calendar."""
    day = (world.clock().astimezone(ZoneInfo(shop.timezone)) + timedelta(days=days)).date().isoformat()
    answer = post(world, shop, "/loyalty/draft", typed(ready("KWD")["simple"]) | {"starts_on": day})
    assert answer.status_code == 200, answer.text
    world.work()
    return day


def stands(world: World, shop: Any) -> Any:
    return world.json(shop, address("/loyalty"))


def test_a_draft_is_switched_on_at_the_beginning_of_its_day(world: World, shop: Any) -> None:
    day = dated(world, shop)
    midnight = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(shop.timezone))
    text = raw(world, shop, "/loyalty")
    assert "Your draft is switched on by itself on" in text
    assert "Do not switch it on by itself" in text
    world.clock.forward((midnight - world.clock()).total_seconds() - 60)
    world.work()
    assert stands(world, shop)["state"] == "draft"
    world.clock.forward(61)
    world.work()
    found = stands(world, shop)
    assert (found["state"], found["draft"], found["starts_at"]) == ("on", None, None)
    since = datetime.fromisoformat(found["version"]["since"])
    assert timedelta(0) <= since - midnight < timedelta(minutes=5)
    assert "switched on by itself" not in raw(world, shop, "/loyalty")


def test_whoever_thinks_better_of_it_keeps_a_draft(world: World, shop: Any) -> None:
    dated(world, shop)
    assert post(world, shop, "/loyalty/draft/keep", {}).status_code == 200
    world.clock.forward(3 * DAY)
    world.work()
    found = stands(world, shop)
    assert (found["state"], found["starts_at"]) == ("draft", None)
    assert found["draft"]["points"] == 10


def test_another_day_takes_the_place_of_the_first(world: World, shop: Any) -> None:
    dated(world, shop, 20)
    dated(world, shop, 1)
    world.clock.forward(DAY)
    world.work()
    assert stands(world, shop)["state"] == "on"


@pytest.mark.parametrize("day", ["2026-11-20", "2020-01-01", "2036-01-01", "tomorrow", "9" * 5000])
def test_a_day_that_is_none_is_refused(world: World, shop: Any, day: str) -> None:
    answer = post(world, shop, "/loyalty/draft", typed(ready("KWD")["simple"]) | {"starts_on": day})
    assert answer.status_code == 400
    assert "Choose a day from tomorrow on" in answer.text
    assert stands(world, shop)["state"] == "none"


def test_a_day_that_passed_while_nobody_was_at_work_switches_nothing_on(world: World, shop: Any) -> None:
    dated(world, shop)
    world.clock.forward(4 * DAY)
    world.work()
    assert stands(world, shop)["state"] == "draft"
    text = raw(world, shop, "/loyalty")
    assert "its day passed before that could be done" in text
    world.clock.forward(DAY)
    world.work()
    assert stands(world, shop)["state"] == "draft"


def test_in_another_currency_nothing_is_switched_on(world: World, shop: Any) -> None:
    dated(world, shop)
    shop.change(currency="USD")
    world.work()
    world.clock.forward(2 * DAY)
    world.work()
    assert stands(world, shop)["state"] == "draft"
    assert "your shop sells in another currency now" in raw(world, shop, "/loyalty")
