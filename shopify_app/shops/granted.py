"""What the merchant lets us see at this moment, by Shopify's own word."""

from shopify_app.admin_api.client import AdminApi, whole
from shopify_app.admin_api.pacing import Pace
from shopify_app.clock import SKEW, Clock, Instant
from shopify_app.db.base import Database, ShopId
from shopify_app.shops.queries import set_scopes


def granted_scopes(admin: AdminApi, shop: ShopId, pace: Pace = Pace.SYNC) -> list[str]:
    """The handles of the permissions, in order. Raises one of admin_api.errors."""
    installation = whole(admin.run(shop, "access_scopes", pace=pace))["currentAppInstallation"]
    return sorted(scope["handle"] for scope in installation["accessScopes"])


def learn_scopes(database: Database, admin: AdminApi, shop: ShopId, clock: Clock, pace: Pace = Pace.SYNC) -> list[str]:
    """The same, kept unless newer are known, as app/scopes_update would."""
    asked_at = clock()
    scopes = granted_scopes(admin, shop, pace)
    with database.transaction() as session:
        set_scopes(session, shop, ",".join(scopes), Instant(asked_at - SKEW), asked_at)
    return scopes
