"""Storing the report of a month that is over."""

from shopify_app.clock import Clock, Instant
from shopify_app.db.base import Database, Session, ShopId
from shopify_app.jobs.drain_turn import DrainTurns
from shopify_app.retention.past.queries import store_report
from shopify_app.retention.past.report import due, made
from shopify_app.shops.queries import get_shop, touch


def store_month(database: Database, turns: DrainTurns, clock: Clock, shop: ShopId, owner: str) -> bool:
    """Store the last month's report, once; False where there is none to store, or no turn to be had: another night.

    Nothing becomes known meanwhile: it would be in the figures or not, and nobody could tell.
    """
    with database.reading() as session:
        if due(session, get_shop(session, shop), clock()) is None:
            return False
    with turns.hold(shop, owner) as ours:
        if not ours:
            return False
        with database.reading() as session:
            report = made(session, shop, clock())

        def work(session: Session, _now: Instant) -> None:
            if report is not None and store_report(session, report):
                touch(session, shop)

        turns.write(shop, owner, work)
    return report is not None
