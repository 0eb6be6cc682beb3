"""What a shop's permanent name looks like: demo.myshopify.com, and nothing that merely resembles it."""

import re

from shopify.utils.shop_url import sanitize_shop_domain

_DOMAIN = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9-]*\.myshopify\.com")
_LONGEST = 255


def shop_domain(text: str | None) -> str | None:
    """The domain in lower case when the whole text is one; None otherwise."""
    if text is None or len(text) > _LONGEST or not _DOMAIN.fullmatch(text):
        return None
    return text.lower()


def typed_domain(text: str | None) -> str | None:
    """The domain behind what a person may type or paste: "demo", an address of the shop, stray spaces."""
    plain = shop_domain((text or "").strip())
    try:
        return plain or shop_domain(sanitize_shop_domain(text))
    except ValueError:  # urlsplit refuses some texts outright
        return None


def short_name(domain: str) -> str:
    """The part in front of .myshopify.com, which the admin's addresses use."""
    return domain.partition(".")[0]
