"""The kinds of effects outside, built once with what they need."""

from collections.abc import Mapping

from shopify_app.admin_api.client import AdminApi
from shopify_app.db.base import Database
from shopify_app.jobs.start_bulk import START_BULK, start_bulk
from shopify_app.loyalty.outward.kinds import points_kinds
from shopify_app.loyalty.rewards.kinds import reward_kinds
from shopify_app.segments.outward.kinds import segment_kinds
from shopify_app.tasks.intents.kind import Kind


def build_intents(database: Database, admin: AdminApi) -> Mapping[str, Kind]:
    """Every kind of intent, by its name."""
    return {
        START_BULK: start_bulk(database, admin),
        **segment_kinds(database, admin),
        **reward_kinds(database, admin),
        **points_kinds(database, admin),
    }
