"""Each shop's access token: sealed, refreshed in time by one worker, gone when Shopify ends it."""

import logging
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

from shopify_app.admin_api.errors import AccessRevoked
from shopify_app.clock import Clock, Instant
from shopify_app.db.base import Database, Session, ShopId
from shopify_app.db.lease import REFRESH, SECONDS, LeaseLost, fence, held
from shopify_app.shops.keys import ShopKeys
from shopify_app.shops.model import INSTALLED
from shopify_app.shops.queries import SealedPair, drop_pair, get_shop, read_pair, replace_pair, write_pair
from shopify_app.shops.token_exchange import Granted, GrantEnded, TokenEndpoint, TokensUnavailable

MARGIN = timedelta(minutes=5)
"""A token with less life than this is refreshed before it is used."""

PAUSE = 0.1
PATIENCE = int((SECONDS + 5) / PAUSE)
"""How many pauses to wait for another worker: long enough to see the lease of a dead one run out."""

_SPARE = timedelta(seconds=30)

_log = logging.getLogger(__name__)


class NeedsReauth(AccessRevoked):
    """The shop has no token that works; the next time a merchant opens the app it gets one."""


class Tokens:
    """Keeps every shop's pair; `access_token` and `replace` speak to the network, outside transactions."""

    def __init__(
        self, database: Database, keys: ShopKeys, endpoint: TokenEndpoint, sleep: Callable[[float], None]
    ) -> None:
        self._database = database
        self._keys = keys
        self._endpoint = endpoint
        self._sleep = sleep

    def domain(self, shop: ShopId) -> str:
        """The shop's permanent name; NotFound when it was redacted."""
        with self._database.reading() as session:
            return get_shop(session, shop).domain

    def access_token(self, shop: ShopId, clock: Clock) -> str:
        """A token good for some minutes; NeedsReauth, or TokensUnavailable when Shopify cannot be reached."""
        pair, now = self._stored(shop), clock()
        if now < pair.expires_at - MARGIN:
            return self._opened(shop, pair)
        # The old token works until its own end, even after a refresh: no need to wait for anybody.
        still_good = now < pair.expires_at - _SPARE
        try:
            return self._refreshed(shop, pair, clock, tries=1 if still_good else PATIENCE)
        except TokensUnavailable:
            if still_good:
                return self._opened(shop, pair)
            raise

    def replace(self, shop: ShopId, refused: str, clock: Clock) -> str:
        """Another token than the one that Shopify refused, by a refresh unless somebody did that already."""
        pair = self._stored(shop)
        stored = self._opened(shop, pair)
        return stored if stored != refused else self._refreshed(shop, pair, clock, PATIENCE)

    def store(self, session: Session, shop: ShopId, granted: Granted, now: Instant) -> None:
        """Seal and keep a pair in the caller's transaction, in place of any other."""
        write_pair(session, shop, self._sealed(session, shop, granted, now))

    def forget(self, session: Session, shop: ShopId) -> None:
        """Drop the shop's pair in the caller's transaction."""
        drop_pair(session, shop)

    def _stored(self, shop: ShopId) -> SealedPair:
        with self._database.reading() as session:
            if get_shop(session, shop).state != INSTALLED:
                raise NeedsReauth
            pair = read_pair(session, shop)
        if pair is None:
            raise NeedsReauth
        return pair

    def _opened(self, shop: ShopId, pair: SealedPair) -> str:
        with self._database.reading() as session:
            return self._keys.open(session, shop, pair.access, "access token").decode()

    def _refreshed(self, shop: ShopId, old: SealedPair, clock: Clock, tries: int) -> str:
        """Refresh `old` under the shop's lease, or take what another worker made of it."""
        owner = uuid4().hex
        for _ in range(tries):
            # Read anew each time: the lease of a dead worker runs out while we wait.
            with held(self._database, shop, REFRESH, owner, clock()) as ours:
                pair = self._stored(shop)
                if pair.refresh != old.refresh:
                    return self._opened(shop, pair)
                if ours and (token := self._next(shop, old, clock, owner)):
                    return token
            self._sleep(PAUSE)
        raise TokensUnavailable("another worker has been refreshing for too long")

    def _next(self, shop: ShopId, old: SealedPair, clock: Clock, owner: str) -> str | None:
        """The token that follows from `old`; None when the answer came after another worker took the lease.

        That worker asked later: its pair is the one that Shopify keeps, and ours must not stand in its place.
        """
        asked = clock()
        granted = self._granted(shop, old, asked)
        try:
            with self._database.transaction() as session:
                fence(session, shop, REFRESH, owner, clock())
                if granted is None:
                    drop_pair(session, shop, old)
                else:
                    kept = replace_pair(session, shop, old, self._sealed(session, shop, granted, asked))
        except LeaseLost:
            return None
        if granted is None:
            _log.warning("refresh token ended shop=%s", shop)
            raise NeedsReauth
        # Not kept: the shop was uninstalled or installed anew meanwhile, and what is stored now counts.
        return granted.access if kept else self._opened(shop, self._stored(shop))

    def _granted(self, shop: ShopId, old: SealedPair, now: Instant) -> Granted | None:
        """What Shopify gives for a refresh token; None when it has ended for good."""
        if now >= old.refresh_expires_at:
            return None
        with self._database.reading() as session:
            secret = self._keys.open(session, shop, old.refresh, "refresh token").decode()
        try:
            return self._endpoint.refresh(self.domain(shop), secret)
        except GrantEnded:
            return None

    def _sealed(self, session: Session, shop: ShopId, granted: Granted, now: Instant) -> SealedPair:
        return SealedPair(
            self._keys.seal(session, shop, granted.access.encode(), "access token"),
            self._keys.seal(session, shop, granted.refresh.encode(), "refresh token"),
            Instant(now + timedelta(seconds=granted.expires_in)),
            Instant(now + timedelta(seconds=granted.refresh_expires_in)),
        )
