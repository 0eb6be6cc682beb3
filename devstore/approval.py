"""What Shopify's approval for protected customer data opens to an app, and what is kept from it without.

``none``: nothing that is about a customer, so no orders, no refunds and no webhooks of theirs. ``level1``: all but
names, addresses, e-mail addresses and phone numbers. ``level2``: these too.
"""

from collections.abc import Iterable
from typing import Any

from graphql import GraphQLError

from devstore.deliveries import COMPLIANCE

NONE, LEVEL1, LEVEL2 = "none", "level1", "level2"
LEVELS = (NONE, LEVEL1, LEVEL2)


def level_named(level: str) -> str:
    """One of LEVELS; raises ValueError for any other name."""
    if level not in LEVELS:
        raise ValueError(f"{level!r} is none of {', '.join(LEVELS)}")
    return level


_MORE = "See https://shopify.dev/docs/apps/launch/protected-customer-data for more details."
_TYPES = frozenset(
    {
        "AbandonedCheckout",
        "AbandonedCheckoutLineItem",
        "Abandonment",
        "Customer",
        "CustomerSegmentMember",
        "LineItem",
        "MailingAddress",
        "Order",
        "OrderAdjustment",
        "OrderTransaction",
        "Refund",
        "RefundLineItem",
        "Sale",
        "SalesAgreement",
    }
)
_REPORTS = frozenset({"ShopifyqlQueryResponse"})
_OF_PEOPLE = frozenset(
    {
        "countryCodeV2",
        "defaultEmailAddress",
        "defaultPhoneNumber",
        "displayName",
        "email",
        "firstName",
        "lastName",
        "phone",
    }
)
_PEOPLE = frozenset({"Customer", "CustomerSegmentMember", "MailingAddress", "Order"})
_TOPICS = ("orders/", "checkouts/", "customers/", "customers_", "refunds/")
_IN_BODIES = frozenset(
    {
        "address1",
        "address2",
        "browser_ip",
        "city",
        "company",
        "contact_email",
        "email",
        "email_address",
        "first_name",
        "last_name",
        "latitude",
        "longitude",
        "phone",
        "province",
        "sms_marketing_phone",
        "zip",
    }
)
_IN_ADDRESSES = frozenset({"country", "country_code", "name", "province_code"})


def is_personal(owner: str, field: str) -> bool:
    """Whether a field says who somebody is or how to reach them."""
    return owner in _PEOPLE and field in _OF_PEOPLE


def refusal(level: str, owner: str, field: str, kind: str) -> GraphQLError | None:
    """Why an app of this level gets null for a field of ``owner`` that answers a ``kind``; None where it gets it."""
    plain = kind.removesuffix("Connection")
    if level == NONE and plain in _TYPES:
        return _denied(f"This app is not approved to access the {plain} object. {_MORE}")
    if level != LEVEL2 and is_personal(owner, field):
        return _denied(f"This app is not approved to use the {field} field. {_MORE}")
    return None


def hides(level: str, kinds: Iterable[str]) -> bool:
    """Whether an app of this level may not read one of these types at all."""
    return level == NONE and not _TYPES.isdisjoint(kinds)


def opens(level: str, kind: str) -> bool:
    """Whether an app of this level is let into a type at all, whatever else it may: reports are for level 2 alone."""
    return level == LEVEL2 or kind not in _REPORTS


def _denied(message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": "ACCESS_DENIED"})


def sends(level: str, topic: str) -> bool:
    """Whether a topic can be subscribed to; those that the law asks for always are."""
    return level != NONE or topic in COMPLIANCE or not topic.startswith(_TOPICS)


def redacted(level: str, topic: str, body: dict[str, Any]) -> dict[str, Any]:
    """The body of a webhook as an app of this level gets it: what says who somebody is and where is null."""
    if level == LEVEL2 or not topic.startswith(_TOPICS):
        return body
    emptied: dict[str, Any] = _emptied(body)
    return emptied


def _emptied(value: Any) -> Any:
    if isinstance(value, list):
        return [_emptied(one) for one in value]
    if not isinstance(value, dict):
        return value
    # An address has a name of a person, an order has one of its own.
    hidden = _IN_BODIES | _IN_ADDRESSES if "address1" in value else _IN_BODIES
    return {key: None if key in hidden else _emptied(one) for key, one in value.items()}
