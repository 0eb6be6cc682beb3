"""How long what is kept for people's sake is kept, and letting go of it in time."""

from datetime import timedelta

from shopify_app.checkouts.queries import drop_old_checkouts, shops_with_old_checkouts
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


CHECKOUT_KEPT = timedelta(days=90)
"""A checkout since it was last touched: three of the months of which pages tell."""


def let_go(database: Database, now: Instant) -> None:
    """Delete answers, exports and rows of the access log whose time is over, in every shop that has any."""
    answers, log, exports = Instant(now - ANSWER_KEPT), Instant(now - LOG_KEPT), Instant(now - EXPORT_KEPT)
    brought, checkouts = Instant(now - BROUGHT_KEPT), Instant(now - CHECKOUT_KEPT)
    with database.reading() as session:
        shops = {*shops_with_old_answers(session, answers), *shops_with_old_entries(session, log)}
        shops |= {*shops_with_old_exports(session, exports), *shops_with_old_lines(session, brought)}
        shops |= {*shops_with_old_checkouts(session, checkouts)}
    for shop in sorted(shops):
        with database.transaction() as session:
            drop_old_answers(session, shop, answers, now)
            drop_entries(session, shop, log)
            drop_exports(session, shop, exports)
            let_go_of_old(session, shop, brought, now)
            drop_old_checkouts(session, shop, checkouts)
