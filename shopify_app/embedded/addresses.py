"""Addresses: paths a bounce may come back to, links that keep their place in the admin, the admin's own."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from shopify_app.config import Config
from shopify_app.shops.domain import short_name

APP_HANDLE = "wafa"
"""The app's name in the addresses of the development store's admin."""

_CONTROL = re.compile(r"[\x00-\x20\x7f\\]")
_HOST = re.compile(r"[A-Za-z0-9+/_=-]{1,512}")
_LOCALE = re.compile(r"[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8}){0,3}")


def is_own_path(path: str) -> bool:
    """Whether a browser can only read this as a place in the app: one slash first, nothing that bends it."""
    return path.startswith("/") and not path.startswith("//") and not _CONTROL.search(path)


def place_in_admin(shop: str, asked: Mapping[str, str]) -> dict[str, str]:
    """The parameters that every link carries: shop, and host and locale where the request had sane ones."""
    place = {"shop": shop}
    if _HOST.fullmatch(asked.get("host", "")):
        place["host"] = asked["host"]
    if _LOCALE.fullmatch(asked.get("locale", "")):
        place["locale"] = asked["locale"]
    return place


def with_query(path: str, query: Mapping[str, str] | Sequence[tuple[str, str]]) -> str:
    """The path, quoted, with these parameters."""
    text = urlencode(query)
    return f"{quote(path)}?{text}" if text else quote(path)


def admin_address(config: Config, domain: str) -> str:
    """Where the merchant finds the app inside the admin."""
    if config.admin_url:
        return f"{config.admin_url}/store/{short_name(domain)}/apps/{APP_HANDLE}"
    return f"{config.shop_url(domain)}/admin/apps/{config.api_key}"


def origin(url: str) -> str | None:
    """Scheme and host of an absolute address; None for one within the app."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme and parts.netloc else None


@dataclass(frozen=True, slots=True)
class Back:
    """The page above this one, to go back to."""

    title: str
    href: str
