"""What of its orders a shop lets us see, and what to say where it is not all. Pure."""

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from shopify_app.clock import Instant, LocalDay, local_day
from shopify_app.language import Words
from shopify_app.shops.access import ALL_ORDERS, NEEDS, SHOWN, UNAPPROVED, missing_scopes

_ORDERS, _CUSTOMERS = "read_orders", "read_customers"


@dataclass(frozen=True, slots=True)
class Lack:
    """Why orders are not in the numbers, or not who bought, and what to do about it."""

    heading: str
    sentences: list[str]
    approval: bool
    """Whether it is Shopify's approval of the app; else a permission that the merchant has not granted."""


@dataclass(frozen=True, slots=True)
class Sight:
    """Whether orders can be read, whether it is known who bought, and how far back."""

    granted: bool
    """Whether the merchant lets us read orders."""
    approved: bool
    """Whether Shopify does."""
    customers: bool
    since: LocalDay | None
    """The first whole day whose orders can be read; None where Shopify hides none."""

    @classmethod
    def of(cls, scopes: str, installed_at: Instant, zone: ZoneInfo, *, approved: bool) -> "Sight":
        """By what the merchant has granted and Shopify approved; before anything is known to be, nothing is missing."""
        missing = missing_scopes(scopes, (_ORDERS, _CUSTOMERS, ALL_ORDERS)) if scopes else ()
        first = local_day(Instant(installed_at - SHOWN + timedelta(days=1)), zone)
        since = first if ALL_ORDERS in missing else None
        return cls(_ORDERS not in missing, approved, _CUSTOMERS not in missing, since)

    @property
    def orders(self) -> bool:
        """Whether orders can be read."""
        return self.granted and self.approved

    @property
    def who(self) -> str:
        """The metric that tells who comes back: of 60 days, only Shopify's own count knows what was before."""
        return "repeat_rate" if self.since is None else "returning_rate"

    def began(self, first: LocalDay, words: Words) -> str:
        """When the shop's first order was, for whoever looks at a time before it."""
        if self.since is None:
            return words.text("Your first order was on {day}.", day=words.day(first))
        return words.text("The first order that Wafa knows of was on {day}.", day=words.day(first))

    def missing(self, words: Words) -> Lack | None:
        """What is not in the numbers for want of a permission, or else of Shopify's approval."""
        if self.granted and not self.approved:
            return approval(words)
        if self.granted and self.customers:
            return None
        scope = _CUSTOMERS if self.granted else _ORDERS
        sentence = next(words.text(need.without) for need in NEEDS if need.scope == scope)
        return Lack(words.text("A permission is missing"), [sentence], approval=False)

    def before(self, words: Words) -> str | None:
        """Since when orders can be read, and what is known of the time before."""
        if self.since is None:
            return None
        return words.text(
            "Shopify lets Wafa read your orders since {day}. People who had bought before that count as returning: "
            "Shopify tells how many orders each of them has.",
            day=words.day(self.since),
        )


def approval(words: Words) -> Lack:
    """What to say where Shopify has not approved the app: whose it is to ask, and where."""
    return Lack(words.text("Waiting for Shopify's approval"), [words.text(one) for one in UNAPPROVED], approval=True)
