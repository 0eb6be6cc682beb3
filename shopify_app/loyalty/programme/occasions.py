"""What a programme gives for what no order is: for becoming a customer, agreeing to messages, and days. Pure."""

from msgspec import Struct

JOINED, AGREED, BIRTHDAY, ANNIVERSARY = "joined", "agreed", "birthday", "anniversary"
SORTS = (JOINED, AGREED, BIRTHDAY, ANNIVERSARY)
_WAYS = 2
"""E-mails and text messages."""


class Occasions(Struct, frozen=True):
    """Points for each of them, 0 for none."""

    joined: int = 0
    """Shopify has got to know somebody: with an order, or without."""
    agreed: int = 0
    """Somebody agreed to e-mails for the first time; and as much for text messages."""
    birthday: int = 0
    """Once in each year of the calendar ..."""
    hijri: bool = False
    """... which is the Hijri one, or else the Gregorian."""
    anniversary: int = 0
    """Each year after somebody's first order."""
    most_a_month: int | None = None
    """One customer gets at most so many of these points in a month of the shop's calendar; None for no limit."""

    def __bool__(self) -> bool:
        """Whether anything is given at all."""
        return any(self.points(sort) for sort in SORTS)

    def points(self, sort: str) -> int:
        """What an occasion of this sort gives."""
        return {
            JOINED: self.joined,
            AGREED: self.agreed,
            BIRTHDAY: self.birthday,
            ANNIVERSARY: self.anniversary,
        }[sort]

    @property
    def without_buying(self) -> int:
        """What somebody can have without any order and without waiting for a day."""
        return self.joined + _WAYS * self.agreed

    @property
    def has_days(self) -> bool:
        """Whether anything is given because a day has come."""
        return bool(self.birthday or self.anniversary)
