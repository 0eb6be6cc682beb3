"""A checkout as webhooks carry it: no number since 2026-04, but for one that was deleted."""

from typing import TYPE_CHECKING, Any

from devstore.checkout.record import Checkout
from devstore.money import to_text
from devstore.order_parts import moment
from devstore.order_payload import country_address, customer_payload, discount_codes
from devstore.records import Line

if TYPE_CHECKING:
    from devstore.shop import Shop

Payload = dict[str, Any]
_UNKNOWN = (
    "gateway",
    "referring_site",
    "user_id",
    "location_id",
    "source_identifier",
    "source_url",
    "device_id",
    "source",
    "total_duties",
    "reservation_token",
)


def recovery_url(shop: "Shop", found: Checkout) -> str:
    """The link that brings a checkout back; it has a query already, so whoever adds to it does with ``&``."""
    return f"https://{shop.domain}/{shop.id}/checkouts/{found.token}/recover?key={found.key}"


def checkout_payload(shop: "Shop", found: Checkout) -> Payload:
    """The body of checkouts/create and checkouts/update."""
    order = found.quote.order
    address = country_address(found.cart.country)
    return {
        **dict.fromkeys(_UNKNOWN),
        **_who(found),
        **_sums(found),
        "token": found.token,
        "cart_token": found.cart_token,
        "name": found.name,
        "abandoned_checkout_url": recovery_url(shop, found),
        "created_at": moment(shop, found.created_at),
        "updated_at": moment(shop, found.updated_at),
        "completed_at": moment(shop, found.completed_at),
        "closed_at": moment(shop, found.closed_at),
        "landing_site": found.said.landing_site,
        "note": found.said.note or None,
        "note_attributes": [],
        "source_name": found.said.source,
        "currency": order.currency,
        "discount_codes": discount_codes(order),
        "line_items": [_line(found, place, line) for place, line in enumerate(order.lines)],
        "shipping_lines": _shipping(found),
        "tax_lines": _taxes(found, order.tax, max((line.tax_rate for line in order.lines), default=0)),
        "taxes_included": order.taxes_included,
        "total_weight": 0,
        "billing_address": address,
        "shipping_address": address,
        "customer": customer_payload(shop, found.customer) if found.customer else None,
    }


def deleted_payload(_shop: "Shop", found: Checkout) -> Payload:
    """The body of checkouts/delete, the only one that has the checkout's number, and no token but the cart's."""
    sums = {"total_duties": None, "reservation_token": None, **_sums(found)}
    sms = ("buyer_accepts_sms_marketing", "sms_marketing_phone")
    return {"id": found.id, "cart_token": found.cart_token, **sums, **{key: _who(found)[key] for key in sms}}


def _who(found: Checkout) -> Payload:
    return {
        "email": found.email or None,
        "phone": found.phone or None,
        "buyer_accepts_marketing": found.said.accepts_email,
        "buyer_accepts_sms_marketing": found.said.accepts_sms,
        "sms_marketing_phone": found.phone if found.phone and found.said.accepts_sms else None,
        "customer_locale": found.locale,
    }


def _sums(found: Checkout) -> Payload:
    order = found.quote.order
    amounts = {
        "subtotal_price": order.subtotal,
        "total_discounts": order.discount,
        "total_line_items_price": order.gross,
        "total_price": found.total,
        "total_tax": order.tax,
    }
    shown = {key: to_text(minor, order.currency) for key, minor in amounts.items()}
    return {**shown, "presentment_currency": order.presentment_currency}


def _shipping(found: Checkout) -> list[Payload]:
    """The one way of sending, once it is known where to."""
    if not found.shipping:
        return []
    price = to_text(found.shipping, found.quote.order.currency)
    return [{"code": "Standard", "price": price, "source": "shopify", "title": "Standard", "tax_lines": []}]


def _taxes(found: Checkout, tax: int, rate: int) -> list[Payload]:
    if not rate:
        return []
    price = to_text(tax, found.quote.order.currency)
    return [{"price": price, "rate": rate / 10_000, "title": "VAT", "channel_liable": False}]


def _line(found: Checkout, place: int, line: Line) -> Payload:
    currency, product = found.quote.order.currency, found.cart.goods[place].product
    price = to_text(line.price, currency)
    return {
        "applied_discounts": [],
        "discount_allocations": [],
        "key": f"{product.variant_id}",
        "destination_location_id": None,
        "fulfillment_service": "gift_card" if line.gift_card else "manual",
        "gift_card": line.gift_card,
        "grams": 0,
        "origin_location_id": None,
        "presentment_title": line.title,
        "presentment_variant_title": "",
        "product_id": line.product_id,
        "properties": None,
        "quantity": line.quantity,
        "requires_shipping": not line.gift_card,
        "sku": "",
        "tax_lines": _taxes(found, line.tax, line.tax_rate),
        "taxable": not line.gift_card,
        "title": line.title,
        "variant_id": product.variant_id,
        "variant_title": "",
        "variant_price": price,
        "vendor": product.vendor or None,
        "user_id": None,
        "unit_price_measurement": _NO_UNIT,
        "rank": None,
        "compare_at_price": None,
        "line_price": to_text(line.total, currency),
        "price": price,
    }


_NO_UNIT = dict.fromkeys(("measured_type", "quantity_value", "quantity_unit", "reference_value", "reference_unit"))
