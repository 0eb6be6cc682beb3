"""What taking back would take now of what many were given."""

from collections.abc import Sequence
from dataclasses import dataclass

from shopify_app.clock import Instant
from shopify_app.db.base import Session, ShopId
from shopify_app.loyalty.ledger.booking import causes_of
from shopify_app.loyalty.ledger.queries import causes_in
from shopify_app.loyalty.ledger.standing import standing
from shopify_app.loyalty.programme.queries import endings_of
from shopify_app.loyalty.to_many.queries import Lot, at_most_left, touched_under, untouched_under

LOOKED = 5000
"""Accounts that are gone through one by one."""


@dataclass(frozen=True, slots=True)
class Left:
    """What nobody has spent of what many were given."""

    people: int
    points: int
    exact: bool
    """False where more people have spent something than are gone through: then it is this at most."""


def left_of(session: Session, shop: ShopId, prefix: str, now: Instant) -> Left:
    """Of the lots whose causes begin so: of most a sum says it, of whoever has spent something their account."""
    people, points = untouched_under(session, shop, prefix)
    others = touched_under(session, shop, prefix, LOOKED + 1)
    if len(others) > LOOKED:
        more_people, more = at_most_left(session, shop, prefix)
        return Left(people + more_people, points + more, exact=False)
    left = [some for some in _left(session, shop, others, now) if some]
    return Left(people + len(left), points + sum(left), exact=True)


def _left(session: Session, shop: ShopId, lots: Sequence[Lot], now: Instant) -> list[int]:
    endings = endings_of(session, shop)
    causes = causes_in(session, shop, {account for _, account in lots})
    stand = {account: standing(causes_of(mine.values()), now, endings) for account, mine in causes.items()}
    return [sum(piece.points for piece in stand[account].available if piece.lot == cause) for cause, account in lots]
