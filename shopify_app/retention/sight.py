"""What of its orders a shop lets us see, and what to say where it is not all. Pure."""

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from shopify_app.clock import Instant, LocalDay, local_day
from shopify_app.language import Words
from shopify_app.shops.access import ALL_ORDERS, NEEDS, SHOWN, missing_scopes

_ORDERS, _CUSTOMERS = "read_orders", "read_customers"


@dataclass(frozen=True, slots=True)
class Sight:
    """Whether orders can be read, whether it is known who bought, and how far back."""

    orders: bool
    customers: bool
    since: LocalDay | None
    """The first whole day whose orders can be read; None where Shopify hides none."""

    @classmethod
    def of(cls, scopes: str, installed_at: Instant, zone: ZoneInfo) -> "Sight":
        """By what the merchant has granted; before anything is known to be, nothing is missing."""
        missing = missing_scopes(scopes, (_ORDERS, _CUSTOMERS, ALL_ORDERS)) if scopes else ()
        first = local_day(Instant(installed_at - SHOWN + timedelta(days=1)), zone)
        return cls(_ORDERS not in missing, _CUSTOMERS not in missing, first if ALL_ORDERS in missing else None)

    @property
    def who(self) -> str:
        """The metric that tells who comes back: of 60 days, only Shopify's own count knows what was before."""
        return "repeat_rate" if self.since is None else "returning_rate"

    def missing(self, words: Words) -> str | None:
        """What is not in the numbers for want of a permission."""
        if self.orders and self.customers:
            return None
        scope = _CUSTOMERS if self.orders else _ORDERS
        return next(words.text(need.without) for need in NEEDS if need.scope == scope)

    def before(self, words: Words) -> str | None:
        """Since when orders can be read, and what is known of the time before."""
        if self.since is None:
            return None
        return words.text(
            "Shopify lets Wafa read your orders since {day}. People who had bought before that count as returning: "
            "Shopify tells how many orders each of them has.",
            day=words.day(self.since),
        )
