"""What an order is told apart by, besides who bought and what."""

from typing import NamedTuple


class Labels(NamedTuple):
    """What an order came by and where it went: two letters of countries, None where it has no such address."""

    country: str | None = None
    """That it is shipped to."""
    billed_to: str | None = None
    codes: tuple[str, ...] = ()
    """Discount codes as they were typed at checkout."""
    offer: str = ""
    """The title of an automatic discount."""

    @property
    def discounts(self) -> list[tuple[str, str]]:
        """Shopify's word for the kind of each discount and its code or title, codes first."""
        codes = [("discount_code", code) for code in self.codes]
        return [*codes, *([("automatic", self.offer)] if self.offer else [])]
