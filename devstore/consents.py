"""Who agreed to hear from the shop: what customers say of it, and what the app is told."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from devstore.clock import aware, whole_second
from devstore.metafields import owner_number
from devstore.records import Customer

if TYPE_CHECKING:
    from devstore.shop import Shop

EMAIL, SMS = "email", "sms"
_WRITABLE = ("PENDING", "SUBSCRIBED", "UNSUBSCRIBED")
STATES = ("NOT_SUBSCRIBED", "PENDING", "SUBSCRIBED", "UNSUBSCRIBED")
TOPICS = {EMAIL: "customers_email_marketing_consent/update", SMS: "customers_marketing_consent/update"}


class ConsentDesk:
    """Lets customers agree and leave."""

    def __init__(self, shop: "Shop") -> None:
        self._shop = shop

    def give(
        self, customer_id: int, way: str, state: str, at: datetime | None = None, level: str = "SINGLE_OPT_IN"
    ) -> Customer:
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
            moment, now = shop._times(at)
            customer.consents[way], customer.opt_in_levels[way] = (state, moment), level
            customer.updated_at = max(customer.updated_at, now)
            shop.tell(customer, topic)
            shop.tell(customer, "customers/update")
            return customer

    def write(self, given: dict[str, Any]) -> dict[str, Any]:
        """The payload of customerEmailMarketingConsentUpdate: as ``give``, with Shopify's refusals.

        What an app says was said before what is known already changes nothing, and is no error; neither is the state
        that there is.
        """
        consent, customer = given["emailMarketingConsent"], self._shop.customers.get(owner_number(given["customerId"]))
        state, place, now = consent["marketingState"], ("input", "emailMarketingConsent"), self._shop.store.now()
        if customer is None:
            return _refusal("Customer not found", "input", "customerId")
        if state not in _WRITABLE:
            return _refusal(f"Cannot specify {state} as a marketing state input", *place, "marketingState")
        if not customer.email:
            message = "An email address is required to set the email marketing consent state."
            return _refusal(message, *place)
        moment = _moment(consent.get("consentUpdatedAt"))
        if moment and moment > now:
            return _refusal("Consent updated at must not be in the future", *place, "consentUpdatedAt")
        known, since = customer.consent(EMAIL)
        if state != known and not (moment and since and moment < since):
            level = consent.get("marketingOptInLevel") or "SINGLE_OPT_IN"
            self.give(customer.id, EMAIL, state, moment, level)
        return {"customer": customer, "userErrors": []}


def _moment(text: str | None) -> datetime | None:
    return whole_second(aware(datetime.fromisoformat(text))) if text else None


def _refusal(message: str, *field: str) -> dict[str, Any]:
    return {"customer": None, "userErrors": [{"code": "INVALID", "field": list(field), "message": message}]}
