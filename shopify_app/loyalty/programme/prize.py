"""What points are redeemed for. Pure."""

from msgspec import Struct

AMOUNT, PERCENT, SHIPPING, PRODUCT, CREDIT = "amount", "percent", "shipping", "product", "credit"
KINDS = (AMOUNT, PERCENT, SHIPPING, PRODUCT, CREDIT)
FIRST = "first"
"""The id of the reward that says what a point is worth."""


class Prize(Struct, frozen=True):
    """One reward of a programme."""

    id: str
    kind: str
    """One of KINDS: an amount off an order, a share of it, its shipping, the price of one product, or store credit."""
    points: int
    """What it takes."""
    value: int = 0
    """Minor units of the programme's currency of an amount or credit, and of a product at most; of a share, percent."""
    product_id: int | None = None
    title: str = ""
    """Of the product, when it was chosen."""
