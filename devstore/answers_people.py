"""How the Admin API answers for customers and for members of a segment."""

from collections.abc import Callable
from typing import Any

from devstore.answer_kinds import Answer, fixed, plain
from devstore.classing import statistics_of
from devstore.consents import EMAIL, SMS
from devstore.metafields import Metafield, expanded
from devstore.pages import iso
from devstore.records import Customer, Order
from devstore.search import orders_of
from devstore.search_people import customer_items
from devstore.segments import segment_items
from devstore.sources import Arguments, Ask, Money


def _last_order(customer: Customer, ask: Ask, _arguments: Arguments) -> Order | None:
    return ask.shop.orders[customer.orders[-1]] if customer.orders else None


def _last_order_id(customer: Customer, _ask: Ask, _arguments: Arguments) -> str | None:
    return f"gid://shopify/Order/{customer.orders[-1]}" if customer.orders else None


def _spent(customer: Customer, ask: Ask, _arguments: Arguments) -> Money:
    orders = (ask.shop.orders[number] for number in customer.orders)
    counted = (order for order in orders if not order.test and order.currency == ask.shop.currency)
    return Money(sum(order.received - order.refunded for order in counted), ask.shop.currency)


def _email_address(customer: Customer, _ask: Ask, _arguments: Arguments) -> dict[str, Any] | None:
    if not customer.email:
        return None
    level = customer.opt_in_levels.get(EMAIL, "SINGLE_OPT_IN") if customer.consent(EMAIL)[1] else None
    told = {"emailAddress": customer.email, "marketingOptInLevel": level, "validFormat": True}
    return {**told, **_consent(customer, EMAIL)}


def _phone_number(customer: Customer, _ask: Ask, _arguments: Arguments) -> dict[str, Any] | None:
    return {"phoneNumber": customer.phone, **_consent(customer, SMS)} if customer.phone else None


def _consent(customer: Customer, way: str) -> dict[str, str | None]:
    state, at = customer.consent(way)
    return {"marketingState": state, "marketingUpdatedAt": iso(at)}


def _address_book(customer: Customer, _ask: Ask, _arguments: Arguments) -> list[Any]:
    return list(customer.address_book)


def _metafield(customer: Customer, _ask: Ask, arguments: Arguments) -> Metafield | None:
    return customer.metafields.get((expanded(arguments.get("namespace")), arguments["key"]))


def _metafields(customer: Customer, _ask: Ask, arguments: Arguments) -> list[Any]:
    wanted, keys = arguments.get("namespace"), arguments.get("keys")
    named = (
        None
        if keys is None
        else {tuple(map(str, (expanded(one.rpartition(".")[0]), one.rpartition(".")[2]))) for one in keys}
    )
    return [
        one
        for place, one in customer.metafields.items()
        if (wanted is None or place[0] == expanded(wanted)) and (named is None or place in named)
    ]


_COMMON: dict[str, Answer] = {
    "amountSpent": _spent,
    "defaultEmailAddress": _email_address,
    "displayName": plain(lambda customer: customer.name),
    "firstName": plain(lambda customer: customer.first_name or None),
    "lastName": plain(lambda customer: customer.last_name or None),
    "numberOfOrders": plain(lambda customer: str(len(customer.orders))),
}

PEOPLE_ANSWERS: dict[str, dict[str, Answer]] = {
    "Customer": {
        **_COMMON,
        "id": plain(lambda customer: f"gid://shopify/Customer/{customer.id}"),
        "legacyResourceId": plain(lambda customer: str(customer.id)),
        "createdAt": plain(lambda customer: iso(customer.created_at)),
        "updatedAt": plain(lambda customer: iso(customer.updated_at)),
        "defaultAddress": plain(lambda customer: customer.address_book[0]),
        "defaultPhoneNumber": _phone_number,
        "email": plain(lambda customer: customer.email or None),
        "lastOrder": _last_order,
        "note": fixed(None),
        "state": fixed("DISABLED"),
        "statistics": lambda customer, ask, _arguments: statistics_of(ask.shop, customer, ask.now),
        "metafield": _metafield,
        "tags": plain(lambda customer: list(customer.tags)),
        "taxExempt": fixed(False),
        "verifiedEmail": plain(lambda customer: bool(customer.email)),
    },
    "MailingAddress": {
        "id": plain(lambda address: f"gid://shopify/MailingAddress/{address.id}?model_name=CustomerAddress"),
        "countryCodeV2": plain(lambda address: address.country),
        "phone": plain(lambda address: address.phone),
    },
    "CustomerSegmentMember": {
        **_COMMON,
        "id": plain(lambda customer: f"gid://shopify/CustomerSegmentMember/{customer.id}"),
        "lastOrderId": _last_order_id,
    },
}
PEOPLE_LISTS: dict[tuple[str, str], Callable[[Any, Ask, Arguments], list[Any]]] = {
    ("QueryRoot", "customers"): lambda _root, ask, arguments: customer_items(ask.shop, arguments),
    ("QueryRoot", "customerSegmentMembers"): lambda _root, ask, arguments: segment_items(ask.shop, arguments),
    ("Customer", "addressesV2"): _address_book,
    ("Customer", "metafields"): _metafields,
    ("Customer", "orders"): lambda customer, ask, arguments: orders_of(ask, customer, arguments),
}
