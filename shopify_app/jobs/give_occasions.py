"""Giving what programmes give on birthdays and anniversaries: day by day, some customers at a time."""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from shopify_app.changes.histories.queries import is_read
from shopify_app.changes.occasions.queries import anniversaries_on
from shopify_app.clock import Instant, LocalDay, day_start, local_day
from shopify_app.customers.birthdays.calendar import GREGORIAN, HIJRI, kept_on
from shopify_app.customers.birthdays.queries import birthday_hash, born_on
from shopify_app.db.base import Database, Session, ShopId
from shopify_app.loyalty.ledger.entry import ledger_key
from shopify_app.loyalty.occasions.bonus import Occasion
from shopify_app.loyalty.occasions.days import next_to_go_through, occasions_on
from shopify_app.loyalty.occasions.giving import give
from shopify_app.loyalty.occasions.queries import day_gone_through, note_gone_through
from shopify_app.loyalty.programme.occasions import ANNIVERSARY, BIRTHDAY, Occasions
from shopify_app.loyalty.programme.queries import versions_of
from shopify_app.loyalty.programme.rule import Version
from shopify_app.shops.queries import get_shop, lock_shop
from shopify_app.tasks.view import Outcome, Step, TaskView

GIVE_OCCASIONS = "give_occasions"
"""The kind of task."""
AT_ONCE = 200
"""Customers in one transaction."""
_Page = tuple[Mapping[int, Sequence[Occasion]], int | None]


def is_due(session: Session, shop: ShopId, now: Instant) -> bool:
    """Whether a day has begun of which nobody has gone through what it gives."""
    zone = ZoneInfo(get_shop(session, shop).timezone)
    return _next(session, shop, versions_of(session, shop), zone, now) is not None


def give_occasions(database: Database, lookup_key: bytes) -> Step:
    """The task: some customers a step, and with the last of a day that it is done with."""

    def step(task: TaskView, now: Instant) -> Outcome:
        with database.transaction() as session:
            zone, versions = ZoneInfo(lock_shop(session, task.shop).timezone), versions_of(session, task.shop)
            day = _next(session, task.shop, versions, zone, now)
            gives = None if day is None else occasions_on(day, versions, zone)
            if day is None or gives is None:
                return Outcome({}, task.done, task.done, finished=True)
            sort, after = _place(task, day)
            came, behind = _page(session, task.shop, lookup_key, gives, zone, (day, sort, after))
            give(session, task.shop, ledger_key(lookup_key, task.shop), versions, zone, came, now)
            if behind is None and sort == ANNIVERSARY:
                note_gone_through(session, task.shop, day)
        cursor = {"day": day.isoformat(), "phase": ANNIVERSARY if behind is None else sort, "after": behind or 0}
        return Outcome(cursor, task.done + len(came))

    return step


def _next(session: Session, shop: ShopId, versions: Sequence[Version], zone: ZoneInfo, now: Instant) -> LocalDay | None:
    if not any(version.rule.occasions.has_days for version in versions):
        return None
    if any(version.rule.occasions.anniversary for version in versions) and not is_read(session, shop):
        # Whose first order it was is not known yet: the days are gone through once it is.
        return None
    today, done = local_day(now, zone), day_gone_through(session, shop)
    # A clock that was ahead went through days that had not come: giving is done once, whoever does it again.
    return next_to_go_through(done if done is None or done <= today else None, today, versions, zone)


def _place(task: TaskView, day: LocalDay) -> tuple[str, int]:
    """Which sort, and behind which customer; from the beginning where the cursor is of another day."""
    if task.cursor.get("day") != day.isoformat():
        return BIRTHDAY, 0
    return task.phase, task.cursor["after"]


def _page(
    session: Session,
    shop: ShopId,
    lookup_key: bytes,
    gives: Occasions,
    zone: ZoneInfo,
    place: tuple[LocalDay, str, int],
) -> _Page:
    """The next customers whose day it is, and behind whom to go on; None behind the last."""
    day, sort, after = place
    at = day_start(day, zone)
    if not gives.points(sort):
        return {}, None
    if sort == ANNIVERSARY:
        years, behind = anniversaries_on(session, shop, day, after, AT_ONCE)
        return {one: [Occasion(at, sort, str(number))] for one, number in years.items()}, behind
    calendar = HIJRI if gives.hijri else GREGORIAN
    kept = kept_on(day, calendar)
    hashes = [birthday_hash(lookup_key, shop, calendar, each) for each in kept.days]
    found = born_on(session, shop, hashes, after, AT_ONCE)
    came = {one: [Occasion(at, sort, str(kept.year))] for one in found}
    return came, found[-1] if len(found) == AT_ONCE else None
