"""Work that nobody asks for: each shop's night, and orders that still wait to be asked for again."""

from zoneinfo import ZoneInfo

from shopify_app.changes.unpaid.patience import UNPAID
from shopify_app.clock import Instant, LocalDay, local_day, not_ahead
from shopify_app.db.base import Database, Session, ShopId
from shopify_app.jobs.give_occasions import GIVE_OCCASIONS
from shopify_app.jobs.give_occasions import is_due as has_days_due
from shopify_app.jobs.read_birthdays import READ_BIRTHDAYS
from shopify_app.jobs.read_birthdays import is_due as has_birthdays_due
from shopify_app.jobs.reconcile_shop import RECONCILE
from shopify_app.jobs.refetch_orders import REFETCH
from shopify_app.jobs.release_points import is_due
from shopify_app.jobs.return_codes import is_due as has_codes_due
from shopify_app.loyalty.brought.model import BRING
from shopify_app.loyalty.brought.queries import file_at_work
from shopify_app.loyalty.gift.model import GIFT
from shopify_app.loyalty.gift.queries import gift_at_work
from shopify_app.loyalty.outward.asking import keep_points_in_step, shops_to_show
from shopify_app.loyalty.programme.model import START
from shopify_app.loyalty.programme.queries import shops_with_dated_drafts, shops_with_programme, versions_of
from shopify_app.loyalty.rewards.queries import shops_with_open_rewards
from shopify_app.loyalty.rewards.redeeming import CODES
from shopify_app.loyalty.rewards.returning import RETURNS
from shopify_app.loyalty.settling import POINTS
from shopify_app.reconciliation.queries import is_compared, shops_with_refetches
from shopify_app.segments.outward.asking import keep_in_step
from shopify_app.shops.approval import NIGHT, look_again
from shopify_app.shops.model import INSTALLED, Shop
from shopify_app.shops.queries import get_shop, installed_shops
from shopify_app.tasks.model import FAILED
from shopify_app.tasks.queries import hasten, latest, request
from shopify_app.tasks.view import TaskView

ACTOR = "system:nightly"
UNINSTALLED = "Wafa was uninstalled from this shop before the work was done."
"""Why a task has failed that can go on once the app is back."""


def request_work(database: Database, now: Instant) -> None:
    """Request every shop's night once on each of its days: the task itself waits for its hour.

    May be called at any time and as often as one likes; no other clock or timetable is needed.
    """
    with database.reading() as session:
        shops = [shop for shop in installed_shops(session) if _is_ready(shop, now)]
        unapproved = [shop for shop in installed_shops(session) if not shop.approved]
        waiting = [one for one in shops_with_refetches(session) if _may_be_asked(get_shop(session, one))]
    for shop in unapproved:
        look_again(database, shop, ACTOR, NIGHT, now)
    for shop in shops:
        # First, and without waiting for its hour: in a month's report stands what this night gives up.
        _request_giving_up(database, shop, now)
        _request_night(database, shop, now)
    for shop_id in waiting:
        with database.transaction() as session:
            task = latest(session, shop_id, REFETCH)
            if task is None or not task.active:
                request(session, shop_id, REFETCH, None, ACTOR, now)
    _request_points(database, now)


def _request_points(database: Database, now: Instant) -> None:
    """Whatever loyalty programmes have to do by now."""
    with database.reading() as session:
        programmes = shops_with_programme(session)
        due = {
            START: [one for one in shops_with_dated_drafts(session) if not _is_at_it(session, one, START)],
            BRING: [one for one in programmes if file_at_work(session, one) and _was_cut_off(session, one, BRING)],
            GIFT: [one for one in programmes if gift_at_work(session, one) and _was_cut_off(session, one, GIFT)],
            CODES: shops_with_open_rewards(session),
            RETURNS: [one for one in programmes if has_codes_due(session, one, now)],
            POINTS: [one for one in programmes if is_due(session, one, now)],
            READ_BIRTHDAYS: [one for one in programmes if has_birthdays_due(session, one, now)],
            GIVE_OCCASIONS: [one for one in programmes if has_days_due(session, one, now)],
        }
        to_show = shops_to_show(session)
    for kind, shops in due.items():
        for shop_id in shops:
            with database.transaction() as session:
                request(session, shop_id, kind, None, ACTOR, now)
    for shop_id in to_show:
        with database.transaction() as session:
            keep_points_in_step(session, shop_id, ACTOR, now)


def _is_at_it(session: Session, shop: ShopId, kind: str) -> bool:
    task = latest(session, shop, kind)
    return task is not None and task.active


def _was_cut_off(session: Session, shop: ShopId, kind: str) -> bool:
    """Whether a task ended with work left because the app was taken out of the shop; of another failure it says why."""
    task = latest(session, shop, kind)
    return task is None or not (task.active or task.state == FAILED) or task.error == UNINSTALLED


def _may_be_asked(shop: Shop) -> bool:
    return shop.state == INSTALLED and shop.approved


def _is_ready(shop: Shop, now: Instant) -> bool:
    """From the day after the import on: what the import has just read need not be asked for again."""
    if shop.imported_at is None or not shop.approved:
        return False
    # By a clock that was ahead nobody knows when that was: a night too many does no harm.
    zone, imported = ZoneInfo(shop.timezone), not_ahead(shop.imported_at, now)
    return imported is None or local_day(imported, zone) < local_day(now, zone)


def _request_night(database: Database, shop: Shop, now: Instant) -> None:
    shop_id, night = ShopId(shop.id), local_day(now, ZoneInfo(shop.timezone))
    with database.transaction() as session:
        last = latest(session, shop_id, RECONCILE)
        if last is not None and last.active:
            if last.arguments.get("night", "") > night.isoformat():
                # Asked for while the clock was ahead, it would wait for that night.
                hasten(session, shop_id, RECONCILE, now)
        elif last is None or not _was_asked(session, last, night, now):
            request(session, shop_id, RECONCILE, {"night": night.isoformat()}, ACTOR, now)
            # Who is late, or has not bought for so long, changes with the day alone.
            keep_in_step(session, shop_id, ACTOR, now)
            if versions_of(session, shop_id):
                keep_points_in_step(session, shop_id, ACTOR, now)


def _request_giving_up(database: Database, shop: Shop, now: Instant) -> None:
    shop_id, night = ShopId(shop.id), local_day(now, ZoneInfo(shop.timezone)).isoformat()
    with database.transaction() as session:
        last = latest(session, shop_id, UNPAID)
        if last is None or last.arguments.get("night") != night:
            request(session, shop_id, UNPAID, {"night": night}, ACTOR, now)


def _was_asked(session: Session, last: TaskView, night: LocalDay, now: Instant) -> bool:
    """Whether this night was asked for; behind a task that a clock that was ahead dated, the report tells."""
    if not_ahead(last.created_at, now) is None and is_compared(session, last.shop, night):
        return True
    return bool(last.arguments.get("night") == night.isoformat())
