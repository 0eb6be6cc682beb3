"""An order and its customer as webhooks carry them: ids as numbers, money as strings."""

import hashlib
from typing import TYPE_CHECKING

from devstore import fulfilments
from devstore.applications import applications, gateways, off_shipping
from devstore.fulfilments import Fulfilment
from devstore.money import to_text
from devstore.order_parts import Payload, line_payload, moment, money_set, pair, shipping_lines, tax_lines
from devstore.pricing import Application
from devstore.records import Address, Customer, Order, Return
from devstore.refund_payload import refund_payload

if TYPE_CHECKING:
    from devstore.shop import Shop

_APP_IDS = {"web": 580111, "pos": 129785}


def token(kind: str, order: Order) -> str:
    """A token of an order (cart, checkout, status page), the same at every look."""
    if order.arrival and kind in ("cart", "checkout"):
        return order.arrival.cart_token if kind == "cart" else order.arrival.checkout_token
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
        "default_address": address_payload(customer, customer.address_book[0], default=True),
    }


def address_payload(customer: Customer, address: Address, *, default: bool) -> Payload:
    """One of a customer's addresses."""
    return {
        "id": address.id,
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
        "phone": address.phone,
        "name": customer.name,
        "province_code": None,
        "country_code": address.country,
        "country_name": None,
        "default": default,
    }


def order_payload(shop: "Shop", order: Order) -> Payload:
    """The body of orders/create, orders/updated and orders/cancelled."""
    return {
        "id": order.id,
        "admin_graphql_api_id": f"gid://shopify/Order/{order.id}",
        **_origin(shop, order),
        **_state(shop, order),
        **_money(order),
        "billing_address": country_address(order.labels.billed_to),
        "customer": customer_payload(shop, order.customer) if order.customer else None,
        "discount_applications": _discounts(order),
        "fulfillments": [_fulfilment(shop, order, one) for one in order.fulfilments],
        "line_item_groups": [],
        "line_items": [line_payload(order, line) for line in order.lines],
        "payment_terms": None,
        "refunds": [refund_payload(shop, order, refund) for refund in order.refunds],
        "returns": [_return(one) for one in order.returns],
        "shipping_address": country_address(order.labels.country),
        "shipping_lines": shipping_lines(order),
    }


def _origin(shop: "Shop", order: Order) -> Payload:
    email = order.customer.email or None if order.customer else None
    return {
        "app_id": _APP_IDS.get(order.source),
        "browser_ip": None,
        "buyer_accepts_marketing": bool(order.arrival and order.arrival.accepts_marketing),
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
        "landing_site": order.arrival.landing_site if order.arrival else None,
        "landing_site_ref": None,
        "location_id": None,
        "merchant_business_entity_id": "MTU0ODM4MDAwOQ",
        "merchant_of_record_app_id": None,
        "order_status_url": f"https://{shop.domain}/{shop.id}/orders/{token('status', order)}/authenticate",
        "payment_gateway_names": gateways(order),
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
        "discount_codes": discount_codes(order),
        "duties_included": False,
        "estimated_taxes": False,
        "financial_status": order.financial_status,
        "fulfillment_status": fulfilments.STATUS_IN_WEBHOOKS.get(fulfilments.status(order)),
        "name": order.name,
        "note": None,
        "note_attributes": [],
        "number": order.number - 1000,
        "order_number": order.number,
        "presentment_currency": order.presentment_currency,
        "processed_at": moment(shop, order.created_at),
        "tags": "",
        "tax_exempt": False,
        "tax_lines": tax_lines(order.tax, max((line.tax_rate for line in order.lines), default=0), order),
        "taxes_included": order.taxes_included,
        "test": order.test,
        "total_weight": 0,
        "updated_at": moment(shop, order.updated_at),
    }


def _money(order: Order) -> Payload:
    currency = order.currency
    nothing = money_set(order, 0)
    return {
        **pair("current_subtotal_price", order.current_subtotal, order),
        **pair("current_total_discounts", order.discount + off_shipping(order), order),
        **pair("current_total_price", order.current_total, order),
        **pair("current_total_tax", order.current_tax, order),
        **pair("subtotal_price", order.subtotal, order),
        **pair("total_discounts", order.discount + off_shipping(order), order),
        **pair("total_line_items_price", order.gross, order),
        **pair("total_price", order.total, order),
        **pair("total_tax", order.tax, order),
        "current_shipping_price_set": money_set(order, order.current_shipping),
        "current_total_additional_fees_set": money_set(order, order.current_fee) if order.fee else None,
        "current_total_duties_set": money_set(order, order.current_duties) if order.duties else None,
        "original_total_additional_fees_set": money_set(order, order.fee) if order.fee else None,
        "original_total_duties_set": money_set(order, order.duties) if order.duties else None,
        "total_cash_rounding_payment_adjustment_set": nothing,
        "total_cash_rounding_refund_adjustment_set": nothing,
        "total_outstanding": to_text(outstanding(order), currency),
        "total_shipping_price_set": money_set(order, order.shipping + off_shipping(order)),
        "total_tip_received": to_text(order.tip, currency),
    }


def outstanding(order: Order) -> int:
    """What is still to be paid: the current total of an order nobody has paid or called off."""
    unpaid = order.status in {"pending", "authorized"} and not order.cancelled_at
    return order.current_total if unpaid else 0


def _fulfilment(shop: "Shop", order: Order, found: Fulfilment) -> Payload:
    lines = [line for line in order.lines if line.id in found.pieces]
    return {
        "id": found.id,
        "admin_graphql_api_id": f"gid://shopify/Fulfillment/{found.id}",
        "created_at": moment(shop, found.created_at),
        "location_id": None,
        "name": found.name,
        "order_id": order.id,
        "origin_address": {},
        "receipt": {},
        "service": "manual",
        "shipment_status": None,
        "status": found.status.lower(),
        "tracking_company": None,
        "tracking_number": None,
        "tracking_numbers": [],
        "tracking_url": None,
        "tracking_urls": [],
        "updated_at": moment(shop, found.updated_at),
        "line_items": [{**line_payload(order, line), "quantity": found.pieces[line.id]} for line in lines],
    }


def _return(found: Return) -> Payload:
    return {
        "id": found.id,
        "admin_graphql_api_id": f"gid://shopify/Return/{found.id}",
        "name": found.name,
        "status": found.status.lower(),
    }


def country_address(country: str | None) -> Payload | None:
    """Where an order goes; the store knows the country alone."""
    if country is None:
        return None
    said = dict.fromkeys(
        ("address1", "address2", "city", "company", "first_name", "last_name", "latitude", "longitude")
    )
    return {
        **said,
        **dict.fromkeys(("name", "phone", "province", "province_code", "zip", "country")),
        "country_code": country,
    }


def discount_codes(order: Order) -> list[Payload]:
    """The codes that are honoured, with what each took off."""
    return [
        {"code": one.name, "amount": to_text(one.amount, order.currency), "type": _code_type(one)}
        for one in applications(order)
        if one.kind == "discount_code"
    ]


def _code_type(applied: Application) -> str:
    if applied.target == "shipping_line":
        return "shipping"
    return "fixed_amount" if applied.share is None else "percentage"


def _discounts(order: Order) -> list[Payload]:
    return [
        {
            "target_type": one.target,
            "type": one.kind,
            **_value(order, one),
            "allocation_method": one.method,
            "target_selection": one.selection,
            **({"code": one.name} if one.kind == "discount_code" else {"title": one.name, "description": one.name}),
        }
        for one in applications(order)
    ]


def _value(order: Order, applied: Application) -> Payload:
    if applied.share is None:
        return {"value": to_text(applied.amount, order.currency), "value_type": "fixed_amount"}
    return {"value": str(float(applied.share * 100)), "value_type": "percentage"}
