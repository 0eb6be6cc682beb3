"""The shape of an AbandonedCheckout of the Admin API, into facts; it tells neither token nor what was typed."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from shopify_app.checkouts.facts import CheckoutFacts, CheckoutLine
from shopify_app.checkouts.payload import sealed_as
from shopify_app.clock import Instant, parse_instant
from shopify_app.money import parse_minor
from shopify_app.orders.facts import ASKED, Version
from shopify_app.orders.text import TITLE, TOKEN, fitting


def read_node(node: Mapping[str, Any], asked_at: Instant, seal: Callable[[bytes, str], bytes]) -> CheckoutFacts:
    """A checkout as it was when Shopify was asked; by the token in its address, else by a name made of its number."""
    url, money = node["abandonedCheckoutUrl"], node["totalPriceSet"]["shopMoney"]
    token = token_of(url) or f"number {_number(node['id'])}"
    return CheckoutFacts(
        token=token,
        version=Version(parse_instant(node["updatedAt"]), asked_at, ASKED),
        created_at=parse_instant(node["createdAt"]),
        currency=money["currencyCode"],
        total=parse_minor(money["amount"], money["currencyCode"]),
        customer_id=_number(node["customer"]["id"]) if node["customer"] else None,
        completed_at=parse_instant(node["completedAt"]) if node["completedAt"] else None,
        lines=tuple(_line(line, money["currencyCode"]) for line in node["lineItems"]["nodes"]),
        recovery=seal(url.encode(), sealed_as(token)),
        country=fitting((node["shippingAddress"] or {}).get("countryCodeV2"), 2),
    )


def token_of(url: str) -> str | None:
    """The checkout's token where its address has one: .../checkouts/{token}/recover (docs/unverified.md)."""
    parts = urlsplit(url).path.split("/")
    after = parts[parts.index("checkouts") + 1 :] if "checkouts" in parts else []
    return after[0] if len(after) > 1 and 0 < len(after[0]) <= TOKEN and after[0].isalnum() else None


def _line(line: Mapping[str, Any], currency: str) -> CheckoutLine:
    product, variant = (_number(line[name]["id"]) if line[name] else None for name in ("product", "variant"))
    total = parse_minor(line["discountedTotalPriceSet"]["shopMoney"]["amount"], currency)
    return CheckoutLine(product, variant, fitting(line["title"], TITLE), line["quantity"], total)


def _number(gid: str) -> int:
    return int(gid.partition("?")[0].rpartition("/")[2])
