"""A shop slice on both databases with a token endpoint that answers as told."""

from dataclasses import dataclass, replace

import pytest

from shopify_app.admin_api.http import new_session
from shopify_app.clock import Instant
from shopify_app.config import Config
from shopify_app.db.base import Database, ShopId
from shopify_app.shops.install import Installs
from shopify_app.shops.keys import ShopKeys
from shopify_app.shops.model import AccessToken, Shop
from shopify_app.shops.queries import find_shop
from shopify_app.shops.token_exchange import TokenEndpoint
from shopify_app.shops.tokens import Tokens
from tests.conftest import MovedClock
from tests.shops.token_server import TokenServer

A = "alpha.myshopify.com"


@dataclass
class Slice:
    database: Database
    keys: ShopKeys
    endpoint: TokenEndpoint
    tokens: Tokens
    installs: Installs
    server: TokenServer
    clock: MovedClock
    pauses: list[float]

    @property
    def now(self) -> Instant:
        return self.clock.now

    def install(self, domain: str = A) -> ShopId:
        return self.installs.by_id_token(domain, "an id token", self.clock)

    def row(self, domain: str = A) -> Shop:
        with self.database.reading() as session:
            found = find_shop(session, domain)
        assert found is not None
        return found

    def pair(self, shop: ShopId) -> AccessToken | None:
        with self.database.reading() as session:
            return session.get(AccessToken, shop)


def build(database: Database, config: Config, clock: MovedClock) -> Slice:
    config = replace(config, admin_url=None)
    server, pauses = TokenServer(), []
    keys = ShopKeys(config.encryption_keys)
    endpoint = TokenEndpoint(config, new_session(server))
    tokens = Tokens(database, keys, endpoint, pauses.append)
    installs = Installs(database, keys, tokens, endpoint, pauses.append)
    return Slice(database, keys, endpoint, tokens, installs, server, clock, pauses)


@pytest.fixture
def shops(database: Database, config: Config, clock: MovedClock) -> Slice:
    return build(database, config, clock)
