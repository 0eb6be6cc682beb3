"""An order, its refunds and its customer as webhooks carry them: ids as numbers, money as strings."""

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING, Any

from devstore.money import to_text
from devstore.records import Customer, Line, LinePart, Order, Refund

if TYPE_CHECKING:
    from devstore.shop import Shop

Payload = dict[str, Any]
_NOT_IN_REFUNDS = frozenset({"attributed_staffs", "current_quantity", "sales_line_item_group_id"})
_APP_IDS = {"web": 580111, "pos": 129785}


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


def _pair(key: str, minor: int, order: Order) -> Payload:
    # The plain amounts of a webhook are shop money.
    return {key: to_text(minor, order.currency), f"{key}_set": money_set(order, minor)}


def token(kind: str, order: Order) -> str:
    """A token of an order (cart, checkout, status page), the same at every look."""
    return hashlib.sha256(f"{kind}/{order.id}".encode()).hexdigest()[:32]


def customer_payload(shop: "Shop", customer: Customer) -> Payload:
    """A customer as it stands inside an order's body: no totals, tags or consent."""
    return {
        "id": customer.id,
        "created_at": moment(shop, customer.created_at),
        "updated_at": moment(shop, customer.updated_at),
        "first_name": customer.first_name or None,
        "last_name": customer.last_name or None,
        "state": "disabled",
        "note": None,
        "verified_email": bool(customer.email),
        "multipass_identifier": None,
        "tax_exempt": False,
        "email": customer.email or None,
        "phone": customer.phone,
        "currency": shop.currency,
        "tax_exemptions": [],
        "admin_graphql_api_id": f"gid://shopify/Customer/{customer.id}",
        "default_address": _address(customer),
    }


def _address(customer: Customer) -> Payload:
    return {
        "id": customer.id + 1_000_000,
        "customer_id": customer.id,
        "first_name": customer.first_name,
        "last_name": customer.last_name,
        "company": None,
        "address1": None,
        "address2": None,
        "city": None,
        "province": None,
        "country": None,
        "zip": None,
        "phone": customer.phone,
        "name": customer.name,
        "province_code": None,
        "country_code": None,
        "country_name": None,
        "default": True,
    }


def order_payload(shop: "Shop", order: Order) -> Payload:
    """The body of orders/create, orders/updated and orders/cancelled."""
    return {
        "id": order.id,
        "admin_graphql_api_id": f"gid://shopify/Order/{order.id}",
        **_origin(shop, order),
        **_state(shop, order),
        **_money(order),
        "billing_address": None,
        "customer": customer_payload(shop, order.customer) if order.customer else None,
        "discount_applications": _discounts(order),
        "fulfillments": [],
        "line_item_groups": [],
        "line_items": [_line(order, line) for line in order.lines],
        "payment_terms": None,
        "refunds": [refund_payload(shop, order, refund) for refund in order.refunds],
        "returns": [],
        "shipping_address": None,
        "shipping_lines": _shipping(order),
    }


def _origin(shop: "Shop", order: Order) -> Payload:
    email = order.customer.email or None if order.customer else None
    return {
        "app_id": _APP_IDS.get(order.source),
        "browser_ip": None,
        "buyer_accepts_marketing": False,
        "cart_token": token("cart", order),
        "checkout_token": token("checkout", order),
        "client_details": {
            "accept_language": order.locale,
            "browser_height": None,
            "browser_ip": None,
            "browser_width": None,
            "session_hash": None,
            "user_agent": None,
        },
        "confirmation_number": token("number", order)[:9].upper(),
        "contact_email": email,
        "customer_locale": order.locale,
        "device_id": None,
        "email": email,
        "landing_site": None,
        "landing_site_ref": None,
        "location_id": None,
        "merchant_business_entity_id": "MTU0ODM4MDAwOQ",
        "merchant_of_record_app_id": None,
        "order_status_url": f"https://{shop.domain}/{shop.id}/orders/{token('status', order)}/authenticate",
        "payment_gateway_names": ["bogus"] if order.total else [],
        "phone": None,
        "po_number": None,
        "reference": None,
        "referring_site": None,
        "source_identifier": None,
        "source_name": order.source,
        "source_url": None,
        "token": token("status", order),
        "user_id": None,
    }


def _state(shop: "Shop", order: Order) -> Payload:
    return {
        "cancel_reason": "customer" if order.cancelled_at else None,
        "cancelled_at": moment(shop, order.cancelled_at),
        "closed_at": None,
        "confirmed": True,
        "created_at": moment(shop, order.created_at),
        "currency": order.currency,
        "discount_codes": [],
        "duties_included": False,
        "estimated_taxes": False,
        "financial_status": order.financial_status,
        "fulfillment_status": None,
        "name": order.name,
        "note": None,
        "note_attributes": [],
        "number": order.number - 1000,
        "order_number": order.number,
        "presentment_currency": order.presentment_currency,
        "processed_at": moment(shop, order.created_at),
        "tags": "",
        "tax_exempt": False,
        "tax_lines": _taxes(order.tax, max((line.tax_rate for line in order.lines), default=0), order),
        "taxes_included": order.taxes_included,
        "test": order.test,
        "total_weight": 0,
        "updated_at": moment(shop, order.updated_at),
    }


def _money(order: Order) -> Payload:
    currency = order.currency
    nothing = money_set(order, 0)
    return {
        **_pair("current_subtotal_price", order.current_subtotal, order),
        **_pair("current_total_discounts", order.discount, order),
        **_pair("current_total_price", order.current_total, order),
        **_pair("current_total_tax", order.current_tax, order),
        **_pair("subtotal_price", order.subtotal, order),
        **_pair("total_discounts", order.discount, order),
        **_pair("total_line_items_price", order.gross, order),
        **_pair("total_price", order.total, order),
        **_pair("total_tax", order.tax, order),
        "current_shipping_price_set": money_set(order, order.current_shipping),
        "current_total_additional_fees_set": None,
        "current_total_duties_set": None,
        "original_total_additional_fees_set": None,
        "original_total_duties_set": None,
        "total_cash_rounding_payment_adjustment_set": nothing,
        "total_cash_rounding_refund_adjustment_set": nothing,
        "total_outstanding": to_text(outstanding(order), currency),
        "total_shipping_price_set": money_set(order, order.shipping),
        "total_tip_received": to_text(order.tip, currency),
    }


def outstanding(order: Order) -> int:
    """What is still to be paid: the current total of an order nobody has paid or called off."""
    unpaid = order.status in {"pending", "authorized"} and not order.cancelled_at
    return order.current_total if unpaid else 0


def _line(order: Order, line: Line) -> Payload:
    allocation = {**_pair("amount", line.discount, order), "discount_application_index": 0}
    return {
        "id": line.id,
        "admin_graphql_api_id": f"gid://shopify/LineItem/{line.id}",
        "attributed_staffs": [],
        "current_quantity": line.current_quantity,
        "fulfillable_quantity": line.current_quantity,
        "fulfillment_service": "gift_card" if line.gift_card else "manual",
        "fulfillment_status": None,
        "gift_card": line.gift_card,
        "grams": 0,
        "name": line.title,
        **_pair("price", line.price, order),
        "product_exists": line.product_id is not None,
        "product_id": line.product_id,
        "properties": [],
        "quantity": line.quantity,
        "requires_shipping": not line.gift_card and not line.tip,
        "sales_line_item_group_id": None,
        "sku": None,
        "taxable": not line.gift_card and not line.tip,
        "title": line.title,
        **_pair("total_discount", 0, order),
        "variant_id": None,
        "variant_inventory_management": None,
        "variant_title": None,
        "vendor": None,
        "tax_lines": _taxes(line.tax, line.tax_rate, order),
        "duties": [],
        "discount_allocations": [allocation] if line.discount else [],
        **({"tip_payment_gateway": "bogus", "tip_payment_method": "Visa"} if line.tip else {}),
    }


def _taxes(tax: int, rate: int, order: Order) -> list[Payload]:
    if not rate:
        return []
    return [{"channel_liable": False, **_pair("price", tax, order), "rate": rate / 10_000, "title": "VAT"}]


def _discounts(order: Order) -> list[Payload]:
    if not order.discount:
        return []
    return [
        {
            "target_type": "line_item",
            "type": "manual",
            "value": to_text(order.discount, order.currency),
            "value_type": "fixed_amount",
            "allocation_method": "across",
            "target_selection": "all",
            "title": "Discount",
            "description": "Discount",
        }
    ]


def _shipping(order: Order) -> list[Payload]:
    if not order.shipping:
        return []
    return [
        {
            "id": order.id + 1,
            "carrier_identifier": None,
            "code": "Standard",
            "current_discounted_price_set": money_set(order, order.current_shipping),
            "discount_allocations": [],
            **_pair("discounted_price", order.shipping, order),
            "is_removed": False,
            "phone": None,
            **_pair("price", order.shipping, order),
            "requested_fulfillment_service_id": None,
            "source": "shopify",
            "tax_lines": [],
            "title": "Standard",
        }
    ]


def refund_payload(shop: "Shop", order: Order, refund: Refund) -> Payload:
    """The body of refunds/create, the same as inside an order's ``refunds``."""
    return {
        "id": refund.id,
        "admin_graphql_api_id": f"gid://shopify/Refund/{refund.id}",
        "created_at": moment(shop, refund.created_at),
        "note": refund.note,
        "order_id": order.id,
        "processed_at": moment(shop, refund.created_at),
        "restock": bool(refund.lines),
        "total_duties_set": money_set(order, 0),
        "user_id": None,
        "order_adjustments": _adjustments(order, refund),
        "transactions": _transactions(shop, order, refund),
        "refund_line_items": [_refund_line(order, line) for line in refund.lines],
        "refund_shipping_lines": _refunded_shipping(order, refund),
        "duties": [],
        "return": None,
    }


def _adjustments(order: Order, refund: Refund) -> list[Payload]:
    if not refund.discrepancy:
        return []
    return [
        {
            "id": refund.id + 1,
            **_pair("amount", -refund.discrepancy, order),
            "kind": "refund_discrepancy",
            "order_id": order.id,
            "reason": "Refund discrepancy",
            "refund_id": refund.id,
            **_pair("tax_amount", 0, order),
        }
    ]


def _transactions(shop: "Shop", order: Order, refund: Refund) -> list[Payload]:
    if not refund.amount:
        return []
    return [
        {
            "id": refund.id + 2,
            "admin_graphql_api_id": f"gid://shopify/OrderTransaction/{refund.id + 2}",
            # A transaction is in the currency that was paid in.
            "amount": to_text(order.presented(refund.amount), order.presentment_currency),
            "amount_rounding": None,
            "authorization": None,
            "created_at": moment(shop, refund.created_at),
            "currency": order.presentment_currency,
            "device_id": None,
            "error_code": None,
            "gateway": "bogus",
            "kind": "refund",
            "location_id": None,
            "manual_payment_gateway": False,
            "message": None,
            "order_id": order.id,
            "parent_id": order.id + 2,
            "payment_id": f"{order.name}.1",
            "processed_at": moment(shop, refund.created_at),
            "receipt": {},
            "source_name": order.source,
            "status": "success",
            "test": order.test,
            "total_unsettled_set": _unsettled(order),
            "user_id": None,
        }
    ]


def _unsettled(order: Order) -> Payload:
    # Shopify calls the code "currency" here, "currency_code" in every other set.
    kinds = {"presentment_money": order.presentment_currency, "shop_money": order.currency}
    return {kind: {"amount": to_text(0, currency), "currency": currency} for kind, currency in kinds.items()}


def _refund_line(order: Order, line: LinePart) -> Payload:
    return {
        "id": line.id,
        "line_item_id": line.line.id,
        "location_id": None,
        "quantity": line.quantity,
        "restock_type": "no_restock",
        # These two are JSON numbers on Shopify's wire, unlike every other amount.
        "subtotal": float(to_text(line.subtotal, order.currency)),
        "subtotal_set": money_set(order, line.subtotal),
        "total_tax": float(to_text(line.tax, order.currency)),
        "total_tax_set": money_set(order, line.tax),
        "line_item": {key: value for key, value in _line(order, line.line).items() if key not in _NOT_IN_REFUNDS},
    }


def _refunded_shipping(order: Order, refund: Refund) -> list[Payload]:
    if not refund.shipping:
        return []
    return [
        {
            "id": refund.id + 3,
            "shipping_line": _shipping(order)[0],
            "subtotal_amount_set": money_set(order, refund.shipping),
            "tax_amount_set": money_set(order, 0),
        }
    ]
