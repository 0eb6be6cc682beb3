"""The small changes a page makes."""

import re
from datetime import timedelta

import pytest

from shopify_app.language import without_bidi_marks
from tests.small_shop import add_shop, address, page, post, said


@pytest.fixture
def shop(small_world):
    shop = add_shop(small_world, repeaters=1)
    small_world.install(shop)
    return shop


def switch(document: str) -> tuple[list[str], list[str]]:
    """The languages offered by a button, and the ones marked as spoken."""
    buttons = re.findall(r"<s-button[^>]* lang=[^>]*>", document)
    spoken = [button for button in buttons if 'aria-current="true"' in button and " disabled" in button]
    offered = [found for button in buttons for found in re.findall(r'data-language="(\w+)"', button)]
    return offered, [found for button in spoken for found in re.findall(r' lang="(\w+)"', button)]


def test_the_language_switch_offers_the_other_language_always(small_world, shop) -> None:
    assert switch(small_world.open(shop, address("/")).text) == (["ar"], ["en"])
    answer = post(small_world, shop, "/settings/language", {"language": "ar", "back": "/reports/numbers?x=1"})
    assert answer.status_code == 200
    assert answer.get_json()["go"] == "/reports/numbers?x=1"
    after = small_world.open(shop, address("/", "en")).text
    assert '<html lang="ar" dir="rtl">' in after
    assert switch(after) == (["en"], ["ar"])
    assert post(small_world, shop, "/settings/language", {"language": "en"}).status_code == 200
    assert switch(small_world.open(shop, address("/", "ar")).text) == (["ar"], ["en"])


def test_each_language_is_a_version_of_its_own(small_world, shop) -> None:
    etags = []
    for locale in ("ar", "en"):
        post(small_world, shop, "/settings/language", {"language": locale})
        etags.append(small_world.open(shop, address("/")).headers["ETag"])
    assert etags[0] != etags[1]


def test_one_person_chooses_for_oneself(small_world, shop) -> None:
    post(small_world, shop, "/settings/language", {"language": "ar"})
    colleague = {"Authorization": f"Bearer {shop.id_token(user_id=2)}"}
    assert '<html lang="en"' in small_world.client.get(address("/"), headers=colleague).text


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", 7, None])
def test_the_way_back_stays_in_the_app(small_world, shop, back) -> None:
    answer = post(small_world, shop, "/settings/language", {"language": "en", "back": back})
    assert answer.get_json()["go"].startswith("/?shop=")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/settings/language", {"language": "fr"}),
        ("/settings/language", {"language": ["ar"]}),
        ("/settings/language", {}),
        ("/settings/language", []),
        ("/settings/dismiss", {"card": "everything"}),
        ("/settings/dismiss", {"card": {}}),
        ("/settings/show-again", {"card": "everything"}),
        ("/settings/show-again", {"card": ["reveal"]}),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(small_world, shop, path, body) -> None:
    answer = post(small_world, shop, path, body)
    assert answer.status_code == 400
    assert answer.get_json()["error"].endswith(".")


@pytest.mark.parametrize("path", ["/settings/language", "/settings/dismiss", "/settings/show-again"])
@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 5_000])
def test_json_that_is_nested_too_deep_is_a_bad_request(small_world, shop, path, body) -> None:
    headers = {"Authorization": f"Bearer {shop.id_token()}", "Content-Type": "application/json"}
    answer = small_world.client.post(path, data=body, headers=headers)
    assert answer.status_code == 400
    assert answer.get_json()["error"].endswith(".")


def test_a_task_tells_how_far_it_is_to_its_shop_only(small_world, shop) -> None:
    task_id = post(small_world, shop, "/settings/import", {}).get_json()["task"]
    told = small_world.json(shop, f"/settings/tasks/{task_id}")
    assert (told["kind"], told["state"]) == ("import_orders", "waiting")
    other = add_shop(small_world, "bob.myshopify.com")
    small_world.install(other)
    foreign = small_world.open(other, f"/settings/tasks/{task_id}", Accept="application/json")
    unknown = small_world.open(other, f"/settings/tasks/{'0' * 32}", Accept="application/json")
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.get_json()["error"] == unknown.get_json()["error"]


@pytest.mark.parametrize("task_id", ["%00", "x", "0" * 4000])
def test_odd_task_ids_are_unknown(small_world, shop, task_id) -> None:
    assert small_world.open(shop, f"/settings/tasks/{task_id}").status_code == 404


def test_nothing_changes_without_a_token_in_the_header(small_world, shop) -> None:
    url = f"{address('/settings/language')}&id_token={shop.id_token()}"
    assert small_world.client.post(url, json={"language": "ar"}).status_code == 401
    assert switch(small_world.open(shop, address("/")).text) == (["ar"], ["en"])


UNPAID = "/settings/unpaid-days"


@pytest.fixture
def awaited(small_world):
    """A paid order, and three to be paid at the door, placed 40, 20 and 10 days ago."""
    shop = add_shop(small_world, once=1)
    with shop.history():
        for ago in (40, 20, 10):
            at = small_world.clock() - timedelta(days=ago)
            shop.place_order(None, [{"price": "2.000"}], at=at, financial_status="pending")
    small_world.install(shop)
    small_world.work()
    return shop


def kept(world, shop) -> int:
    return int(world.json(shop, "/reports/numbers?window=all")["metrics"]["orders"]["value"])


def test_it_is_said_what_another_wait_for_the_payment_changes_before_it_is_saved(small_world, awaited) -> None:
    assert 'name="unpaid_days" value="30"' in small_world.open(awaited, address("/settings")).text
    sentences = {
        14: "With 14 days, 1 order that counts today would no longer count.",
        7: "With 7 days, 2 orders that count today would no longer count.",
        60: "With 60 days, 1 order that does not count today would count again.",
        0: "With no limit, 1 order that does not count today would count again.",
        25: "With 25 days, every order counts as it does today.",
    }
    for days, sentence in sentences.items():
        document = small_world.open(awaited, address(f"/settings?unpaid_days={days}")).text
        assert sentence in said(document)
        assert f'data-unpaid-days="{days}"' in document
    assert "data-unpaid-days" not in small_world.open(awaited, address("/settings?unpaid_days=30")).text
    arabic = page(small_world, awaited, "/settings?unpaid_days=7", "ar")
    assert "مع مهلة 7 أيام، لن يُحسب بعد ذلك طلبان محسوبان اليوم." in without_bidi_marks(arabic)
    told = small_world.json(awaited, "/settings?unpaid_days=7")
    assert told["preview"] == {"unpaid_days": 7, "no_longer": 2, "again": 0}
    assert (told["unpaid_days"], kept(small_world, awaited)) == (30, 3)


@pytest.mark.parametrize(("days", "orders"), [("14", 2), ("٧", 1), (0, 4), (60, 4), (30, 3)])
def test_another_wait_for_the_payment_is_counted_at_once(small_world, awaited, days, orders) -> None:
    answer = post(small_world, awaited, UNPAID, {"unpaid_days": days})
    assert answer.status_code == 200
    small_world.work()
    assert kept(small_world, awaited) == orders
    assert small_world.json(awaited, "/settings")["unpaid_days"] == int(days)
    post(small_world, awaited, UNPAID, {"unpaid_days": "30"})
    small_world.work()
    assert kept(small_world, awaited) == 3


def test_one_shop_waits_as_it_likes(small_world, awaited) -> None:
    other = add_shop(small_world, "bob.myshopify.com")
    small_world.install(other)
    post(small_world, other, UNPAID, {"unpaid_days": "1"})
    small_world.work()
    assert small_world.json(other, "/settings")["unpaid_days"] == 1
    assert (small_world.json(awaited, "/settings")["unpaid_days"], kept(small_world, awaited)) == (30, 3)


@pytest.mark.parametrize("days", ["", "-1", "1.5", "366", "9" * 5000, "ten", None, True, [7], 1.0])
def test_what_is_no_number_of_days_is_not_saved(small_world, awaited, days) -> None:
    answer = post(small_world, awaited, UNPAID, {"unpaid_days": days})
    assert answer.status_code == 400
    assert answer.get_json()["error"] == "Write a whole number of days from 0 to 365."
    assert small_world.json(awaited, "/settings")["unpaid_days"] == 30


def test_what_is_no_number_of_days_is_said_beside_the_field(small_world, awaited) -> None:
    document = small_world.open(awaited, address("/settings?unpaid_days=366")).text
    assert 'error="Write a whole number of days from 0 to 365."' in document
    assert "data-unpaid-days" not in document
    assert small_world.open(awaited, "/settings?unpaid_days=x", Accept="application/json").status_code == 400
