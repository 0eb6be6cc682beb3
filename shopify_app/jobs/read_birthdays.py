"""Reading birth dates, where the programme gives anything on birthdays: keyed hashes of day and month are kept.

They stand in Shopify's own field of customers for it, the metafield facts.birth_date. First of all customers, in the
order of their last change, then each night of those who changed since; all of them again by another calendar.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from shopify_app.admin_api.client import AdminApi, Answer
from shopify_app.admin_api.errors import NotApproved, Throttled, Unavailable
from shopify_app.admin_api.pacing import Pace
from shopify_app.clock import Instant, local_day, not_ahead, parse_instant
from shopify_app.customers.birthdays.calendar import GREGORIAN, HIJRI, day_of
from shopify_app.customers.birthdays.queries import birthday_hash, birthdays_read, note_birthdays_read, store_birthdays
from shopify_app.db.base import Database, Session, ShopId
from shopify_app.jobs.changed_pages import changed_since, from_the_start, is_last, moment, next_page
from shopify_app.jobs.read_orders import number_of
from shopify_app.loyalty.programme.queries import versions_of
from shopify_app.shops.access import missing_scopes
from shopify_app.shops.queries import get_shop, lock_shop
from shopify_app.tasks.queries import latest
from shopify_app.tasks.view import Outcome, TaskView

READ_BIRTHDAYS = "read_birthdays"
"""The kind of task."""
READING = "reading"
AT_ONCE = 200
"""Customers in one call: they cost 402 points, less than half of the smallest bucket."""
OVERLAP = timedelta(hours=1)
"""How far each reading looks back beyond the one before: Shopify's search lags behind."""
_EVER = Instant(datetime(2000, 1, 1, tzinfo=UTC))
_TURN_WAIT = 1.0


def is_due(session: Session, shop: ShopId, now: Instant) -> bool:
    """Whether the programme needs birth dates of which some may be new: once on each of the shop's days."""
    at, calendar = get_shop(session, shop), _calendar(session, shop)
    if calendar is None or missing_scopes(at.scopes, ("read_customers",)):
        return False
    last = latest(session, shop, READ_BIRTHDAYS)
    read = birthdays_read(session, shop)
    if last is None or (read is not None and read.calendar != calendar):
        return True
    zone, asked = ZoneInfo(at.timezone), not_ahead(last.created_at, now)
    return asked is None or local_day(asked, zone) < local_day(now, zone)


def _calendar(session: Session, shop: ShopId) -> str | None:
    """By which the programme keeps birthdays; None where it does not."""
    versions = versions_of(session, shop)
    if not versions or not versions[-1].rule.earning or not versions[-1].rule.occasions.birthday:
        return None
    return HIJRI if versions[-1].rule.occasions.hijri else GREGORIAN


class ReadBirthdays:
    """The task: page by page."""

    def __init__(self, database: Database, admin: AdminApi, lookup_key: bytes) -> None:
        self._database = database
        self._admin = admin
        self._lookup_key = lookup_key

    def step(self, task: TaskView, now: Instant) -> Outcome:
        """Read the next page; without Shopify's approval there is nothing to read."""
        try:
            return self._read(task) if task.phase else self._begin(task, now)
        except NotApproved:
            return Outcome(task.cursor, task.done, task.done, finished=True)
        except Throttled as error:
            return Outcome(task.cursor, task.done, task.total, wait=max(_TURN_WAIT, error.wait))

    def _begin(self, task: TaskView, now: Instant) -> Outcome:
        with self._database.reading() as session:
            calendar, before = _calendar(session, task.shop), birthdays_read(session, task.shop)
        if calendar is None:
            return Outcome({}, task.done, task.done, finished=True)
        cursor = {"phase": READING, "calendar": calendar, "until": now.isoformat(), "since": moment(_EVER)}
        until = None if before is None or before.calendar != calendar else not_ahead(before.read_until, now)
        if until is not None:
            cursor["since"] = moment(Instant(until - OVERLAP))
        return Outcome({**cursor, **from_the_start(cursor)})

    def _read(self, task: TaskView) -> Outcome:
        page = self._page(task)
        nodes = [node for node in page["nodes"] if node]
        told = {number_of(node["id"]): self._hash(task, node) for node in nodes}
        last = is_last(page, task.cursor) if nodes else not page["pageInfo"]["hasNextPage"]
        with self._database.transaction() as session:
            lock_shop(session, task.shop)
            store_birthdays(session, task.shop, told, self._lookup_key)
            if last:
                until = parse_instant(task.cursor["until"])
                note_birthdays_read(session, task.shop, until, task.cursor["calendar"])
        if last:
            return Outcome({}, task.done + len(told), task.done + len(told), finished=True)
        there = next_page({**page, "nodes": nodes}, task.cursor) if nodes else {"after": page["pageInfo"]["endCursor"]}
        return Outcome({**task.cursor, **there}, task.done + len(told), task.total)

    def _page(self, task: TaskView) -> Mapping[str, Any]:
        asked = {"query": changed_since(task.cursor), "first": AT_ONCE, "after": task.cursor["after"]}
        answer: Answer = self._admin.run(task.shop, "customer_birthdays", pace=Pace.BACKFILL, **asked)
        if answer.missing or answer["customers"] is None:
            raise Unavailable(f"an answer without {', '.join(answer.missing) or 'customers'}")
        page: Mapping[str, Any] = answer["customers"]
        return page

    def _hash(self, task: TaskView, node: Mapping[str, Any]) -> str | None:
        calendar, born = task.cursor["calendar"], (node["metafield"] or {}).get("value")
        try:
            day = day_of(date.fromisoformat(born), calendar) if born else None
        except ValueError:
            day = None
        return None if day is None else birthday_hash(self._lookup_key, task.shop, calendar, day)
