"""How long what is kept for people's sake is kept, and letting go of it in time."""

from datetime import timedelta

from shopify_app.clock import Instant
from shopify_app.customers.access.queries import drop_entries, shops_with_old_entries
from shopify_app.db.base import Database
from shopify_app.exports.queries import drop_exports, shops_with_old_exports
from shopify_app.loyalty.brought.queries import let_go_of_old, shops_with_old_lines
from shopify_app.privacy.requests.queries import drop_old_answers, shops_with_old_answers

ANSWER_KEPT = timedelta(days=60)
"""An answer that nobody deletes: twice as long as the merchant may take to hand it over."""
LOG_KEPT = timedelta(days=365)
EXPORT_KEPT = timedelta(days=7)
"""Everything of a shop in one file: long enough to fetch it, and made anew at any time."""


BROUGHT_KEPT = timedelta(days=7)
"""Lines of a file of balances that were not given: long enough to look for them again."""


def let_go(database: Database, now: Instant) -> None:
    """Delete answers, exports and rows of the access log whose time is over, in every shop that has any."""
    answers, log, exports = Instant(now - ANSWER_KEPT), Instant(now - LOG_KEPT), Instant(now - EXPORT_KEPT)
    brought = Instant(now - BROUGHT_KEPT)
    with database.reading() as session:
        shops = {*shops_with_old_answers(session, answers), *shops_with_old_entries(session, log)}
        shops |= {*shops_with_old_exports(session, exports), *shops_with_old_lines(session, brought)}
    for shop in sorted(shops):
        with database.transaction() as session:
            drop_old_answers(session, shop, answers, now)
            drop_entries(session, shop, log)
            drop_exports(session, shop, exports)
            let_go_of_old(session, shop, brought, now)
