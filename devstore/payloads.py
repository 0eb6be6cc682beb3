"""The JSON bodies of webhooks, with the keys and types Shopify's own deliveries have."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from devstore.access import Installation
from devstore.checkout.payload import checkout_payload, deleted_payload
from devstore.consents import EMAIL, SMS
from devstore.consents import TOPICS as TOPICS_OF
from devstore.order_parts import moment
from devstore.order_payload import address_payload, customer_payload, order_payload
from devstore.records import Customer, Edit, Order, Refund
from devstore.refund_payload import refund_payload

if TYPE_CHECKING:
    from devstore.bulk import BulkOperation
    from devstore.shop import Shop

Payload = dict[str, Any]


_SHOP_CONSTANTS: Payload = {
    "weight_unit": "kg",
    "primary_location_id": None,
    "province_code": None,
    "auto_configure_tax_inclusivity": None,
    "tax_shipping": None,
    "county_taxes": True,
    "plan_display_name": "Development",
    "plan_name": "partner_test",
    "has_discounts": True,
    "has_gift_cards": True,
    "province": None,
    "country": None,
    "address1": None,
    "zip": None,
    "city": None,
    "source": None,
    "phone": None,
    "latitude": None,
    "longitude": None,
    "address2": None,
    "country_code": None,
    "country_name": None,
    "google_apps_domain": None,
    "google_apps_login_enabled": None,
    "eligible_for_payments": False,
    "requires_extra_payments_agreement": False,
    "password_enabled": True,
    "has_storefront": True,
    "finances": True,
    "checkout_api_supported": True,
    "multi_location_enabled": True,
    "setup_required": False,
    "pre_launch_enabled": False,
    "transactional_sms_disabled": False,
    "marketing_sms_consent_enabled_at_checkout": False,
}
"""What a shop's body says of every shop of this store."""


def payload(shop: "Shop", topic: str, subject: Any) -> Payload:
    """The body for a topic; raises ValueError for a topic the store does not send."""
    if topic not in _BODIES:
        raise ValueError(f"the store sends no webhook {topic}")
    return _BODIES[topic](shop, subject)


def _order(shop: "Shop", order: Order) -> Payload:
    return order_payload(shop, order)


def _deleted_order(_shop: "Shop", order: Order) -> Payload:
    return {"id": order.id}


def _refund(shop: "Shop", subject: tuple[Order, Refund]) -> Payload:
    return refund_payload(shop, *subject)


def _edited_order(shop: "Shop", subject: tuple[Order, Edit]) -> Payload:
    """Pieces by line, and no amounts."""
    order, edit = subject
    said: Payload = {
        "id": edit.id,
        "app_id": None,
        "created_at": moment(shop, edit.happened_at),
        "notify_customer": False,
        "order_id": order.id,
        "staff_note": "",
        "user_id": None,
        "line_items": {
            "additions": [{"id": one.line.id, "delta": one.quantity} for one in edit.parts if one.quantity > 0],
            "removals": [{"id": one.line.id, "delta": -one.quantity} for one in edit.parts if one.quantity < 0],
        },
        "discounts": {"line_item": {"additions": [], "removals": []}},
        "shipping_lines": {"additions": [], "removals": []},
        "committed_at": moment(shop, edit.happened_at),
    }
    return {"order_edit": said}


def _customer(shop: "Shop", customer: Customer) -> Payload:
    body = customer_payload(shop, customer)
    book = enumerate(customer.address_book)
    return {**body, "addresses": [address_payload(customer, one, default=place == 0) for place, one in book]}


def _email_consent(shop: "Shop", customer: Customer) -> Payload:
    said = {"email_address": customer.email or None, "email_marketing_consent": _consent(shop, customer, EMAIL)}
    return {"customer_id": customer.id, **said}


def _sms_consent(shop: "Shop", customer: Customer) -> Payload:
    said = {**_consent(shop, customer, SMS), "consent_collected_from": "OTHER"}
    return {"id": customer.id, "phone": customer.phone, "sms_marketing_consent": said}


def _consent(shop: "Shop", customer: Customer, way: str) -> Payload:
    state, at = customer.consent(way)
    level = customer.opt_in_levels.get(way, "SINGLE_OPT_IN").lower()
    return {"state": state.lower(), "opt_in_level": level, "consent_updated_at": moment(shop, at)}


def _merge(_shop: "Shop", subject: tuple[int, int]) -> Payload:
    kept, deleted = subject
    return {
        "admin_graphql_api_customer_kept_id": f"gid://shopify/Customer/{kept}",
        "admin_graphql_api_customer_deleted_id": f"gid://shopify/Customer/{deleted}",
        "admin_graphql_api_job_id": None,
        "status": "completed",
        "errors": [],
    }


def _shop(shop: "Shop", _subject: "Shop") -> Payload:
    return {
        **_SHOP_CONSTANTS,
        "id": shop.id,
        "name": shop.name,
        "email": f"owner@{shop.short_name}.example",
        "domain": shop.domain,
        "primary_locale": shop.primary_locale,
        "created_at": moment(shop, shop.created_at),
        "updated_at": moment(shop, shop.updated_at),
        "currency": shop.currency,
        "taxes_included": shop.taxes_included,
        "customer_email": f"help@{shop.short_name}.example",
        "timezone": f"(GMT{_offset(shop)}) {shop.timezone}",
        "iana_timezone": shop.timezone,
        "shop_owner": "Shop Owner",
        "money_format": "{{amount}} " + shop.currency,
        "money_with_currency_format": "{{amount}} " + shop.currency,
        "myshopify_domain": shop.domain,
        "money_in_emails_format": "{{amount}} " + shop.currency,
        "money_with_currency_in_emails_format": "{{amount}} " + shop.currency,
        "enabled_presentment_currencies": [shop.currency, *shop.also_shown_in],
    }


def _scopes(shop: "Shop", subject: tuple[tuple[str, ...], Installation]) -> Payload:
    before, installation = subject
    return {
        "id": installation.id,
        "previous": list(before),
        "current": list(installation.scopes),
        "updated_at": _utc(shop.store.now()),
        "shop_id": f"gid://shopify/Shop/{shop.id}",
    }


def _bulk(_shop: "Shop", operation: "BulkOperation") -> Payload:
    return {
        "admin_graphql_api_id": operation.gid,
        "completed_at": _utc(operation.completed_at) if operation.completed_at else None,
        "created_at": _utc(operation.created_at),
        "error_code": operation.error_code.lower() if operation.error_code else None,
        "status": operation.status.lower(),
        "type": operation.kind.lower(),
    }


def _person(customer: Customer) -> Payload:
    return {"id": customer.id, "email": customer.email or None, "phone": customer.phone}


def _data_request(shop: "Shop", customer: Customer) -> Payload:
    return {
        "shop_id": shop.id,
        "shop_domain": shop.domain,
        "orders_requested": list(customer.orders),
        "customer": _person(customer),
        "data_request": {"id": shop.store.new_id("request")},
    }


def _redact_customer(shop: "Shop", customer: Customer) -> Payload:
    return {
        "shop_id": shop.id,
        "shop_domain": shop.domain,
        "customer": _person(customer),
        "orders_to_redact": list(customer.orders),
    }


def _redact_shop(shop: "Shop", _subject: "Shop") -> Payload:
    return {"shop_id": shop.id, "shop_domain": shop.domain}


def _utc(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _offset(shop: "Shop") -> str:
    offset = shop.store.now().astimezone(shop.zone).strftime("%z")
    return f"{offset[:3]}:{offset[3:]}"


_BODIES: dict[str, Callable[["Shop", Any], Payload]] = {
    "orders/create": _order,
    "orders/updated": _order,
    "orders/cancelled": _order,
    "orders/edited": _edited_order,
    "orders/delete": _deleted_order,
    "refunds/create": _refund,
    "checkouts/create": checkout_payload,
    "checkouts/update": checkout_payload,
    "checkouts/delete": deleted_payload,
    "customers/create": _customer,
    "customers/update": _customer,
    "customers/merge": _merge,
    TOPICS_OF[EMAIL]: _email_consent,
    TOPICS_OF[SMS]: _sms_consent,
    "customers/data_request": _data_request,
    "customers/redact": _redact_customer,
    "shop/update": _shop,
    "shop/redact": _redact_shop,
    "app/uninstalled": _shop,
    "app/scopes_update": _scopes,
    "bulk_operations/finish": _bulk,
}
TOPICS = tuple(_BODIES)
"""Every topic that the store sends."""
