"""Reading what the page tells of timing: from what is kept today, or from every order for an earlier day."""

from shopify_app.db.base import Session, ShopId
from shopify_app.retention.history.queries import Asked, Tallies, added_up
from shopify_app.retention.history.sums import Sums
from shopify_app.retention.measure import resolved
from shopify_app.retention.past.looking import Looked
from shopify_app.retention.queries import first_day
from shopify_app.retention.seasons import Span
from shopify_app.retention.timing.changes import Part
from shopify_app.retention.timing.comparing import Against
from shopify_app.retention.timing.page import TALLIES, Circumstances, Found, find
from shopify_app.retention.timing.sums import BY_DAY
from shopify_app.retention.window import Unit, Window


def read_timing(
    session: Session, shop: ShopId, looked: Looked, tallies: Tallies, against: Against | None
) -> Found | None:
    """Everything about timing in the circumstances that were asked for; None where nothing is booked."""
    asked = looked.asked
    first = first_day(session, shop, asked.basis, asked.as_of, looked.replaced)
    if first is None:
        return None
    window = resolved(session, shop, asked.window, asked.basis, looked.replaced)
    about = Circumstances(window, against, asked.as_of, first, looked.currency, lambda span: _returning(looked, span))
    return find(_sums(session, shop, looked, tallies), about)


def needed(looked: Looked) -> list[Asked]:
    """What has to be summed up; whoever needs other sums, too, asks for all at once."""
    asked = looked.asked
    # The others are about purchase days, whatever a purchase is.
    return [(tally, asked.basis, asked.unit if tally is BY_DAY else Unit.ORDER) for tally in TALLIES]


def _sums(session: Session, shop: ShopId, looked: Looked, tallies: Tallies) -> list[Sums]:
    if looked.replaced is None and not looked.asked.looks_back:
        return tallies.several(needed(looked))
    return added_up(session, shop, needed(looked), looked.asked.as_of, looked.replaced)


def _returning(looked: Looked, span: Span) -> Part:
    """As on Numbers."""
    window = Window("compared", span.start, span.end)
    totals = looked.summing(window, looked.asked.basis, looked.asked.unit)
    return Part(totals.returning_customers, totals.customers)
