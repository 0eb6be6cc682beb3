"""The night: a shop's orders compared with Shopify's, and whatever got lost on the way put right.

Webhooks are not guaranteed to arrive. Once a night Shopify is asked what changed since the night before, which
customers changed, and how many orders there are of each day; what differs is asked for order by order.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from shopify_app.admin_api.client import AdminApi, whole
from shopify_app.admin_api.errors import Throttled
from shopify_app.changes.facts import CustomerSeen
from shopify_app.changes.histories.queries import earlier_of
from shopify_app.changes.queries import load_aliases
from shopify_app.changes.rebuild import drift
from shopify_app.checkouts.asking import request_checkouts
from shopify_app.clock import Clock, Instant, LocalDay, local_day, not_ahead, parse_instant
from shopify_app.db.base import Database, DatabaseRefused, Session
from shopify_app.errors import AppError
from shopify_app.jobs.changed_pages import changed_since, from_the_start, is_last, moment, next_page
from shopify_app.jobs.drain_turn import DrainTurns, Work
from shopify_app.jobs.find_changes import find_changes
from shopify_app.jobs.forecast_customers import request_forecast
from shopify_app.jobs.keep_sums import keep_sums
from shopify_app.jobs.learn_shop import REBUILD, learn_shop
from shopify_app.jobs.read_contacts import request_reading
from shopify_app.jobs.read_orders import number_of
from shopify_app.jobs.settle_orders import ON_ITS_WAY, Apply, Found, SettleOrders
from shopify_app.jobs.store_report import store_month
from shopify_app.products.asking import request_collections
from shopify_app.reconciliation import queries
from shopify_app.reconciliation.days import NEWEST, days_to_compare, first_visible, night_begins, span
from shopify_app.shops.access import ALL_ORDERS, SHOWN
from shopify_app.shops.granted import learn_scopes
from shopify_app.shops.model import Shop
from shopify_app.shops.queries import get_shop
from shopify_app.tasks.queries import latest, request, save
from shopify_app.tasks.view import Outcome, TaskView

RECONCILE = "reconcile_shop"
IMPORT = "import_orders"

SETTINGS, CHANGED, CUSTOMERS, DAYS, DRIFT = "settings", "changed", "customers", "days", "drift"
"""The phases, in their order."""
OVERLAP = timedelta(hours=1)
"""How far each night looks back beyond the one before: Shopify's search lags behind its orders."""
READ_AT_ONCE = 25
CUSTOMERS_AT_ONCE = 50
FOUND_AT_ONCE = 250
DAYS_AT_ONCE = 10
_NO_ID = (1 << 63) - 1
_TURN_WAIT = 1.0
_BEAT_SECONDS = 5.0
_IMPORT_WAIT = 600.0

_log = logging.getLogger(__name__)


class ReconcileShop:
    """The task's phases, one method each.

    A phase only finds out which orders to ask for, and leaves their numbers in the cursor as `pending`; these are
    settled before the phase goes on, so that every effect has one place.
    """

    def __init__(
        self,
        database: Database,
        admin: AdminApi,
        clock: Clock,
        turns: DrainTurns,
        orders: SettleOrders,
        apply: Apply,
    ) -> None:
        self._database = database
        self._admin = admin
        self._clock = clock
        self._turns = turns
        self._orders = orders
        self._apply = apply
        self._phases: dict[str, Callable[[TaskView], Outcome]] = {
            SETTINGS: self._settings,
            CHANGED: self._changed,
            CUSTOMERS: self._customers,
            DAYS: self._days,
            DRIFT: self._drift,
        }

    def step(self, task: TaskView, now: Instant) -> Outcome:
        """Do the next piece of the night."""
        try:
            if not task.phase:
                return self._begin(task, now)
            if task.cursor["pending"]:
                return self._settle(task)
            if task.cursor.get("suspects"):
                return self._suspects(task)
            return self._phases[task.phase](task)
        except Throttled as error:
            # No failure: the merchant's own work and other apps come first.
            return Outcome(task.cursor, task.done, task.total, wait=max(_TURN_WAIT, error.wait))
        except AppError as error:
            if task.phase:
                with self._database.transaction() as session:
                    queries.write_report(session, task.shop, _night(task), {"trouble": error.message})
            raise

    def _begin(self, task: TaskView, now: Instant) -> Outcome:
        """Wait for the hour and for the import; then say since when this night looks back."""
        with self._database.reading() as session:
            shop = get_shop(session, task.shop)
            reading = latest(session, task.shop, IMPORT)
            since = _seen_until(shop, queries.last_success(session, task.shop, now), now)
        zone = ZoneInfo(shop.timezone)
        today = local_day(now, zone)
        # A night that is yet to come was asked for while the clock was ahead.
        night = min(_night(task), today) if "night" in task.arguments else today
        early = (night_begins(shop.domain, night, zone) - now).total_seconds() if "night" in task.arguments else 0
        if early > 0:
            return Outcome(wait=early)
        if shop.imported_at is None or (reading is not None and reading.active):
            return Outcome(wait=_IMPORT_WAIT)
        cursor = {
            "phase": SETTINGS,
            "night": night.isoformat(),
            "until": now.isoformat(),
            "since": moment(Instant(since - OVERLAP)),
            "pending": [],
            "found": asdict(Found()),
            "days": 0,
        }
        with self._database.transaction() as session:
            save(session, task, Outcome(cursor), now)
            queries.begin_report(session, task.shop, night, now)
        return Outcome(cursor)

    def _settings(self, task: TaskView) -> Outcome:
        """The shop itself: its permissions, name, currency and zone, as app/scopes_update and shop/update tell."""
        scopes = learn_scopes(self._database, self._admin, task.shop, self._clock)
        learn_shop(self._database, self._admin, task.shop, task.actor, self._clock())
        cursor = {
            **task.cursor,
            "phase": CHANGED,
            "everything": ALL_ORDERS in scopes,
            **self._first_day(task),
            **from_the_start(task.cursor),
        }
        asked = whole(self._admin.run(task.shop, "count_orders_where", query=changed_since(cursor)))
        return Outcome(cursor, total=asked["ordersCount"]["count"])

    def _first_day(self, task: TaskView) -> dict[str, str]:
        """The zone that days are compared in, and the oldest of them: both stay for the length of the night."""
        with self._database.reading() as session:
            zone = get_shop(session, task.shop).timezone
            oldest = queries.first_created(session, task.shop)
        newest = _night(task) - timedelta(days=NEWEST)
        first = min(newest, local_day(oldest, ZoneInfo(zone))) if oldest else newest
        return {"zone": zone, "first_day": first.isoformat()}

    def _changed(self, task: TaskView) -> Outcome:
        """A page of the orders that changed since last night, oldest change first."""
        page = self._found_orders(task, changed_since(task.cursor), "UPDATED_AT", READ_AT_ONCE, task.cursor["after"])
        ids = [number_of(node["id"]) for node in page["nodes"]]
        pending = [one for one in ids if one not in task.cursor["met"]]
        if is_last(page, task.cursor):
            cursor = {**task.cursor, "phase": CUSTOMERS, **from_the_start(task.cursor), "pending": pending}
        else:
            cursor = {**task.cursor, **next_page(page, task.cursor), "pending": pending}
        return Outcome(cursor, task.done, task.total)

    def _customers(self, task: TaskView) -> Outcome:
        """A page of the customers that changed since last night; who has other orders than with us is looked at.

        After a merge the customer who was kept has the other's orders, whatever we were told of it.
        """
        query, after = changed_since(task.cursor), task.cursor["after"]
        asked: dict[str, Any] = {"query": query, "first": CUSTOMERS_AT_ONCE, "after": after}
        page = whole(self._admin.run(task.shop, "find_customers", **asked))["customers"]
        nodes = [node for node in page["nodes"] if number_of(node["id"]) not in task.cursor["met"]]
        if is_last(page, task.cursor):
            cursor: dict[str, Any] = {**task.cursor, "phase": DAYS, "day": 0, "after_id": None}
        else:
            cursor = {**task.cursor, **next_page(page, task.cursor)}
        cursor |= {"suspects": self._other_orders(task, nodes), "suspect_after": 0}
        facts = [_customer(node) for node in nodes]

        def work(session: Session, now: Instant) -> None:
            self._apply(session, task.shop, facts, now)
            save(session, task, Outcome(cursor, task.done, task.total), now)

        return self._in_turn(task, work, Outcome(cursor, task.done, task.total))

    def _other_orders(self, task: TaskView, nodes: Sequence[Mapping[str, Any]]) -> list[int]:
        theirs = {number_of(node["id"]): int(node["numberOfOrders"]) for node in nodes}
        with self._database.reading() as session:
            ours = queries.orders_by_customer(session, task.shop, theirs.keys())
            histories = earlier_of(session, task.shop, theirs.keys())
        for one, history in histories.items():
            ours[one] = ours.get(one, 0) + history.earlier
        return sorted(one for one, orders in theirs.items() if orders != ours.get(one, 0))

    def _suspects(self, task: TaskView) -> Outcome:
        """A page of the orders of some of these customers; those that we have under another are asked for."""
        some, rest = task.cursor["suspects"][:READ_AT_ONCE], task.cursor["suspects"][READ_AT_ONCE:]
        named = " OR ".join(f"customer_id:{one}" for one in some)
        page = self._found_orders(task, f"({named}) AND id:>{task.cursor['suspect_after']}", "ID", FOUND_AT_ONCE)
        theirs = {
            number_of(node["id"]): number_of(node["customer"]["id"]) for node in page["nodes"] if node["customer"]
        }
        with self._database.reading() as session:
            ours = queries.held(session, task.shop, theirs.keys())
            aliases = load_aliases(session, task.shop, set(theirs.values()))
        pending = [
            one
            for one, customer in sorted(theirs.items())
            if one not in ours or (not ours[one].deleted and ours[one].customer_id != aliases.get(customer, customer))
        ]
        if not task.cursor["everything"]:
            # What they had bought before we could see may be another number than we know: one order of each tells it.
            pending = sorted({*pending, *{customer: one for one, customer in sorted(theirs.items())}.values()})
        more = page["pageInfo"]["hasNextPage"]
        there = {"suspects": task.cursor["suspects"] if more else rest, "suspect_after": max(theirs) if more else 0}
        return Outcome({**task.cursor, **there, "pending": pending}, task.done, task.total)

    def _days(self, task: TaskView) -> Outcome:
        """Some days' numbers of orders against ours; the first that differs is looked at order by order."""
        if task.cursor["after_id"] is not None:
            return self._one_day(task)
        days, zone, until = _days_of(task.cursor)
        first = task.cursor["day"]
        for index in range(first, min(len(days), first + DAYS_AT_ONCE)):
            start, end = span(days[index], zone, until)
            theirs = whole(self._admin.run(task.shop, "count_orders_where", query=_created(start, end)))
            with self._database.reading() as session:
                ours = queries.count_created(session, task.shop, start, end)
            if theirs["ordersCount"]["count"] != ours:
                return self._at_day(task, index, after_id=0)
        upto = min(len(days), first + DAYS_AT_ONCE)
        if upto < len(days):
            return self._at_day(task, upto)
        cursor = {**task.cursor, "phase": DRIFT, "days": len(days)}
        return Outcome(cursor, task.done, task.total)

    def _at_day(self, task: TaskView, index: int, after_id: int | None = None) -> Outcome:
        cursor = {**task.cursor, "day": index, "days": index, "after_id": after_id}
        return Outcome(cursor, task.done, task.total)

    def _one_day(self, task: TaskView) -> Outcome:
        """A page of one day's orders, by number: which of them we lack, and which Shopify lacks.

        Its counts and its search lag a little, so neither decides anything: the orders themselves are asked for.
        """
        days, zone, until = _days_of(task.cursor)
        index, after = task.cursor["day"], task.cursor["after_id"]
        start, end = span(days[index], zone, until)
        page = self._found_orders(task, f"{_created(start, end)} AND id:>{after}", "ID", FOUND_AT_ONCE)
        theirs = {number_of(node["id"]) for node in page["nodes"]}
        upto = max(theirs) if page["pageInfo"]["hasNextPage"] else _NO_ID
        with self._database.reading() as session:
            known = queries.held(session, task.shop, theirs)
            ours = queries.ids_created(session, task.shop, start, end, after, upto)
        pending = sorted((theirs - known.keys()) | (ours - theirs))
        there = self._at_day(task, index + 1) if upto == _NO_ID else self._at_day(task, index, after_id=upto)
        return replace(there, cursor={**there.cursor, "pending": pending})

    def _settle(self, task: TaskView) -> Outcome:
        """Some of the orders that a phase named, and all that comes of it, in one transaction with the cursor."""
        size = 1 if task.cursor.get("alone") else READ_AT_ONCE
        some, rest = task.cursor["pending"][:size], task.cursor["pending"][size:]
        settled: list[Outcome] = []

        def beside(session: Session, found: Found, now: Instant) -> None:
            settled.append(_after(task, rest, found))
            save(session, task, settled[-1], now)

        try:
            done = self._orders.settle(task.shop, task.owner or task.id, some, beside)
        except DatabaseRefused as error:
            if size > 1:
                return Outcome({**task.cursor, "alone": True}, task.done, task.total)
            # The kind of error only: its text quotes what was to be stored.
            _log.error("shop %s: order %s cannot be stored: %s", task.shop, some[0], type(error).__name__)
            return _after(task, rest, Found(orders=1, unsolved=1))
        return settled[-1] if done else Outcome(task.cursor, task.done, task.total, wait=_TURN_WAIT)

    def _in_turn(self, task: TaskView, work: Work, after: Outcome) -> Outcome:
        done = self._turns.take(task.shop, task.owner or task.id, work)
        return after if done else Outcome(task.cursor, task.done, task.total, wait=_TURN_WAIT)

    def _found_orders(
        self, task: TaskView, query: str, sort: str, first: int, after: str | None = None
    ) -> Mapping[str, Any]:
        asked: dict[str, Any] = {"query": query, "sort": sort, "first": first, "after": after}
        page: Mapping[str, Any] = whole(self._admin.run(task.shop, "find_orders", **asked))["orders"]
        return page

    def _beat(self, task: TaskView) -> Callable[[], None]:
        """Keeps the task's lease alive while a long history is compared; raises TaskLost once it was cancelled."""
        last = self._clock()

        def beat() -> None:
            nonlocal last
            now = self._clock()
            if (now - last).total_seconds() >= _BEAT_SECONDS:
                with self._database.transaction() as session:
                    save(session, task, Outcome(task.cursor, task.done, task.total), now)
                last = now

        return beat

    def _drift(self, task: TaskView) -> Outcome:
        """What the pages show against the facts; and the night's report."""
        with self._database.reading() as session:
            rows = drift(session, task.shop, self._beat(task))
        found, now = task.cursor["found"], self._clock()
        report = {**found, "days": task.cursor["days"], "drift": rows, "finished_at": now, "trouble": None}
        with self._database.transaction() as session:
            if rows:
                request(session, task.shop, REBUILD, None, task.actor, now)
            queries.write_report(session, task.shop, _night(task), report)
            request_reading(session, task.shop, task.actor, now)
            request_collections(session, task.shop, task.actor, now)
            request_checkouts(session, task.shop, task.actor, now)
            request_forecast(session, task.shop, task.actor, now)
        if not rows:
            store_month(self._database, self._turns, self._clock, task.shop, task.owner or task.id)
            keep_sums(self._database, task.shop, self._clock())
            find_changes(self._database, task.shop, self._clock())
        log = _log.warning if rows or any(found[name] for name in found if name != "orders") else _log.info
        log("shop %s: night of %s: %s, %s days, drift %s", task.shop, _night(task), found, task.cursor["days"], rows)
        return Outcome(task.cursor, task.done, task.done, finished=True, result={**found, "drift": rows})


def _seen_until(shop: Shop, last: Instant | None, now: Instant) -> Instant:
    """Up to when nothing has to be asked for: the night before, or the installation, which imports everything anew.

    Where a clock that was ahead wrote when that was, all is asked for that every app may see.
    """
    moments = [moment for moment in (last, not_ahead(shop.installed_at, now)) if moment is not None]
    return max(moments, default=Instant(now - SHOWN))


def _night(task: TaskView) -> LocalDay:
    return LocalDay(date.fromisoformat(task.cursor.get("night") or task.arguments["night"]))


def _days_of(cursor: Mapping[str, Any]) -> tuple[list[LocalDay], ZoneInfo, Instant]:
    """The days of this night, their zone, and the moment up to which the last of them is compared."""
    began, zone = parse_instant(cursor["until"]), ZoneInfo(cursor["zone"])
    first = LocalDay(date.fromisoformat(cursor["first_day"]))
    if not cursor["everything"]:
        first = max(first, first_visible(began, zone))
    until = Instant((began - ON_ITS_WAY).replace(microsecond=0))
    return days_to_compare(first, LocalDay(date.fromisoformat(cursor["night"]))), zone, until


def _after(task: TaskView, rest: Sequence[int], found: Found) -> Outcome:
    cursor = {**task.cursor, "pending": rest, "found": asdict(Found(**task.cursor["found"]) + found)}
    return Outcome(
        {**cursor, "alone": bool(rest) and task.cursor.get("alone", False)}, task.done + found.orders, task.total
    )


def _customer(node: Mapping[str, Any]) -> CustomerSeen:
    created, updated = parse_instant(node["createdAt"]), parse_instant(node["updatedAt"])
    return CustomerSeen(number_of(node["id"]), created, updated)


def _created(start: Instant, end: Instant) -> str:
    return f"created_at:>='{moment(start)}' AND created_at:<'{moment(end)}'"
