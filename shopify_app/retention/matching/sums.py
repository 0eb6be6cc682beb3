"""What is known of a period for comparing it with Shopify's reports; amounts in minor units."""

from dataclasses import dataclass


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
class Sums:
    """A period as Shopify's reports add it up, and what they leave out or might count otherwise."""

    placed: Placed
    changed: Changed
    by_utc: Placed
    """The orders of the same days in UTC."""
    called_off: Placed
    """Of the orders that count, those that were cancelled or never paid."""
    free: Placed
    """Of the orders that count, those with nothing to pay."""
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
