"""Customers > Segments: the list of them, who is in one, and how many that are."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request, stream_with_context

from shopify_app.clock import Instant
from shopify_app.customers.access.kinds import CUSTOMERS
from shopify_app.customers.access.panel import note_seen, note_taken
from shopify_app.customers.contacts.queries import agreed_version
from shopify_app.db.base import DatabaseRefused, Session
from shopify_app.embedded.addresses import Back
from shopify_app.embedded.answers import wants_json
from shopify_app.embedded.parts import parts
from shopify_app.embedded.request import current_shop
from shopify_app.embedded.screen import answer, link, show, unchanged, version, words
from shopify_app.errors import NotFound
from shopify_app.retention.panel import Standing, back_to, keep_sums, standing
from shopify_app.retention.people.listing.columns import ALWAYS, PEOPLE, USUAL, Listed
from shopify_app.retention.people.listing.presenting import Head, heads
from shopify_app.retention.people.listing.presenting import Line as PersonLine
from shopify_app.retention.people.listing.presenting import line as person_line
from shopify_app.retention.people.queries import with_those_ahead
from shopify_app.retention.presenting import ENOUGH_REPEAT_CUSTOMERS
from shopify_app.retention.progress import Progress
from shopify_app.retention.registry import Totals
from shopify_app.retention.rfm.queries import Size
from shopify_app.retention.sight import Lack
from shopify_app.retention.window import Basis, Unit, parse_window
from shopify_app.retention.window_sums.queries import WindowSums
from shopify_app.segments import presenting
from shopify_app.segments.outward.asking import SCOPE
from shopify_app.segments.outward.looking import Looked, look, stands
from shopify_app.segments.outward.queries import kept_in_shopify
from shopify_app.segments.outward.telling import Here, InShopify, document, told
from shopify_app.segments.presenting import Line, Place
from shopify_app.segments.queries import (
    Counted,
    Stored,
    deleted_segments,
    keep_counts,
    kept_counts,
    names_in,
    stored_segment,
    stored_segments,
)
from shopify_app.segments.ready import READY, Ready
from shopify_app.segments.rules.queries import Standpoint, members, size_of
from shopify_app.segments.rules.rule import Rule
from shopify_app.segments.rules.telling import Telling, rule_text
from shopify_app.shops.access import allows

blueprint = Blueprint("segments", __name__, url_prefix="/customers/segments")

PATH = "/customers/segments"
ROWS, FILE_ROWS = 25, 1000
"""People on one page, and those read at a time for a file."""
MEMBERS = PEOPLE.only((ALWAYS, *USUAL))
"""What is told of each, on the page and in its file."""
FRESH = timedelta(minutes=1)
"""A count is not made again so soon by a page that was only opened."""


@dataclass(frozen=True, slots=True)
class Deleted:
    """A segment that can be brought back."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class ListPage:
    """All segments."""

    progress: Progress
    back_to: str | None
    missing: Lack | None
    empty: bool
    too_few: str | None
    own: list[Line]
    groups: list[Line]
    others: list[Line]
    deleted: list[Deleted]
    new_href: str


@dataclass(frozen=True, slots=True)
class SegmentPage:
    """Who is in a segment."""

    progress: Progress
    back_to: str | None
    missing: Lack | None
    back: Back
    too_few: str | None
    note: str | None
    sentence: str
    count: str
    worked_out: str
    heads: list[Head]
    lines: list[PersonLine]
    first_href: str | None
    next_href: str | None
    file_href: str
    file: str
    edit_href: str | None
    copy_href: str
    delete_url: str | None
    path: str
    scope: str
    """What writing to Shopify takes."""
    shopify: InShopify


@dataclass(frozen=True, slots=True)
class Found:
    """How many are in a segment, those of one page, and what of it is in Shopify."""

    size: Size
    people: list[Listed]
    after: str | None
    spent: float
    looked: Looked


@dataclass(frozen=True, slots=True)
class Shown:
    """One segment, whether the merchant's own or one that every shop has."""

    key: str
    path: str
    name: str
    rule: Rule
    own: Stored | None = None
    ready: Ready | None = None

    @classmethod
    def stored(cls, own: Stored) -> "Shown":
        """One of the merchant's."""
        return cls(own.key, f"{PATH}/{own.segment_id}", own.name, own.rule, own=own)

    @classmethod
    def of_all(cls, name: str) -> "Shown":
        """One that every shop has; NotFound where none is called so."""
        if name not in READY:
            raise NotFound
        return cls(name, f"{PATH}/ready/{name}", words().text(READY[name].title), READY[name].rule, ready=READY[name])


def totals_of(session: Session, sums: WindowSums, now: Standing) -> Totals:
    """What all customers are together, so that a segment can be held against it."""
    ever = sums(parse_window("all", now.today), Basis.KEPT, Unit.ORDER)
    return with_those_ahead(session, current_shop().id, ever, now.today)


def telling(session: Session, now: Standing, rules: list[Rule]) -> Telling:
    """What is needed to say these rules aloud."""
    return Telling(words(), now.shop.currency, names_in(session, current_shop().id, rules))


@blueprint.get("")
def segments() -> Response:
    """All segments, as they were last counted."""
    shop, moment = current_shop().id, parts().clock()
    with parts().database.reading() as session:
        now, own, kept = standing(session, shop), stored_segments(session, shop), kept_counts(session, shop)
        deleted, out = deleted_segments(session, shop, moment), kept_in_shopify(session, shop)
        agreed = agreed_version(session, shop)
        etag = version(now.etag, agreed, own, kept, out, [one.segment_id for one in deleted])
        if same := unchanged(etag):
            return same
        sums = WindowSums(session, shop)
        totals = totals_of(session, sums, now)
        lines = _lines(telling(session, now, [one.rule for one in own]), own, kept, totals, now)
    keep_sums(sums, now)
    if wants_json():
        return answer(
            {"segments": [{**_told(each, kept, totals, now), "in_shopify": each.key in out} for each in _all(own)]},
            etag,
        )
    lines = {key: replace(line, in_shopify=key in out) for key, line in lines.items()}
    page = _list_page(now, lines, totals, deleted)
    return show("customers/segments.html", page, words().text("Segments"), etag)


def _all(own: list[Stored]) -> list[Shown]:
    return [*(Shown.stored(one) for one in own), *(Shown.of_all(name) for name in READY)]


def _told(one: Shown, kept: Mapping[str, Counted], totals: Totals, now: Standing) -> dict[str, Any]:
    counted = kept.get(one.key)
    size = presenting.count_document(counted.size, totals, now.shop.currency) if counted else None
    at = counted.at.isoformat() if counted else None
    return {"key": one.key, "name": one.name, "rule": one.rule.document(), "counted": size, "counted_at": at}


def _lines(
    told: Telling, own: list[Stored], kept: Mapping[str, Counted], totals: Totals, now: Standing
) -> dict[str, Line]:
    place, found = Place(words(), ZoneInfo(now.shop.timezone)), {}
    for one in _all(own):
        note = words().text(one.ready.note) if one.ready else rule_text(one.rule, told)
        counted = kept.get(one.key)
        stale = counted is None or parts().clock() - counted.at > FRESH
        hrefs = link(one.path), link(f"{one.path}/count") if stale else ""
        found[one.key] = presenting.line(one.key, one.name, note, hrefs, counted, totals, place)
    return found


def _list_page(now: Standing, lines: Mapping[str, Line], totals: Totals, deleted: list[Stored]) -> ListPage:
    groups = [lines[name] for name, ready in READY.items() if ready.group]
    too_few = _too_few(now, totals)
    return ListPage(
        progress=now.progress,
        back_to=back_to(now, None),
        missing=now.sight.missing(words()),
        empty=not totals.customers and now.progress.stage == "read",
        too_few=too_few,
        own=[line for key, line in lines.items() if key not in READY],
        groups=[] if too_few else groups,
        others=[lines[name] for name, ready in READY.items() if not ready.group],
        deleted=[Deleted(one.name, link(f"{PATH}/{one.segment_id}/bring-back")) for one in deleted],
        new_href=link(f"{PATH}/new"),
    )


def _too_few(now: Standing, totals: Totals) -> str | None:
    """Groups hold customers against each other: of few, that says little."""
    if now.progress.stage != "read" or not now.sight.customers:
        return None
    known = totals.repeat_customers if now.sight.since is None else totals.returning_customers
    return presenting.too_few_text(known, ENOUGH_REPEAT_CUSTOMERS, words())


# ---- one segment ----


@blueprint.get("/<int:segment_id>")
def segment(segment_id: int) -> Response:
    """Who is in a segment of the merchant's own."""
    return _shown(segment_id)


@blueprint.get("/ready/<ready>")
def ready_segment(ready: str) -> Response:
    """Who is in a segment that every shop has."""
    return _shown(ready)


@blueprint.get("/<int:segment_id>/count")
def count(segment_id: int) -> Response:
    """How many are in it now; kept for the list."""
    return _counted(segment_id)


@blueprint.get("/ready/<ready>/count")
def count_ready(ready: str) -> Response:
    """The same of one that every shop has."""
    return _counted(ready)


def find(session: Session, which: int | str) -> Shown:
    """One of the merchant's by its number, or a ready-made one by its name; NotFound where there is none."""
    if isinstance(which, str):
        return Shown.of_all(which)
    return Shown.stored(stored_segment(session, current_shop().id, which))


def _counted(which: int | str) -> Response:
    shop, moment = current_shop().id, parts().clock()
    with parts().database.reading() as session:
        now, one = standing(session, shop), find(session, which)
        size = size_of(Standpoint.of(session, shop, moment), one.rule)
        sums = WindowSums(session, shop)
        totals = totals_of(session, sums, now)
    keep_sums(sums, now)
    _keep(one, size, moment)
    document = presenting.count_document(size, totals, now.shop.currency)
    return answer({**document, "text": presenting.count_text(size, totals, words()), "counted_at": moment.isoformat()})


def _keep(one: Shown, size: Size, moment: Instant) -> None:
    # What was counted is told either way: where it cannot be written, the next reader counts again.
    try:
        with parts().database.transaction() as session:
            keep_counts(session, current_shop().id, {one.key: size}, moment)
    except DatabaseRefused:
        return


def _shown(which: int | str) -> Response:
    shop, moment = current_shop().id, parts().clock()
    with parts().database.reading() as session:
        now, one = standing(session, shop), find(session, which)
    if request.args.get("format") == "csv":
        return _file(one, now)
    with parts().database.reading() as session:
        there = stands(session, shop, one.key)
        etag = version(now.etag, agreed_version(session, shop), one.own, there, now.shop.scopes)
        if same := unchanged(etag):
            return same
        began = time.perf_counter()
        at = Standpoint.of(session, shop, moment)
        size = size_of(at, one.rule)
        people, after = members(at, one.rule, size.people, request.args.get("after"), ROWS)
        spent = time.perf_counter() - began
        found = Found(size, people, after, spent, look(session, shop, one.key, there, moment))
        sums = WindowSums(session, shop)
        totals = totals_of(session, sums, now)
        spoken = telling(session, now, [one.rule])
    keep_sums(sums, now)
    _keep(one, size, moment)
    if people:
        note_seen(CUSTOMERS)
    if wants_json():
        return answer(_document(one, found, totals, now), etag)
    return show("customers/segment.html", _page(one, now, totals, spoken, found), one.name, etag)


def _here(now: Standing) -> Here:
    zone, read = ZoneInfo(now.shop.timezone), now.progress.stage == "read"
    return Here(words(), zone, now.sight, read, allows(now.shop.scopes, SCOPE))


def _document(one: Shown, found: Found, totals: Totals, now: Standing) -> dict[str, Any]:
    currency = now.shop.currency
    return {
        "key": one.key,
        "name": one.name,
        "rule": one.rule.document(),
        "counted": presenting.count_document(found.size, totals, currency),
        "customers": [MEMBERS.document(row, currency) for row in found.people],
        "currency": currency,
        "after": found.after,
        "shopify": document(found.looked, _here(now)),
    }


def _page(one: Shown, now: Standing, totals: Totals, rules: Telling, found: Found) -> SegmentPage:
    spoken, own = words(), one.own
    group = bool(one.ready and one.ready.group)
    return SegmentPage(
        progress=now.progress,
        back_to=back_to(now, None),
        missing=now.sight.missing(spoken),
        back=Back(spoken.text("Segments"), link(PATH)),
        too_few=_too_few(now, totals) if group else None,
        note=spoken.text(one.ready.note) if one.ready else None,
        sentence=rule_text(one.rule, rules),
        count=presenting.count_text(found.size, totals, spoken),
        worked_out=presenting.worked_out_text(found.spent, spoken),
        heads=heads(USUAL, spoken),
        lines=[person_line(row, USUAL, spoken, now.shop.currency) for row in found.people],
        first_href=link(one.path) if "after" in request.args else None,
        next_href=link(one.path, {"after": found.after}) if found.after else None,
        file_href=link(one.path, {"format": "csv"}),
        file=f"segment-{one.key}.csv",
        edit_href=link(f"{one.path}/edit") if own else None,
        copy_href=link(f"{PATH}/new", {"copy": one.key}),
        delete_url=link(f"{one.path}/delete") if own else None,
        path=one.path,
        scope=SCOPE,
        shopify=told(found.looked, _here(now)),
    )


def _file(one: Shown, now: Standing) -> Response:
    shop, database, moment = current_shop().id, parts().database, parts().clock()
    with database.reading() as session:
        size = size_of(Standpoint.of(session, shop, moment), one.rule)
    note_taken(CUSTOMERS, lines=size.people)

    def rows() -> Iterator[Listed]:
        after: str | None = None
        while True:
            with database.reading() as session:
                found, after = members(Standpoint.of(session, shop, moment), one.rule, size.people, after, FILE_ROWS)
            yield from found
            if after is None:
                return

    def encoded() -> Iterator[bytes]:
        yield from (line.encode() for line in MEMBERS.lines(rows(), now.shop.currency))

    response = Response(stream_with_context(encoded()), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="segment-{one.key}.csv"'
    return response
