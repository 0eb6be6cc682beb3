"""Which texts are a shop's permanent name."""

import pytest

from shopify_app.shops.domain import shop_domain, short_name, typed_domain

LOOKALIKES = [
    "foo.myshopify.com.evil.com",
    "evil.com/foo.myshopify.com",
    "foo.myshopify.com:443",
    "x@foo.myshopify.com",
    "a.b.myshopify.com",
    "foo.myshopify.com\n",
    "foo.myshopify.com/",
    "foo.myshopifyXcom",
    "-foo.myshopify.com",
    "foo_bar.myshopify.com",
    ".myshopify.com",
    "foo.myshopify.com;script-src *",
    "f\u00f6\u00f6.myshopify.com",
    f"{'a' * 300}.myshopify.com",
    "",
    None,
]


@pytest.mark.parametrize("text", LOOKALIKES)
def test_lookalikes_are_refused(text: str | None) -> None:
    assert shop_domain(text) is None


def test_mixed_case_becomes_lower_case() -> None:
    assert shop_domain("Foo-1.MyShopify.com".replace("MyShopify", "myshopify")) == "foo-1.myshopify.com"


@pytest.mark.parametrize("text", ["demo", " Demo.myshopify.com ", "https://demo.myshopify.com/admin"])
def test_what_people_paste_is_understood(text: str) -> None:
    assert typed_domain(text) == "demo.myshopify.com"


@pytest.mark.parametrize("text", ["evil.com", "foo.myshopify.com.evil.com", "http://[", "", None, "a b"])
def test_what_is_no_shop_is_not_made_one(text: str | None) -> None:
    assert typed_domain(text) is None


def test_short_name() -> None:
    assert short_name("demo.myshopify.com") == "demo"
