"""Whose rows have changed since something was kept, found once for all that was kept at that moment."""

from shopify_app.clock import Instant
from shopify_app.db.base import Session, ShopId
from shopify_app.errors import Malformed
from shopify_app.retention.past.queries import Epoch, as_it_was, position
from shopify_app.retention.past.sums import Replaced
from shopify_app.shops.queries import get_shop

AHEAD = 1000
"""Orders that may have changed since: beyond, adding up anew is no dearer."""
STALE = 25
"""Buyers who may have changed before what was brought up to date is kept again."""


class Since:
    """One shop as one session sees it."""

    def __init__(self, session: Session, shop: ShopId) -> None:
        self._session, self._shop = session, shop
        self._found: dict[Instant, Replaced | None] = {}
        self.position = position(session, shop)
        """The last of what is known now; None where nothing is."""

    def changed(self, known_at: Instant) -> Replaced | None:
        """Whose rows have changed since that was all that was known; None where those are too many."""
        if known_at not in self._found:
            self._found[known_at] = _NOBODY if known_at == self.position else self._changed(known_at)
        return self._found[known_at]

    def _changed(self, known_at: Instant) -> Replaced | None:
        row = get_shop(self._session, self._shop)
        try:
            return as_it_was(self._session, self._shop, known_at, Epoch(row.currency, row.timezone), AHEAD)
        except Malformed:
            return None


_NOBODY = Replaced(frozenset(), {}, {})
