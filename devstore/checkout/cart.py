"""What somebody wants to buy, and who they say they are."""

from typing import NamedTuple

from devstore.contacts import names_of
from devstore.discounts.records import Items, contains
from devstore.records import Customer, Product


class Goods(NamedTuple):
    """So many pieces of a product, and the collections that it stands in, by number."""

    product: Product
    quantity: int
    collections: frozenset[int] = frozenset()

    @property
    def total(self) -> int:
        """Price times quantity, in minor units."""
        return self.product.price * self.quantity

    def meant(self, items: Items) -> bool:
        """Whether a discount means these goods."""
        return contains(items, self.product, self.collections)


class Buyer(NamedTuple):
    """Who stands at the checkout: a customer who is signed in, or what a guest has typed."""

    customer: Customer | None = None
    """Whom the shop knows by number, e-mail address or phone."""
    signed_in: bool = False
    email: str = ""
    phone: str = ""

    @property
    def names(self) -> frozenset[str]:
        """The addresses and phones that they go by; none before they have said who they are."""
        typed = names_of(self.email, self.phone)
        return frozenset([*typed, *(names_of(self.customer.email, self.customer.phone) if self.customer else ())])


class Cart(NamedTuple):
    """What is to be bought, the codes that were typed, and where it goes: two letters, None where nobody has said."""

    goods: tuple[Goods, ...]
    codes: tuple[str, ...] = ()
    country: str | None = None
    with_credit: bool = False
    """Whether store credit is to pay as far as it goes."""

    @property
    def shipped(self) -> bool:
        """Whether anything in it is sent."""
        return any(not one.product.gift_card for one in self.goods)
