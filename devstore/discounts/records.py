"""What a discount code is: what it takes off, who may use it, when, how often, and beside which others."""

from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import NamedTuple

from devstore.records import Product

BASIC, BXGY, FREE_SHIPPING = "DiscountCodeBasic", "DiscountCodeBxgy", "DiscountCodeFreeShipping"
ORDER, PRODUCT, SHIPPING = "ORDER", "PRODUCT", "SHIPPING"
CLASSES = (ORDER, PRODUCT, SHIPPING)
"""Shopify's words for what a discount is taken off."""


class Items(NamedTuple):
    """What of a cart is meant: everything, or these products, or what stands in these collections, by number."""

    everything: bool = False
    products: frozenset[int] = frozenset()
    collections: frozenset[int] = frozenset()


class Value(NamedTuple):
    """What is taken off: a share of the price, or an amount in minor units of the shop's currency."""

    share: Fraction | None = None
    amount: int = 0
    on_each: bool = False
    """Whether the amount is taken off every piece, instead of being spread over all of them."""
    pieces: int | None = None
    """How many pieces get it; None for all."""


class Minimum(NamedTuple):
    """What has to be in the cart: a sum in minor units, or pieces; None where it does not matter."""

    subtotal: int | None = None
    quantity: int | None = None


class Audience(NamedTuple):
    """Who may use it: these customers, or the members of these segments, by number; everyone where both are None."""

    customers: frozenset[int] | None = None
    segments: frozenset[int] | None = None


class Destination(NamedTuple):
    """Where free shipping goes: everywhere where ``countries`` is None."""

    countries: frozenset[str] | None = None
    rest_of_world: bool = False
    dearest: int | None = None
    """The most that shipping may cost to become free."""


class Use(NamedTuple):
    """One order that a code was used in, and by which addresses and phones."""

    at: datetime
    names: frozenset[str]


@dataclass(slots=True)
class Discount:
    """One discount with its one code; times are aware UTC."""

    id: int
    kind: str
    """BASIC, BXGY or FREE_SHIPPING."""
    title: str
    code: str
    starts_at: datetime
    ends_at: datetime | None
    created_at: datetime
    updated_at: datetime
    audience: Audience = field(default_factory=Audience)
    gets: Items = field(default_factory=Items)
    value: Value = field(default_factory=Value)
    buys: Items = field(default_factory=Items)
    minimum: Minimum = field(default_factory=Minimum)
    """Of everything that it is taken off; of what ``buys`` means where it is BXGY."""
    destination: Destination = field(default_factory=Destination)
    usage_limit: int | None = None
    once_each: bool = False
    """Whether nobody may use it twice."""
    uses_per_order: int | None = None
    combines_with: frozenset[str] = frozenset()
    tags: tuple[str, ...] = ()
    uses: list[Use] = field(default_factory=list)

    @property
    def applies_to(self) -> str:
        """Its class: the whole order, some of its products, or the shipping."""
        if self.kind == FREE_SHIPPING:
            return SHIPPING
        return ORDER if self.kind == BASIC and self.gets.everything else PRODUCT

    def status(self, now: datetime) -> str:
        """SCHEDULED, ACTIVE or EXPIRED; one that was switched off has expired."""
        if self.ends_at and self.ends_at <= now:
            return "EXPIRED"
        return "ACTIVE" if self.starts_at <= now else "SCHEDULED"


def contains(items: Items, product: Product | None, collections: frozenset[int]) -> bool:
    """Whether a product that stands in these collections is meant; nobody means a gift card."""
    if product is None or product.gift_card:
        return False
    return items.everything or product.id in items.products or bool(items.collections & collections)
