"""Reading which products stand in which collection, so that customers can be told by what they bought.

Page by page, at night and when somebody asks. A collection that holds more than a page of products is read to its end
before the next page of collections. What was deleted in Shopify is dropped at the end.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from shopify_app.admin_api.client import AdminApi, whole
from shopify_app.admin_api.errors import Throttled
from shopify_app.admin_api.pacing import Pace
from shopify_app.clock import Clock, Instant, parse_instant
from shopify_app.db.base import Database, Session
from shopify_app.jobs.read_orders import number_of
from shopify_app.orders.queries import newest_ahead
from shopify_app.orders.text import fitting
from shopify_app.products.model import TITLE
from shopify_app.products.queries import keep_only, note_reading, store_collection
from shopify_app.shops.queries import lock_shop, touch
from shopify_app.tasks.queries import save
from shopify_app.tasks.view import Outcome, TaskView

MOST = 1_000
"""Collections of a shop that are read."""
MOST_PRODUCTS = 10_000
"""Products of a collection that are read."""
AT_ONCE = 10
"""Collections in one call: with the first of their products they cost 242 points."""
PRODUCTS_AT_ONCE = 20
PRODUCTS_ALONE = 250
_READING = "reading"
_WAIT = 1.0
_STEP = timedelta(microseconds=1)


class ReadCollections:
    """The task: a call a step."""

    def __init__(self, database: Database, admin: AdminApi, clock: Clock) -> None:
        self._database = database
        self._admin = admin
        self._clock = clock

    def step(self, task: TaskView, now: Instant) -> Outcome:
        """Do the next piece."""
        cursor = task.cursor or _from_the_start(now)
        try:
            if cursor["open"]:
                return self._read_on(task, cursor)
            return self._read(task, cursor) if cursor["more"] else self._finish(task, cursor)
        except Throttled as error:
            return Outcome(cursor, task.done, task.total, wait=max(_WAIT, error.wait))

    def _read(self, task: TaskView, cursor: Mapping[str, Any]) -> Outcome:
        """A page of collections: those of few products at once, the others are opened."""
        room = MOST - len(cursor["met"])
        asked = {"first": min(AT_ONCE, room), "after": cursor["after"], "products": PRODUCTS_AT_ONCE}
        answer = whole(self._admin.run(task.shop, "collections", pace=Pace.BACKFILL, **asked))
        page, found = answer["collections"], [_part(node) for node in answer["collections"]["nodes"]]
        self._store(task, [one for one in found if one["after"] is None])
        met = sorted({*cursor["met"], *(one["id"] for one in found)})
        after = {
            **cursor,
            "met": met,
            "open": [one for one in found if one["after"] is not None],
            "after": page["pageInfo"]["endCursor"],
            "more": page["pageInfo"]["hasNextPage"] and len(met) < MOST,
        }
        total = (answer["collectionsCount"] or {}).get("count", len(met))
        return Outcome({**after, "left_out": max(0, total - MOST)}, len(met), min(total, MOST))

    def _read_on(self, task: TaskView, cursor: Mapping[str, Any]) -> Outcome:
        """More products of the collection that is open."""
        one, *others = cursor["open"]
        gid = f"gid://shopify/Collection/{one['id']}"
        asked = {"id": gid, "first": PRODUCTS_ALONE, "after": one["after"]}
        found = whole(self._admin.run(task.shop, "collection_products", pace=Pace.BACKFILL, **asked))["collection"]
        if found is None:
            # Deleted while it was read.
            gone = {**cursor, "open": others, "met": [each for each in cursor["met"] if each != one["id"]]}
            return Outcome(gone, task.done, task.total)
        one = _extended(one, found)
        if one["after"] is not None and len(one["products"]) < MOST_PRODUCTS:
            return Outcome({**cursor, "open": [one, *others]}, task.done, task.total)
        self._store(task, [{**one, "products": one["products"][:MOST_PRODUCTS]}])
        cut = cursor["cut_short"] + (one["after"] is not None or len(one["products"]) > MOST_PRODUCTS)
        return Outcome({**cursor, "open": others, "cut_short": cut}, task.done, task.total)

    def _store(self, task: TaskView, found: Sequence[Mapping[str, Any]]) -> None:
        with self._database.transaction() as session:
            at = self._moment(session, task)
            news = [store_collection(session, task.shop, one["id"], one["title"], one["products"], at) for one in found]
            if any(news):
                touch(session, task.shop)

    def _moment(self, session: Session, task: TaskView) -> Instant:
        """When it is known: no order of before has its points settled by it, or will have.

        Who settles points holds the shop's row, and whoever was asked long ago and is not the task any more writes
        nothing. Shopify's clock may be ahead of ours.
        """
        lock_shop(session, task.shop)
        now = self._clock()
        save(session, task, Outcome(task.cursor, task.done, task.total), now)
        placed = newest_ahead(session, task.shop, now)
        return now if placed is None else Instant(placed + _STEP)

    def _finish(self, task: TaskView, cursor: Mapping[str, Any]) -> Outcome:
        reading = {"shop_id": task.shop, "read_at": parse_instant(cursor["began"])}
        with self._database.transaction() as session:
            at = self._moment(session, task)
            note_reading(session, {**reading, "left_out": cursor["left_out"], "cut_short": cursor["cut_short"]})
            if keep_only(session, task.shop, cursor["met"], at):
                touch(session, task.shop)
        count = len(cursor["met"])
        return Outcome(cursor, count, count, finished=True, result={"collections": count})


def _from_the_start(now: Instant) -> dict[str, Any]:
    nothing: dict[str, Any] = {"met": [], "open": [], "left_out": 0, "cut_short": 0}
    return {"phase": _READING, "began": now.isoformat(), "after": None, "more": True, **nothing}


def _part(node: Mapping[str, Any]) -> dict[str, Any]:
    """A collection as far as a page of them has it, as a cursor keeps it; `after` is None once that is to its end."""
    return _extended({"id": number_of(node["id"]), "title": fitting(node["title"], TITLE), "products": []}, node)


def _extended(part: Mapping[str, Any], node: Mapping[str, Any]) -> dict[str, Any]:
    """With one more page of its products."""
    page = node["products"]
    products = [*part["products"], *(number_of(one["id"]) for one in page["nodes"])]
    info = page["pageInfo"]
    return {**part, "products": products, "after": info["endCursor"] if info["hasNextPage"] else None}
