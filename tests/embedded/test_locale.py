"""Whose word decides the language."""

from dataclasses import dataclass

import pytest

from shopify_app.embedded.locale import pick_locale, wished_locale


@dataclass
class Local:
    primary_locale: str = ""
    timezone: str = "UTC"
    currency: str = "USD"


@pytest.mark.parametrize(
    ("saved", "asked", "shop", "picked"),
    [
        ("en", "ar", Local("ar", "Asia/Kuwait", "KWD"), "en"),
        ("ar", "en", Local(), "ar"),
        (None, "ar-KW", Local(), "ar"),
        (None, "en-US", Local("ar", "Asia/Kuwait", "KWD"), "en"),
        (None, "fr", Local("ar"), "ar"),
        (None, None, Local("ar-SA"), "ar"),
        (None, None, Local("en", "Asia/Riyadh"), "ar"),
        (None, None, Local("en", "UTC", "KWD"), "ar"),
        (None, None, Local("en", "Europe/Paris", "EUR"), "en"),
        (None, "", Local(), "en"),
        ("xx", "../ar", Local(), "en"),
    ],
)
def test_the_order(saved: str | None, asked: str | None, shop: Local, picked: str) -> None:
    assert pick_locale(saved, asked, shop) == picked


def test_before_a_shop_is_known_the_admin_decides() -> None:
    assert [wished_locale(one) for one in ("ar_EG", "de", None)] == ["ar", "en", "en"]
