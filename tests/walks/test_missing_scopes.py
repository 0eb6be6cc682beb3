"""Every page of a shop that has not given one of the permissions, in both languages; and what a later grant mends."""

import re
from typing import Any

import pytest

from shopify_app.language import Words
from shopify_app.segments import presenting
from shopify_app.shops.access import ALL_ORDERS, NEEDS, OPTIONAL
from tests.small_shop import add_shop, address, page, post
from tests.world import World

PAGES = (
    "/",
    "/reports/numbers?window=all",
    "/reports/numbers?basis=shopify&window=30d",
    "/reports/numbers/returning_rate?window=all",
    "/reports/match",
    "/customers/segments/ready/big-spenders",
    "/loyalty",
    "/loyalty/rewards?kind=credit",
    "/settings",
    "/settings/data-check",
)
TOLD = {
    "read_reports": "/reports/match",
    "write_customers": "/customers/segments/ready/big-spenders",
    "write_discounts": "/loyalty",
    "write_store_credit_account_transactions": "/loyalty/rewards?kind=credit",
}
"""Of an optional permission: the one of these pages that has a use for it."""


def installed(world: World, without: str) -> Any:
    """Three people who bought twice and two who bought once, 100 and 10 days ago."""
    shop = add_shop(world, repeaters=3, once=2)
    shop.install([scope for scope in world.store.scopes if scope != without])
    assert world.open(shop, address("/")).status_code == 200
    world.work()
    return shop


def orders(world: World, shop: Any) -> tuple[str, str]:
    told = world.json(shop, address("/reports/numbers?window=all"))["metrics"]
    return told["orders"]["value"], told["customers"]["value"]


@pytest.mark.parametrize("need", NEEDS, ids=[need.scope for need in NEEDS])
def test_each_page_works_without_it_and_says_what_is_missing(small_world: World, need: Any) -> None:
    shop = installed(small_world, need.scope)
    for locale in ("en", "ar"):
        shown = {path: page(small_world, shop, path, locale) for path in PAGES}
        assert Words(locale).text(need.without) in shown["/settings"]
        if need.scope in ("read_orders", "read_customers"):
            for path in ("/", "/reports/numbers?window=all", "/reports/match"):
                assert Words(locale).text(need.without) in shown[path]
    assert small_world.json(shop, address("/settings"))["lacking"] == [need.without]


@pytest.mark.parametrize("need", OPTIONAL, ids=[need.scope for need in OPTIONAL])
@pytest.mark.parametrize("state", ["never asked for", "granted", "taken back"])
@pytest.mark.parametrize("locale", ["en", "ar"])
def test_an_optional_one_is_lacking_nowhere(
    small_world: World, need: Any, state: str, locale: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every page has what it has: none of the others needs it, and not to have it is nobody's fault."""
    monkeypatch.setattr(presenting, "worked_out_text", lambda *_: "however long it took")
    shop = installed(small_world, "")

    def shown() -> dict[str, str]:
        return {path: re.sub('data-etag="[^"]*"', "", page(small_world, shop, path, locale)) for path in PAGES}

    before = shown()
    for scopes in ([], [need.scope], [])[: ["never asked for", "granted", "taken back"].index(state) + 1]:
        small_world.clock.forward(60)
        shop.set_scopes([*small_world.store.scopes, *scopes])
        small_world.work()
    granted, words = state == "granted", Words(locale)
    assert (need.scope in small_world.store.shops[shop.domain].installation.scopes) is granted
    for path, text in shown().items():
        assert words.text("A permission is missing") not in text
        used = path == TOLD[need.scope]
        assert (text == before[path]) is not (used and granted), path
        assert (words.text(need.without) in text) is (used and not granted), path
    assert small_world.json(shop, address("/settings"))["lacking"] == []
    assert orders(small_world, shop) == ("8", "5")
    answer = post(small_world, shop, "/reports/match/shopify", {"window": "2026-11-01..2026-11-30"})
    assert answer.status_code == (200 if granted and need.scope == "read_reports" else 403)


def test_who_bought_is_unknown_and_not_nobody(small_world: World) -> None:
    shop = installed(small_world, "read_customers")
    for path in ("/", "/reports/numbers?window=all"):
        shown = page(small_world, shop, path)
        assert "Too early to say" not in shown
        assert "– Known once Wafa may see who bought." in shown
    assert "Customers Wafa – " in page(small_world, shop, "/reports/match")


def test_without_orders_there_is_nothing_to_match(small_world: World) -> None:
    shop = installed(small_world, "read_orders")
    assert "Gross sales" not in page(small_world, shop, "/reports/match")


@pytest.mark.parametrize(
    ("scope", "before"),
    [
        ("read_orders", ("0", "0")),
        ("read_customers", ("8", "0")),
        ("read_customer_merge", ("8", "5")),
        ("read_products", ("8", "5")),
        (ALL_ORDERS, ("3", "3")),
    ],
)
def test_what_can_be_counted_is_and_a_later_grant_fills_the_rest(
    small_world: World, scope: str, before: tuple[str, str]
) -> None:
    shop = installed(small_world, scope)
    assert orders(small_world, shop) == before
    small_world.clock.forward(3600)
    shop.set_scopes(small_world.store.scopes)
    small_world.work()
    assert orders(small_world, shop) == ("8", "5")
    assert small_world.json(shop, address("/settings"))["lacking"] == []
