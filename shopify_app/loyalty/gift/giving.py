"""Giving the next customers their share of a gift, and taking back what nobody has spent: in one transaction."""

from collections.abc import Mapping, Sequence

from shopify_app.clock import Instant
from shopify_app.db.base import Session, ShopId
from shopify_app.loyalty.gift.model import OpeningGift, prefix_of
from shopify_app.loyalty.gift.queries import add_to_gift
from shopify_app.loyalty.to_many.giving import Handout, hand_out, take_back_lots
from shopify_app.loyalty.to_many.queries import Lot


def give(
    session: Session, shop: ShopId, key: bytes, gift: OpeningGift, shares: Mapping[int, int], now: Instant
) -> None:
    """Whoever has got theirs before gets nothing more."""
    handout = Handout(prefix_of(gift.gift_id), gift.given_at or now, gift.actor, gift.rule)
    given = hand_out(session, shop, key, handout, shares, now)
    add_to_gift(session, shop, gift.gift_id, people=len(given), points=sum(given.values()))


def take_back(session: Session, shop: ShopId, key: bytes, gift_id: str, lots: Sequence[Lot], now: Instant) -> None:
    """What is left of these lots goes; what was spent of them, or ended, stays as it was."""
    gone = take_back_lots(session, shop, key, lots, now)
    add_to_gift(session, shop, gift_id, taken_back=gone)
