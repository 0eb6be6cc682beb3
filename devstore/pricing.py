"""How an order came to its price: which discounts took how much off which line, and what store credit paid."""

from fractions import Fraction
from typing import NamedTuple

Shares = tuple[tuple[int, int], ...]
"""Amounts in minor units by the place of the discount that gave them."""


class Application(NamedTuple):
    """One discount as an order tells of it, in Shopify's words; ``amount`` is all that it took off."""

    kind: str
    """discount_code, automatic or manual."""
    name: str
    """The code, or the title of one that is none."""
    target: str
    """line_item or shipping_line."""
    amount: int
    share: Fraction | None = None
    """Of the price, where it is none of an amount."""
    method: str = "across"
    selection: str = "all"


class Pricing(NamedTuple):
    """What a checkout worked out: the discounts in their order, what each took off, and how it was paid."""

    applications: tuple[Application, ...] = ()
    lines: tuple[Shares, ...] = ()
    """For each line of the order as it was placed."""
    shipping: Shares = ()
    credit: int = 0
    """Paid with store credit."""

    @property
    def off_shipping(self) -> int:
        """What all discounts took off the shipping."""
        return sum(amount for _, amount in self.shipping)
