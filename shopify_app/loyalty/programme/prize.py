"""What points are redeemed for. Pure."""

from msgspec import Struct

AMOUNT, PERCENT, SHIPPING, PRODUCT = "amount", "percent", "shipping", "product"
KINDS = (AMOUNT, PERCENT, SHIPPING, PRODUCT)
FIRST = "first"
"""The id of the reward that says what a point is worth."""


class Prize(Struct, frozen=True):
    """One reward of a programme."""

    id: str
    kind: str
    """One of KINDS: an amount off an order, a share of it, its shipping, or the price of one product."""
    points: int
    """What it takes."""
    value: int = 0
    """Minor units of the programme's currency of an amount, and of a product at most; of a share, percent."""
    product_id: int | None = None
    title: str = ""
    """Of the product, when it was chosen."""
