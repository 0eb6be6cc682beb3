"""What is known of a period for comparing it with Shopify's reports; amounts in minor units."""

from dataclasses import dataclass

from shopify_app.clock import Instant


@dataclass(frozen=True, slots=True)
class Placed:
    """Orders that were placed in a span, as they were placed."""

    orders: int = 0
    gross: int = 0
    discounts: int = 0


@dataclass(frozen=True, slots=True)
class Changed:
    """What was changed in a span of orders that count, whenever they were placed."""

    edits: int = 0
    gross: int = 0
    discounts: int = 0
    removed: int = 0
    refunds: int = 0
    refunded: int = 0


@dataclass(frozen=True, slots=True)
class People:
    """Customers with an order in a period, and those of them who had bought before."""

    customers: int
    returning: int


@dataclass(frozen=True, slots=True)
class Late:
    """What happened at one moment of late, which Shopify's reports may not have yet."""

    at: Instant
    orders: int = 0
    gross: int = 0
    discounts: int = 0
    returns: int = 0
    customers: int = 0
    """Of whom it is the first order in the period."""
    returning: int = 0
    """Who came back with it: their first order in the period that was not their first of all."""


@dataclass(frozen=True, slots=True)
class Sums:
    """A period as Shopify's reports add it up, and what they leave out or might count otherwise."""

    placed: Placed
    changed: Changed
    by_utc: Placed
    """The orders of the same days in UTC."""
    changed_by_utc: Changed
    """What was changed on these days."""
    called_off: Placed
    """Of the orders that count, those that were cancelled or never paid."""
    free: Placed
    """Of the orders that count, those with nothing to pay."""
    unpaid: Placed
    """Of the orders that count, those that were given up as unpaid."""
    test: Placed
    gift_card_orders: int
    gift_cards: int
    other_currency: int
    refunded_of_placed: int
    """Refunds, whenever they were made, of the period's orders."""
    tax_included: int
    """Orders whose prices include tax: it was taken out, and may have been rounded otherwise."""
    asked_again: int
    """Orders of which Shopify is yet to say how they are."""
    people_by_utc: People | None = None
    """Of the same days in UTC; None where there is nothing to compare."""
    late: tuple[Late, ...] = ()
    """The newest first; only where there is something to compare."""
    again: int | None = None
    """Customers of the period who by now have bought more than once; None where there is nothing to compare."""
