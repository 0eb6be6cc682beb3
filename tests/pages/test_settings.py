"""The small changes a page makes."""

import re

import pytest

from tests.small_shop import add_shop, address, post


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
