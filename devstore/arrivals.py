"""What an order came by: the cart and the checkout it grew out of, and what its customer was asked there."""

from typing import NamedTuple


class Arrival(NamedTuple):
    """The tokens that tie an order to its checkout; ``landing_site`` is the path and query they came in by."""

    cart_token: str
    checkout_token: str
    accepts_marketing: bool = False
    landing_site: str | None = None
