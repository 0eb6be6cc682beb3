"""Customers > Possible duplicates: who shares a phone or a mailbox, and what it does to the share of repeat buyers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request

from shopify_app.clock import LocalDay
from shopify_app.customers.access.kinds import DUPLICATES
from shopify_app.customers.access.panel import note_seen, note_taken
from shopify_app.customers.contacts.queries import bring_together, keep_apart, note_reading, reading_of, say_changed
from shopify_app.db.base import Session
from shopify_app.embedded.answers import wants_json
from shopify_app.embedded.body import json_body
from shopify_app.embedded.parts import parts
from shopify_app.embedded.request import current_shop
from shopify_app.embedded.screen import answer, link, show, unchanged, version, words
from shopify_app.errors import Malformed
from shopify_app.retention.duplicates import presenting
from shopify_app.retention.duplicates.grouping import Effect, Group, Groups
from shopify_app.retention.duplicates.presenting import ShownGroup
from shopify_app.retention.duplicates.queries import (
    Purchases,
    count_too_common,
    effect_in,
    load_groups,
    purchases_of,
    shift_now,
)
from shopify_app.retention.panel import BIGGEST_ID, Standing, back_to, keep_sums, standing
from shopify_app.retention.progress import Progress
from shopify_app.retention.sight import Lack
from shopify_app.retention.window import parse_window
from shopify_app.retention.window_sums.queries import WindowSums
from shopify_app.shops.access import missing_scopes
from shopify_app.tasks.queries import latest
from shopify_app.tasks.queries import request as request_task
from shopify_app.tasks.view import TaskView

blueprint = Blueprint("duplicates", __name__, url_prefix="/customers/duplicates")

CONTACTS = "read_contacts"
"""The kind of task that reads what customers share."""
AT_ONCE = 10
"""Groups on one page."""


@dataclass(frozen=True, slots=True)
class DuplicatesPage:
    """Possible duplicates."""

    progress: Progress
    back_to: str | None
    missing: Lack | None
    withheld: list[str]
    reading: str | None
    stopped: str | None
    """Why looking through the customers ended before its end, where it did."""
    effect: str | None
    year: str | None
    groups: list[ShownGroup]
    put_away: list[ShownGroup]
    common: str | None
    none: bool
    """Whether all customers were looked at and nobody shares anything."""
    first_href: str | None
    next_href: str | None
    csv_href: str


@dataclass(frozen=True, slots=True)
class _Reading:
    """How far the shop's contacts have been read."""

    ever: bool
    withheld: str
    version: int
    task: TaskView | None

    @classmethod
    def of(cls, session: Session) -> "_Reading":
        row, task = reading_of(session, current_shop().id), latest(session, current_shop().id, CONTACTS)
        if row is None:
            return cls(False, "", 0, task)
        return cls(row.read_until is not None, row.withheld, row.version, task)

    @property
    def state(self) -> tuple[object, ...]:
        """What a page shows of it."""
        return self.version, self.task and (self.task.state, self.task.done)


@blueprint.get("")
def duplicates() -> Response:
    """A page of the groups, newest customers first; all of them as a file."""
    shop = current_shop().id
    with parts().database.reading() as session:
        now, reading = standing(session, shop), _Reading.of(session)
        if request.args.get("format") == "csv":
            return _file(session, now)
        etag = version(now.etag, reading.state)
        if same := unchanged(etag):
            return same
        sums = WindowSums(session, shop)
        found = load_groups(session, shop)
        ever, year = (_effect(session, found, sums, name, now.today) for name in ("all", "365d"))
        some, after = _page_of(found.shown)
        bought = purchases_of(session, shop, [one for each in (*some, *found.put_away) for one in each.customers])
        if wants_json():
            common = count_too_common(session, shop)
            response = answer(_document(found, some, after, bought, (ever, year), common, reading, now), etag)
        else:
            page = _page(session, now, reading, found, (ever, year), some, after, bought)
            response = show("customers/duplicates.html", page, words().text("Possible duplicates"), etag)
    if found.shown or found.put_away:
        note_seen(DUPLICATES)
    keep_sums(sums, now)
    return response


def _effect(session: Session, found: Groups, sums: WindowSums, window: str, today: LocalDay) -> Effect:
    return effect_in(session, current_shop().id, found, parse_window(window, today), sums)


def _page_of(groups: Sequence[Group]) -> tuple[list[Group], int | None]:
    """The groups after the one that the address names, and the last of them where more follow."""
    text = request.args.get("after")
    after = None if text is None else _number(text)
    rest = [group for group in groups if after is None or group.key < after]
    some = rest[:AT_ONCE]
    return some, some[-1].key if len(rest) > len(some) else None


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > len(str(BIGGEST_ID)):
        raise Malformed("This page of the list does not exist. Start again from the first page.")
    return int(text)


def _page(
    session: Session,
    now: Standing,
    reading: _Reading,
    found: Groups,
    effects: tuple[Effect, Effect],
    some: Sequence[Group],
    after: int | None,
    bought: dict[int, Purchases],
) -> DuplicatesPage:
    spoken, currency, path = words(), now.shop.currency, "/customers/duplicates"
    read = now.progress.stage == "read" and now.sight.orders and now.sight.customers
    task = reading.task
    return DuplicatesPage(
        progress=now.progress,
        back_to=back_to(now, None),
        missing=now.sight.missing(spoken),
        withheld=presenting.withheld_text(reading.withheld, spoken) if now.sight.orders else [],
        reading=presenting.reading_text(task, reading.ever, spoken),
        stopped=spoken.text(task.error) if task and task.state == "failed" and task.error else None,
        effect=presenting.effect_text(effects[0], len(found.shown), spoken) if read else None,
        year=presenting.year_text(effects[1], spoken) if read else None,
        groups=[presenting.shown_group(group, bought, spoken, currency) for group in some],
        put_away=[presenting.shown_group(group, bought, spoken, currency) for group in found.put_away],
        common=presenting.common_text(count_too_common(session, current_shop().id), spoken),
        none=reading.ever and not found.shown,
        first_href=link(path) if "after" in request.args else None,
        next_href=link(path, {"after": str(after)}) if after else None,
        csv_href=link(path, {"format": "csv"}),
    )


def _document(
    found: Groups,
    some: Sequence[Group],
    after: int | None,
    bought: dict[int, Purchases],
    effects: tuple[Effect, Effect],
    common: int,
    reading: _Reading,
    now: Standing,
) -> dict[str, Any]:
    currency = now.shop.currency
    return {
        "read": reading.ever,
        "withheld": reading.withheld.split(),
        "groups_in_all": len(found.shown),
        "effect": {"all": presenting.effect_document(effects[0]), "365d": presenting.effect_document(effects[1])},
        "groups": [presenting.group_document(group, bought, currency) for group in some],
        "put_away": [presenting.group_document(group, bought, currency) for group in found.put_away],
        "too_common": common,
        "currency": currency,
        "after": None if after is None else str(after),
    }


def _file(session: Session, now: Standing) -> Response:
    groups = load_groups(session, current_shop().id).shown
    bought = purchases_of(session, current_shop().id, [one for each in groups for one in each.customers])
    note_taken(DUPLICATES, lines=sum(len(group.customers) for group in groups))
    lines = presenting.file_lines(groups, bought, now.shop.currency)
    response = Response("".join(lines), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="possible-duplicates.csv"'
    return response


@blueprint.post("/not-the-same")
def put_away() -> Response:
    """Put a group away for everybody in the shop: its customers are different people."""
    here, named = current_shop(), _named()
    with parts().database.transaction() as session:
        # First: nobody is merged or forgotten between the look at the group and what is said of it.
        say_changed(session, here.id)
        group = _asked_for(named, load_groups(session, here.id, named).shown)
        keep_apart(session, here.id, group.pairs, parts().clock())
    _keep_shift()
    return answer({"put_away": group.customers, "message": words().text("Put away for everyone in this shop.")})


@blueprint.post("/show-again")
def show_again() -> Response:
    """Look at a group again that was put away."""
    here, named = current_shop(), _named()
    with parts().database.transaction() as session:
        group = _asked_for(named, load_groups(session, here.id, named).put_away)
        bring_together(session, here.id, group.customers)
    _keep_shift()
    return answer({"shown": group.customers})


@blueprint.post("/read")
def read_again() -> Response:
    """Look through the customers now instead of by night: Shopify may have approved the app since."""
    here = current_shop()
    if missing_scopes(here.scopes, ("read_customers",)):
        raise Malformed("Orders count, but no customer does: Wafa cannot see who bought.")
    with parts().database.transaction() as session:
        task = request_task(session, here.id, CONTACTS, None, here.staff_id, parts().clock())
    return answer({"task": task, "message": words().text("Wafa asks Shopify once more.")})


def _keep_shift() -> None:
    """Looking at all customers takes its time: outside the writer, for whom everybody waits."""
    shop = current_shop().id
    with parts().database.reading() as session:
        shift = shift_now(session, shop, standing(session, shop).today)
    with parts().database.transaction() as session:
        note_reading(session, shop, shift=shift)


def _named() -> tuple[int, ...]:
    """All customers of the group that is meant, as the page gave them."""
    named = json_body().get("customers")
    if not isinstance(named, str):
        raise Malformed("This request could not be read.")
    numbers = named.split(" ")
    if not all(one.isascii() and one.isdigit() and len(one) < len(str(BIGGEST_ID)) for one in numbers):
        raise Malformed("This group has changed meanwhile. Look at it once more.")
    return tuple(map(int, numbers))


def _asked_for(named: tuple[int, ...], groups: Sequence[Group]) -> Group:
    """The group that has all these customers and no others: what was not seen is not meant."""
    found = next((group for group in groups if group.customers == named), None)
    if found is None:
        raise Malformed("This group has changed meanwhile. Look at it once more.")
    return found
