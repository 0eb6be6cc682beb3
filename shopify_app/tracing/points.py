"""What an order did to points: as entries say it, with what it was paid with."""

from shopify_app.changes.points import settle_points
from shopify_app.db.base import Session, ShopId
from shopify_app.loyalty.earning.order import earned, order_key
from shopify_app.loyalty.ledger.accounts import OpenAccounts
from shopify_app.loyalty.ledger.booking import book
from shopify_app.loyalty.ledger.model import PointsEntry
from shopify_app.loyalty.ledger.queries import causes_named
from shopify_app.loyalty.programme.queries import versions_of
from shopify_app.loyalty.programme.rule import in_force
from shopify_app.loyalty.rewards.queries import with_orders
from shopify_app.loyalty.settling import settle_orders
from shopify_app.orders.queries import OrderRecord
from shopify_app.tracing.deliveries import moment
from shopify_app.tracing.places import Station, places
from shopify_app.tracing.queries import entries_about


def gave_points(session: Session, shop: ShopId, record: OrderRecord) -> list[Station]:
    """The station at which the order's points are settled; none in a shop that never had a programme."""
    versions, order = versions_of(session, shop), record.order
    if not versions:
        return []
    rewards = with_orders(session, shop, [order.order_id])
    entries = entries_about(session, shop, order.order_id, [one.reward_id for one in rewards])
    version = in_force(versions, order.placed_at)
    if version is None:
        lines = ["It was placed before the programme was switched on."]
    elif not version.rule.earning:
        lines = [f"It was placed under version {version.number} of the programme, which was paused."]
    else:
        lines = [f"It was placed under version {version.number} of the programme, of {moment(version.since)}."]
    lines += [f"It was paid with reward {one.reward_id}, which is {one.state}." for one in rewards]
    found = causes_named(session, shop, [order_key(order.order_id)]).values()
    lines += [f"It gives {cause.points} points in account {account}." for account, cause in found]
    lines += [_entry_text(entry) for entry in entries] or ["No entry of the ledger is about it."]
    return [Station("It gave points", places(settle_points, settle_orders, earned, book, OpenAccounts.store), lines)]


def _entry_text(entry: PointsEntry) -> str:
    what = f"{entry.moved} can be spent" if entry.moved else f"{entry.points:+}"
    where = f"account {entry.account_id}, entry {entry.seq}"
    return f"{where}, known {moment(entry.known_at)}: {entry.kind} {what} for {entry.cause}, balance {entry.balance}"
