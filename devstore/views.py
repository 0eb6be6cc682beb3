"""What the pages and the control page show of a shop, as plain dictionaries."""

from collections.abc import Collection
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from devstore import fulfilments, grants
from devstore.answers_shop import scope
from devstore.applications import applications
from devstore.deliveries import Delivery
from devstore.discounts.records import Discount
from devstore.money import to_text
from devstore.records import Customer, Order
from devstore.segments import Segment, UnreadableError, members_test

if TYPE_CHECKING:
    from devstore.shop import Shop
    from devstore.store import DevStore

View = dict[str, Any]


def page(store: "DevStore", shop: "Shop") -> View:
    """``shop`` and ``app``, which every template gets."""
    home = f"/store/{shop.short_name}"
    about_shop = {
        "domain": shop.domain,
        "name": shop.short_name,
        "title": shop.name,
        "currency": shop.currency,
        "timezone": shop.timezone,
        "locale": shop.primary_locale,
        "home_url": home,
        "control_url": f"{home}/control",
        "checkout_url": f"{home}/checkout",
        "discounts_url": f"{home}/discounts",
        "mailbox_url": "/mailbox",
        "checkouts_url": f"{home}/checkouts",
    }
    about_app = {
        "handle": store.app_handle,
        "title": store.app_title,
        "api_key": store.api_key,
        "origin": store.app_url,
        "installed": shop.installed,
        "url": f"{home}/apps/{store.app_handle}",
        "install_url": f"{home}/install/{store.app_handle}",
        "scopes": [scope(handle) for handle in shop.scopes],
    }
    return {"shop": about_shop, "app": about_app, "scopes": about_app["scopes"]}


def order_view(shop: "Shop", order: Order) -> View:
    """An order in one row."""
    customer = order.customer
    return {
        "id": order.id,
        "name": order.name,
        "url": f"/store/{shop.short_name}/orders/{order.id}",
        "created_at": order.created_at.astimezone(shop.zone).strftime("%Y-%m-%d %H:%M"),
        "customer": {"id": customer.id, "name": customer.name} if customer else None,
        "total": to_text(order.total, order.currency),
        "currency": order.currency,
        "refunded": to_text(order.refunded, order.currency),
        "status": order.financial_status,
        "sendable": not order.cancelled_at and any(fulfilments.left(order, line) for line in order.lines),
        "cancelled": order.cancelled_at is not None,
        "test": order.test,
        "source": order.source,
    }


def order_lines(order: Order) -> list[View]:
    """The lines of an order, for its page."""
    return [
        {
            "id": line.id,
            "title": line.title,
            "quantity": line.quantity,
            "current_quantity": line.current_quantity,
            "price": to_text(line.price, order.currency),
            "total": to_text(line.discounted, order.currency),
            "gift_card": line.gift_card,
        }
        for line in order.lines
    ]


def order_discounts(order: Order) -> list[View]:
    """The discounts of an order, for its page."""
    return [{"name": one.name, "amount": to_text(one.amount, order.currency)} for one in applications(order)]


def order_refunds(shop: "Shop", order: Order) -> list[View]:
    """The refunds of an order, for its page."""
    return [
        {
            "id": refund.id,
            "created_at": refund.created_at.astimezone(shop.zone).strftime("%Y-%m-%d %H:%M"),
            "amount": to_text(refund.amount, order.currency),
        }
        for refund in order.refunds
    ]


def newest_orders(shop: "Shop", most: int) -> list[View]:
    """The newest orders first."""
    orders = sorted(shop.orders.values(), key=lambda order: (order.created_at, order.id), reverse=True)
    return [order_view(shop, order) for order in orders[:most]]


def orders_of(shop: "Shop", customer: Customer) -> list[View]:
    """The orders that stand in a customer's name, newest first."""
    orders = [shop.orders[number] for number in customer.orders if number in shop.orders]
    return [order_view(shop, order) for order in sorted(orders, key=lambda order: order.created_at, reverse=True)]


def customer_view(customer: Customer) -> View:
    """A customer in one row."""
    return {
        "id": customer.id,
        "name": customer.name,
        "email": customer.email,
        "orders": len(customer.orders),
    }


def known_customers(shop: "Shop", most: int, chosen: Any = None) -> list[View]:
    """Those who ordered last, and among them one who was chosen."""
    recent = sorted(shop.customers.values(), key=lambda one: (one.orders[-1:] or [0], one.id), reverse=True)
    listed = [one for one in recent if str(one.id) == str(chosen)] + recent[:most]
    return [customer_view(one) for one in {one.id: one for one in listed}.values()]


def segment_view(shop: "Shop", segment: Segment) -> View:
    """A segment, and how many are in it; nobody knows where its text names what is gone."""
    try:
        test = members_test(shop, segment.query)
    except UnreadableError:
        return {"name": segment.name, "query": segment.query, "people": None}
    people = sum(test(customer) for customer in shop.customers.values())
    return {"name": segment.name, "query": segment.query, "people": people}


def discount_view(shop: "Shop", discount: Discount) -> View:
    """A discount code in one row; who may use it as names, None where everybody may."""
    customers, segments = discount.audience
    people = [shop.customers.get(shop.merged.get(number, number)) for number in sorted(customers or ())]
    groups = [shop.outward.segments.all.get(number) for number in sorted(segments or ())]
    named = [one.name for one in (*people, *groups) if one]
    return {
        "id": discount.id,
        "url": f"/store/{shop.short_name}/discounts/{discount.id}",
        "code": discount.code,
        "title": discount.title,
        "for": None if customers is None and segments is None else named,
        "status": discount.status(shop.store.now()).lower(),
        "ends_at": discount.ends_at and discount.ends_at.astimezone(shop.zone).strftime("%Y-%m-%d %H:%M"),
        "uses": len(discount.uses),
        "usage_limit": discount.usage_limit,
        "combines_with": sorted(one.lower() for one in discount.combines_with),
    }


def newest_discounts(shop: "Shop", most: int) -> list[View]:
    """The newest discount codes first."""
    return [discount_view(shop, one) for one in list(shop.discounts.all.values())[: -most - 1 : -1]]


def goods_of(shop: "Shop", first: Collection[str] = ()) -> list[View]:
    """What can be bought, those of the numbers ``first`` before the others."""
    ordered = sorted(shop.products.values(), key=lambda one: (str(one.id) not in first, one.title))
    return [
        {"id": one.id, "title": one.title, "price": to_text(one.price, shop.currency), "gift_card": one.gift_card}
        for one in ordered
    ]


def credit_view(shop: "Shop", customer: Customer) -> list[str]:
    """What a customer has of store credit, a text for each currency."""
    accounts = shop.credit.accounts(customer.id)
    return [f"{to_text(one.balance, one.currency)} {one.currency}" for one in accounts]


def metafields_of(customer: Customer) -> list[View]:
    """What apps have written on a customer, by the names that the admin shows; without a definition, by their keys."""
    held = sorted(customer.metafields.values(), key=lambda one: (one.namespace, one.key))
    return [
        {
            "name": one.definition.name if one.definition else f"{one.namespace}.{one.key}",
            "key": f"{one.namespace}.{one.key}",
            "type": one.type,
            "value": one.value,
        }
        for one in held
    ]


def customer_in_full(shop: "Shop", customer: Customer) -> View:
    """A customer for their own page."""
    more = {"credit": credit_view(shop, customer), "metafields": metafields_of(customer)}
    return customer_view(customer) | more


def _delivery_view(delivery: Delivery) -> View:
    return {
        "id": delivery.webhook_id,
        "topic": delivery.topic,
        "triggered_at": delivery.triggered_at.isoformat(timespec="milliseconds"),
        "attempts": delivery.attempts,
        "status": delivery.status,
        "answer": delivery.answer,
    }


def faults_view(shop: "Shop") -> View:
    """What goes wrong in a shop now, what was asked for by number, and what has struck in the whole store so far."""
    trouble = shop.store.trouble
    return {
        "faults": trouble.of(shop.domain).shown(),
        "asked_for": trouble.asked_for(shop.domain),
        "injected": dict(sorted((+trouble.injected).items())),
    }


def clock_view(shop: "Shop") -> View:
    """What the store's clock shows, in the shop's zone, and how far it is ahead of the machine's."""
    store = shop.store
    return {
        "now": store.now().astimezone(shop.zone).isoformat(timespec="seconds"),
        "ahead_seconds": int(store.ahead.total_seconds()),
    }


def state(store: "DevStore", shop: "Shop") -> View:
    """What the control page shows."""
    sent = [one for one in store.deliveries if one.shop == shop.domain][-50:]
    return {
        "orders": newest_orders(shop, 20),
        "customers": known_customers(shop, 20),
        "deliveries": [_delivery_view(delivery) for delivery in reversed(sent)],
        **faults_view(shop),
        "clock": clock_view(shop),
        "installed": shop.installed,
        "currency": shop.currency,
        "timezone": shop.timezone,
        "protected": shop.protected,
        "granted": grants.detail(shop)["granted"],
        "reports": asdict(shop.reports),
    }
