"""What somebody empties in a programme is none: through both forms, as JSON, and however a browser sends it."""

import re
from html import unescape
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shopify_app.clock import local_day
from shopify_app.language import Words
from shopify_app.loyalty.programme import telling
from shopify_app.loyalty.programme.form import FIELDS, NUMBERS, BadProgramme, as_typed, read_programme, ready, typed
from tests.examples import examples
from tests.small_shop import address, page, post
from tests.walks.bought import bought
from tests.world import World

BALANCED = typed(ready("KWD")["balanced"])
MUST = ("points", "per", "wait_days", "reward_points", "reward", "code_days")
MAY = tuple(name for name in NUMBERS if name not in (*MUST, "nth", "nth_points", "ends_after"))
SCREENS = ("earn", "get", "cost", "launch")
FIELD = re.compile(r'<(?:input type="hidden"|s-number-field|s-select) [^>]*?name="(\w+)" value="([^"]*)"')
BUTTON = re.compile(r'<s-button variant="primary" data-post="[^"]*switch-on[^"]*"([^>]*)>')
BROWSERS = {"whole": lambda sent: sent, "without what is empty": lambda sent: {k: v for k, v in sent.items() if v}}

filled = st.fixed_dictionaries(
    {name: st.one_of(st.just(""), st.integers(1, 90).map(str)) for name in MAY},
    optional={"points": st.integers(1, 20).map(str), "wait_days": st.integers(0, 365).map(str)},
)


@pytest.fixture
def shop(world: World) -> Any:
    return bought(world)


def stands(text: str) -> dict[str, str]:
    return {name: unescape(value) for name, value in FIELD.findall(text) if name in (*FIELDS, "step")}


def walked(world: World, shop: Any, fields: dict[str, str], browser: Any) -> str:
    """The fourth screen, with each earlier one sent as it stands; what is typed is typed where it is asked for."""
    sent = dict(BALANCED)
    for step in SCREENS[:-1]:
        answer = world.open(shop, address(f"/loyalty/start?{urlencode({'step': step, **browser(sent)})}"))
        assert answer.status_code == 200, answer.text
        text = str(answer.text)
        here = stands(text)
        assert here.keys() >= set(FIELDS)
        asked = set(re.findall(r'<s-number-field [^>]*?name="(\w+)"', text))
        assert {name: here[name] for name in FIELDS} == sent
        if step == "earn":
            # What no screen asks for comes from a draft.
            sent |= {name: fields[name] for name in fields if name not in asked}
        sent |= {name: fields[name] for name in fields if name in asked}
    last = world.open(shop, address(f"/loyalty/start?{urlencode({'step': 'launch', **browser(sent)})}"))
    assert last.status_code == 200, last.text
    return str(last.text)


@pytest.mark.parametrize("browser", BROWSERS.values(), ids=BROWSERS)
def test_whatever_is_typed_and_emptied_comes_through_the_four_screens(world: World, shop: Any, browser: Any) -> None:
    @examples("sqlite", 12, 12)
    @given(filled)
    def through(fields: dict[str, str]) -> None:
        text = walked(world, shop, fields, browser)
        button = BUTTON.search(text)
        assert button
        found = re.findall(r'data-([\w-]+)="([^"]*)"', button[1])
        carried = {name.replace("-", "_"): unescape(value) for name, value in found}
        # Nothing by hand is none, and is written so.
        wanted = BALANCED | fields | {"by_hand": fields["by_hand"] or "0"}
        assert carried == wanted
        rule = read_programme(wanted, "KWD")
        terms = re.findall(r"<s-list-item>(.*?)</s-list-item>", text)
        assert [unescape(one) for one in terms] == telling.terms(
            rule, Words("en"), local_day(world.clock(), ZoneInfo(shop.timezone))
        )

    through()


def test_a_bonus_is_gone_once_it_is_emptied(world: World, shop: Any) -> None:
    assert post(world, shop, "/loyalty/switch-on", BALANCED).status_code == 200
    both = {"first_order": "", "birthday": ""}
    for sent in (BALANCED | both, {name: value for name, value in (BALANCED | both).items() if value}):
        text = page(world, shop, f"/loyalty?{urlencode(sent)}")
        assert text.count("Your first order gives 50 points as a bonus.") == 1, "by the one that holds"
        assert text.count("On your birthday you get 100 points") == 1
    assert post(world, shop, "/loyalty/switch-on", BALANCED | {"first_order": None, "birthday": ""}).status_code == 200
    rule = world.json(shop, address("/loyalty"))["version"]["rule"]
    assert (rule["first_order"], rule["occasions"]["birthday"]) == (0, 0)


@pytest.mark.parametrize("name", [*MUST, "nth_points", "ends_after"])
@pytest.mark.parametrize("browser", BROWSERS.values(), ids=BROWSERS)
def test_what_must_be_there_is_asked_for_beside_its_field(world: World, shop: Any, name: str, browser: Any) -> None:
    whole = BALANCED | {"nth": "5", "nth_points": "70", "ends": "after", "ends_after": "365"}
    assert world.open(shop, address(f"/loyalty?{urlencode(whole)}")).status_code == 200
    sent = whole | {name: ""}
    for path in ("/loyalty", "/loyalty/start"):
        answer = world.open(shop, address(f"{path}?{urlencode(browser(sent))}"))
        assert answer.status_code == 400
        if path == "/loyalty":
            assert re.search(rf'name="{name}" value=""[^>]*error="Write ', answer.text)
    assert "Write how many points this order gives." in answer.text or name != "nth_points"
    for body in (sent, browser(sent), sent | {name: None}):
        assert post(world, shop, "/loyalty/switch-on", body).status_code == 400
    assert world.json(shop, address("/loyalty"))["state"] == "none"


def test_an_older_programme_with_a_number_and_no_points_can_still_be_changed() -> None:
    stored = read_programme(BALANCED, "KWD")
    assert read_programme(typed(replace(stored, nth=5)), "KWD") == stored


@given(st.sets(st.sampled_from(FIELDS)))
def test_of_a_form_that_was_sent_nothing_comes_back(left: set[str]) -> None:
    usual = ready("KWD")["balanced"]
    stands = as_typed({name: BALANCED[name] for name in left}, usual)
    # A name of points alone is no form.
    sent = left - {"called"}
    assert stands == (BALANCED if not sent else BALANCED | dict.fromkeys(set(NUMBERS) - left, ""))
    assert set(NUMBERS) < set(FIELDS)
    if set(MUST) - left and sent:
        with pytest.raises(BadProgramme):
            read_programme(stands, "KWD")
