"""One transaction with the shop's facts to itself, between two batches of webhooks."""

from collections.abc import Callable

from shopify_app.clock import Clock, Instant
from shopify_app.db.base import Database, Session, ShopId
from shopify_app.db.lease import DRAIN, claim, release

_TRIES = 10
_PAUSE = 0.2
_BREATH = 0.002

Work = Callable[[Session, Instant], None]


class DrainTurns:
    """Takes and gives back the DRAIN lease inside the very transaction that does the work."""

    def __init__(self, database: Database, clock: Clock, sleep: Callable[[float], None]) -> None:
        self._database = database
        self._clock = clock
        self._sleep = sleep

    def take(self, shop: ShopId, owner: str, work: Work) -> bool:
        """Do the work when no webhook batch runs; False when one ran all the time that we waited."""
        for _ in range(_TRIES):
            if self._try(shop, owner, work):
                # Lets the webhook door have the writer before the next turn.
                self._sleep(_BREATH)
                return True
            self._sleep(_PAUSE)
        return False

    def _try(self, shop: ShopId, owner: str, work: Work) -> bool:
        with self._database.transaction() as session:
            now = self._clock()
            if not claim(session, shop, DRAIN, owner, now):
                return False
            work(session, now)
            release(session, shop, DRAIN, owner)
        return True
