"""What became known of customers that may give them a bonus. Pure."""

from collections.abc import Mapping, Sequence

from shopify_app.changes.facts import EVER
from shopify_app.changes.state import CustomerState
from shopify_app.customers.consent import EMAIL, SMS
from shopify_app.loyalty.occasions.bonus import Occasion
from shopify_app.loyalty.programme.occasions import AGREED, JOINED


def occasions_of(customers: Mapping[int, CustomerState]) -> dict[int, Sequence[Occasion]]:
    """Since when these customers have been there, and when they first agreed to what."""
    return {customer: _of(one) for customer, one in customers.items()}


def _of(one: CustomerState) -> list[Occasion]:
    # Of whom only a consent was told, nobody has said since when they have been there.
    joined = [Occasion(one.created_at, JOINED)] if one.updated_at > EVER else []
    agreed = ((EMAIL, one.email.agreed_at), (SMS, one.sms.agreed_at))
    return [*joined, *(Occasion(at, AGREED, way) for way, at in agreed if at is not None)]
