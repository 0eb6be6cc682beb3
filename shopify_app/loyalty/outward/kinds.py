"""Writing many customers' points as one bulk operation: how it is started, and how it is found again."""

from collections.abc import Mapping
from datetime import timedelta

from shopify_app.admin_api import bulk
from shopify_app.admin_api.client import AdminApi
from shopify_app.clock import Instant
from shopify_app.db.base import Database
from shopify_app.loyalty.outward.queries import being_written
from shopify_app.loyalty.outward.shopify import lines
from shopify_app.shops.token_exchange import TokensUnavailable
from shopify_app.tasks.intents.kind import Found, IntentView, Kind, NotThere, NotYet, Seen

WRITE_POINTS_IN_BULK = "write_points_in_bulk"
"""Its key is the batch, and it names nobody."""

_MUTATION = "set_metafields"
_BUSY_WAIT = 5.0
_SKEW = timedelta(minutes=10)
"""How far Shopify's clock may be behind ours."""


def points_kinds(database: Database, admin: AdminApi) -> Mapping[str, Kind]:
    """The kinds of intent that showing points needs."""

    def send(intent: IntentView) -> dict[str, str]:
        with database.reading() as session:
            customers = being_written(session, intent.shop, int(intent.key))
        if not customers:
            return {"id": ""}
        try:
            return {"id": bulk.start_mutation(admin, intent.shop, _MUTATION, lines(customers), intent.key).id}
        except bulk.Busy as error:
            raise NotYet(_BUSY_WAIT, "LIMIT_REACHED") from error
        except TokensUnavailable as error:
            # Without a token nothing has left.
            raise NotYet(_BUSY_WAIT) from error

    def look(intent: IntentView) -> Seen:
        since = Instant(intent.created_at - _SKEW)
        found = bulk.find(admin, intent.shop, _MUTATION, intent.key, since)
        return Found({"id": found.id}) if found else NotThere()

    return {WRITE_POINTS_IN_BULK: Kind(send, look)}
