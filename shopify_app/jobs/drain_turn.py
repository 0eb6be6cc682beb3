"""Having a shop's facts to oneself between two turns of the drain."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from shopify_app.clock import Clock, Instant
from shopify_app.db.base import Database, Session, ShopId
from shopify_app.db.lease import ASK, DRAIN, claim, fence, held, release, stop_asking

_TRIES = 10
_PAUSE = 0.2
_ASKING = 1.0
"""Seconds for which one who asks has the drain stand back, should he be gone."""

Work = Callable[[Session, Instant], None]


class DrainTurns:
    """Takes the shop's DRAIN lease, waiting a little where webhooks are being handled."""

    def __init__(self, database: Database, clock: Clock, sleep: Callable[[float], None]) -> None:
        self._database = database
        self._clock = clock
        self._sleep = sleep

    def take(self, shop: ShopId, owner: str, work: Work) -> bool:
        """Take the lease, do the work and give it back in one transaction; False when it was never free."""
        for _ in range(_TRIES):
            if self._try(shop, owner, work):
                return True
            self._ask(shop, owner)
        return False

    def _try(self, shop: ShopId, owner: str, work: Work) -> bool:
        with self._database.transaction() as session:
            now = self._clock()
            if not claim(session, shop, DRAIN, owner, now):
                return False
            work(session, now)
            release(session, shop, DRAIN, owner)
            stop_asking(session, shop)
        return True

    def _ask(self, shop: ShopId, owner: str) -> None:
        """Wait, and have the drain end its turn soon and begin no other meanwhile."""
        with self._database.transaction() as session:
            claim(session, shop, ASK, owner, self._clock(), _ASKING)
        self._sleep(_PAUSE)

    @contextmanager
    def hold(self, shop: ShopId, owner: str) -> Iterator[bool]:
        """Hold the lease for some reads and some calls of `write`; yields False when it was never free."""
        for _ in range(_TRIES):
            with held(self._database, shop, DRAIN, owner, self._clock()) as ours:
                if ours:
                    with self._database.transaction() as session:
                        stop_asking(session, shop)
                    yield True
                    return
            self._ask(shop, owner)
        yield False

    def write(self, shop: ShopId, owner: str, work: Work) -> None:
        """One transaction while the lease is held, proven and renewed first; LeaseLost when it is no longer ours."""
        with self._database.transaction() as session:
            now = self._clock()
            fence(session, shop, DRAIN, owner, now)
            work(session, now)
