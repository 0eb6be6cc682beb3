"""What the bodies of orders and of refunds have in common: moments, amounts, lines, taxes, duties, shipping."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from devstore import fulfilments
from devstore.applications import off_shipping, shares
from devstore.money import to_text
from devstore.pricing import Shares
from devstore.records import Line, Order

if TYPE_CHECKING:
    from devstore.shop import Shop

Payload = dict[str, Any]


def moment(shop: "Shop", instant: datetime | None) -> str | None:
    """An instant as the shop's own clock shows it, with offset."""
    return instant.astimezone(shop.zone).isoformat(timespec="seconds") if instant else None


def money_set(order: Order, minor: int) -> Payload:
    """An amount in shop money and in what the customer saw."""
    money = {"amount": to_text(minor, order.currency), "currency_code": order.currency}
    if not order.presentment:
        return {"shop_money": money, "presentment_money": money}
    seen = {"amount": to_text(order.presented(minor), order.presentment.currency)}
    return {"shop_money": money, "presentment_money": {**seen, "currency_code": order.presentment.currency}}


def pair(key: str, minor: int, order: Order) -> Payload:
    """An amount by itself and as a set."""
    # The plain amounts of a webhook are shop money.
    return {key: to_text(minor, order.currency), f"{key}_set": money_set(order, minor)}


def line_payload(order: Order, line: Line) -> Payload:
    """A line of an order."""
    return {
        "id": line.id,
        "admin_graphql_api_id": f"gid://shopify/LineItem/{line.id}",
        "attributed_staffs": [],
        "current_quantity": line.current_quantity,
        "fulfillable_quantity": fulfilments.left(order, line),
        "fulfillment_service": "gift_card" if line.gift_card else "manual",
        "fulfillment_status": _line_status(order, line),
        "gift_card": line.gift_card,
        "grams": 0,
        "name": line.title,
        **pair("price", line.price, order),
        "product_exists": line.product_id is not None,
        "product_id": line.product_id,
        "properties": [],
        "quantity": line.quantity,
        "requires_shipping": not line.gift_card and not line.tip,
        "sales_line_item_group_id": None,
        "sku": None,
        "taxable": not line.gift_card and not line.tip,
        "title": line.title,
        **pair("total_discount", 0, order),
        "variant_id": None,
        "variant_inventory_management": None,
        "variant_title": None,
        "vendor": None,
        "tax_lines": tax_lines(line.tax, line.tax_rate, order),
        "duties": _duties(order, line),
        "discount_allocations": _allocations(order, shares(order, line)),
        **({"tip_payment_gateway": "bogus", "tip_payment_method": "Visa"} if line.tip else {}),
    }


def _allocations(order: Order, given: Shares) -> list[Payload]:
    return [{**pair("amount", amount, order), "discount_application_index": place} for place, amount in given]


def _line_status(order: Order, line: Line) -> str | None:
    if not fulfilments.sent(order, line):
        return None
    return "partial" if fulfilments.left(order, line) else "fulfilled"


def _duties(order: Order, line: Line) -> list[Payload]:
    if not line.duty:
        return []
    return [
        {
            "id": str(line.duty.id),
            "admin_graphql_api_id": f"gid://shopify/Duty/{line.duty.id}",
            "harmonized_system_code": "330300",
            "country_code_of_origin": "AE",
            **money_set(order, line.duty.price),
            "tax_lines": [],
        }
    ]


def tax_lines(tax: int, rate: int, order: Order) -> list[Payload]:
    """The one tax of the store, of an order or a line; none where there is no rate."""
    if not rate:
        return []
    return [{"channel_liable": False, **pair("price", tax, order), "rate": rate / 10_000, "title": "VAT"}]


def shipping_lines(order: Order) -> list[Payload]:
    """The one way of shipping, if anything was asked for it."""
    asked = order.shipping + off_shipping(order)
    if not asked:
        return []
    return [
        {
            "id": order.id + 1,
            "carrier_identifier": None,
            "code": "Standard",
            "current_discounted_price_set": money_set(order, order.current_shipping),
            "discount_allocations": _allocations(order, order.pricing.shipping if order.pricing else ()),
            **pair("discounted_price", order.shipping, order),
            "is_removed": False,
            "phone": None,
            **pair("price", asked, order),
            "requested_fulfillment_service_id": None,
            "source": "shopify",
            "tax_lines": [],
            "title": "Standard",
        }
    ]
