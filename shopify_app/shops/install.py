"""Installing: a shop seen for the first time, or again, gets its row, key, tokens and first tasks."""

from collections.abc import Callable
from uuid import uuid4

from shopify_app.clock import SKEW, Clock, Instant
from shopify_app.db.base import Database, Session, ShopId
from shopify_app.db.lease import REFRESH, LeaseLost, fence, held
from shopify_app.errors import NotFound
from shopify_app.shops.keys import ShopKeys
from shopify_app.shops.model import INSTALLED
from shopify_app.shops.queries import find_shop, first_sight, lock_shop, read_pair, set_scopes
from shopify_app.shops.token_exchange import Granted, TokenEndpoint, TokensUnavailable
from shopify_app.shops.tokens import PATIENCE, PAUSE, Tokens
from shopify_app.tasks.queries import request

ACTOR = "system:install"
FIRST_TASKS = ("count_customers", "import_orders")
"""What a new shop needs: a first figure within seconds, then its history."""


def installed(session: Session, keys: ShopKeys, tokens: Tokens, shop: ShopId, granted: Granted, now: Instant) -> None:
    """Mark the shop as installed from now on, keep its tokens and ask for its first tasks.

    A shop that lost its tokens comes by here too: Shopify may have sent nothing for a while, so it is
    treated as installed anew, and an uninstall from before must not end it.
    """
    row = lock_shop(session, shop)
    row.state = INSTALLED
    row.installed_at = now
    row.uninstalled_at = None
    row.read_since = None
    session.flush()
    keys.create(session, shop)
    tokens.store(session, shop, granted, now)
    set_scopes(session, shop, granted.scope, Instant(now - SKEW), now)
    for kind in FIRST_TASKS:
        request(session, shop, kind, {}, ACTOR, now)


class Installs:
    """Both roads to an installed shop: an ID token, or the code of the authorization-code grant."""

    def __init__(
        self,
        database: Database,
        keys: ShopKeys,
        tokens: Tokens,
        endpoint: TokenEndpoint,
        sleep: Callable[[float], None],
    ) -> None:
        self._database = database
        self._keys = keys
        self._tokens = tokens
        self._endpoint = endpoint
        self._sleep = sleep

    def by_id_token(self, domain: str, id_token: str, clock: Clock) -> ShopId:
        """The shop, with tokens that are still alive; exchanges the ID token when it has none.

        `domain` comes from the verified token. Raises GrantStale, GrantRefused or TokensUnavailable.
        """
        known = self.usable(domain, clock())
        if known is not None:
            return known
        return self._install(domain, clock, lambda: self._endpoint.exchange(domain, id_token), again=False)

    def by_code(self, domain: str, redeem: Callable[[], Granted], clock: Clock) -> ShopId:
        """Install with the pair that `redeem` fetches, in place of any other."""
        return self._install(domain, clock, redeem, again=True)

    def usable(self, domain: str, now: Instant) -> ShopId | None:
        """The shop when it is installed and its tokens can still be refreshed."""
        with self._database.reading() as session:
            row = find_shop(session, domain)
            if row is None or row.state != INSTALLED:
                return None
            pair = read_pair(session, ShopId(row.id))
            return ShopId(row.id) if pair is not None and now < pair.refresh_expires_at else None

    def _install(self, domain: str, clock: Clock, grant: Callable[[], Granted], *, again: bool) -> ShopId:
        # A new pair kills the one before it: only one worker may ask, and the last asked is the one kept.
        owner = uuid4().hex
        for _ in range(PATIENCE):
            # Read anew each time: the lease of a dead worker runs out while we wait.
            now = clock()
            shop = self._seen(domain, now)
            with held(self._database, shop, REFRESH, owner, now) as ours:
                if not again and self.usable(domain, now) is not None:
                    return shop
                if ours and self._keep(shop, grant(), owner, now, clock):
                    return shop
            # Who was overtaken asks no more unless the other gets nothing: its pair is the one that lives.
            again = again and not ours
            self._sleep(PAUSE)
        raise TokensUnavailable("another worker has been installing for too long")

    def _seen(self, domain: str, now: Instant) -> ShopId:
        """Its number; read anew each time, too: while we waited the shop that was may have been redacted."""
        with self._database.transaction() as session:
            return ShopId(first_sight(session, domain, now).id)

    def _keep(self, shop: ShopId, granted: Granted, owner: str, asked: Instant, clock: Clock) -> bool:
        """Install as of when we asked; False, and nothing is kept, when another took the lease before the answer."""
        try:
            with self._database.transaction() as session:
                # Before the lease, as whoever redacts it does: each would wait for the other.
                lock_shop(session, shop)
                fence(session, shop, REFRESH, owner, clock())
                installed(session, self._keys, self._tokens, shop, granted, asked)
        except (LeaseLost, NotFound):
            return False
        return True
