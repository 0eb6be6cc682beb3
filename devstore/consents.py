"""Who agreed to hear from the shop: what customers say of it, and what the app is told."""

from typing import TYPE_CHECKING

from devstore.clock import whole_second
from devstore.records import Customer

if TYPE_CHECKING:
    from devstore.shop import Shop

EMAIL, SMS = "email", "sms"
STATES = ("NOT_SUBSCRIBED", "PENDING", "SUBSCRIBED", "UNSUBSCRIBED")
TOPICS = {EMAIL: "customers_email_marketing_consent/update", SMS: "customers_marketing_consent/update"}


class ConsentDesk:
    """Lets customers agree and leave."""

    def __init__(self, shop: "Shop") -> None:
        self._shop = shop

    def give(self, customer_id: int, way: str, state: str) -> Customer:
        """Change what a customer said of a way; sends its consent topic, then customers/update.

        KeyError for an unknown customer or way, ValueError for no state or for somebody who cannot be reached so.
        """
        shop, topic = self._shop, TOPICS[way]
        with shop.store.lock:
            customer = shop.customers[customer_id]
            if state not in STATES:
                raise ValueError(f"{state!r} is none of {', '.join(STATES)}")
            if not (customer.email if way == EMAIL else customer.phone):
                raise ValueError(f"{customer.name} has nothing to be reached at by {way}")
            now = whole_second(shop.store.now())
            customer.consents[way] = (state, now)
            customer.updated_at = max(customer.updated_at, now)
            shop.tell(customer, topic)
            shop.tell(customer, "customers/update")
            return customer
