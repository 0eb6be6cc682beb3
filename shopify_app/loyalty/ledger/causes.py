"""What moves points: grants, uses and ends, each by a key that names it once in a shop. Points are whole."""

from datetime import timedelta

from msgspec import Struct

from shopify_app.clock import Instant

GRACE = timedelta(days=30)
"""For how long at least points that came back can be used, wherever they would have ended earlier."""


class Grant(Struct, frozen=True, gc=False):
    """Points that a customer was given for one cause: they make one lot."""

    key: str
    points: int
    """What the cause gives as it is now: of an order that was partly refunded, what is left. At least 0."""
    earned_at: Instant
    available_at: Instant | None
    """From when they can be spent, and their time counts; None while nobody can say: an order that is not paid."""


class Restored(Struct, frozen=True, gc=False):
    """Points of a use that came back."""

    points: int
    at: Instant


class Use(Struct, frozen=True, gc=False):
    """Points that were spent on a reward, or taken away by hand."""

    key: str
    points: int
    at: Instant
    restored: tuple[Restored, ...] = ()

    @property
    def net(self) -> int:
        """What is still used of them."""
        return self.points - min(self.points, sum(each.points for each in self.restored))


class End(Struct, frozen=True, gc=False):
    """That somebody looked at a lot at a moment, and that whatever of it had come to its end is gone.

    What that was follows from all that happened before (endings.py): an order that we hear of later can bring it back.
    """

    key: str
    lot: str
    at: Instant

    @property
    def points(self) -> int:
        """It takes what there is."""
        return 0


class Causes(Struct, frozen=True):
    """All that ever moved points of one account, in no order."""

    grants: tuple[Grant, ...] = ()
    uses: tuple[Use, ...] = ()
    ends: tuple[End, ...] = ()
