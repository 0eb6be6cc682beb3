"""What the admin side needs from the composition root, and where a request finds it."""

from dataclasses import dataclass

from flask import current_app

from shopify_app.admin_api.client import AdminApi
from shopify_app.clock import Clock
from shopify_app.config import Config
from shopify_app.db.base import Database
from shopify_app.shops.install import Installs
from shopify_app.shops.keys import ShopKeys
from shopify_app.shops.token_exchange import TokenEndpoint

NAME = "wafa.embedded"


@dataclass(frozen=True, slots=True)
class Parts:
    """The services behind every page in the admin."""

    config: Config
    database: Database
    clock: Clock
    installs: Installs
    endpoint: TokenEndpoint
    admin: AdminApi
    keys: ShopKeys


def parts() -> Parts:
    """The services of the app that answers the current request."""
    found: Parts = current_app.extensions[NAME]
    return found
