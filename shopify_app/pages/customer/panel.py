"""Customers > one of them: their story, and all their orders."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request, stream_with_context

from shopify_app.clock import local_day
from shopify_app.customers.access.kinds import CUSTOMER, CUSTOMER_ORDERS
from shopify_app.customers.access.panel import note_seen, note_taken
from shopify_app.customers.names.asking import shopifys_group
from shopify_app.db.base import Session
from shopify_app.embedded.answers import wants_json
from shopify_app.embedded.parts import parts
from shopify_app.embedded.request import current_shop
from shopify_app.embedded.screen import answer, link, show, unchanged, version, words
from shopify_app.errors import Malformed
from shopify_app.pages.customer import expecting, orders, rhythm, telling
from shopify_app.pages.customer.expecting import Ahead, Expected
from shopify_app.pages.customer.orders import OrderLine
from shopify_app.pages.customer.queries import (
    OrderRow,
    Recent,
    count_orders,
    orders_of,
    recent,
)
from shopify_app.pages.customer.rhythm import Gap, GapLine
from shopify_app.retention.asking import Asked
from shopify_app.retention.chart import Drawing
from shopify_app.retention.forecasts.queries import back_within, forecast_of, standing_forecast
from shopify_app.retention.panel import BIGGEST_ID, Standing, explain_link, keep_sums, standing
from shopify_app.retention.people.listing.columns import PEOPLE, Listed
from shopify_app.retention.people.one.panel import ORDERS, STORY, Head, found_whom, head, moved, title
from shopify_app.retention.people.one.queries import Whom
from shopify_app.retention.presenting import ENOUGH_REPEAT_CUSTOMERS, Fact
from shopify_app.retention.registry import Totals
from shopify_app.retention.rfm.queries import cuts_of
from shopify_app.retention.rfm.scoring import Cuts, Group, group_of
from shopify_app.retention.story import Telling
from shopify_app.retention.window import Basis, Unit, parse_window
from shopify_app.retention.window_sums.queries import WindowSums
from shopify_app.segments.presenting import beside_shopify_text
from shopify_app.segments.ready import READY

blueprint = Blueprint("customer", __name__, url_prefix="/customers/<int:customer_id>")

ROWS, FILE_ROWS = 25, 1000
"""Orders on a page, and those read at a time for a file."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Gaps between days with an order."""

    text: str
    drawings: list[Drawing]
    gaps: list[GapLine]
    """Latest first."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of somebody."""

    found: Whom
    one: Listed | None
    """None where no order of theirs counts."""
    done: Recent
    gaps: Sequence[Gap]


@dataclass(frozen=True, slots=True)
class StoryPage:
    """Who somebody is."""

    head: Head
    sentences: list[str]
    group: telling.Belongs | None
    such_people: str | None
    such_people_href: str
    facts: list[Fact]
    late: bool
    """Whether it is told when they are late."""
    rhythm: Rhythm | None
    timeline: list[telling.Moment]
    ahead: Ahead | None


@dataclass(frozen=True, slots=True)
class OrdersPage:
    """All orders of somebody."""

    head: Head
    total: str
    lines: list[OrderLine]
    paging: "Paging"
    file: str


@dataclass(frozen=True, slots=True)
class Paging:
    """The ways to the other pages of the list, and its file."""

    first_href: str | None
    next_href: str | None
    file_href: str


@blueprint.get("")
def story(customer_id: int) -> Response:
    """Who somebody is: how often they buy, how much, when, and what happened."""
    with parts().database.reading() as session:
        now, found = standing(session, current_shop().id), found_whom(session, customer_id)
        if found.now != customer_id:
            return moved(found, STORY)
        expected = _expected(session, found)
        etag = version(now.etag, expected.standing and expected.standing.as_of)
        if same := unchanged(etag):
            return same
        sums = WindowSums(session, current_shop().id)
        ever = sums(parse_window("all", now.today), Basis.KEPT, Unit.ORDER)
        done = recent(session, current_shop().id, found.row) if found.row else Recent((), (), ())
        above, cuts = head(session, found, STORY), cuts_of(session, current_shop().id)
    keep_sums(sums, now)
    note_seen(CUSTOMER)
    known = Known(
        found, _listed(found, cuts, now), done, rhythm.gaps_until([bought.day for bought in done.bought], now.today)
    )
    if wants_json():
        return answer(_document(known, expected, now), etag)
    page = replace(
        _story_page(above, known, ever, expected, now),
        group=_belongs(found, _group(found, cuts, now)),
        ahead=_ahead(known, expected, now),
    )
    return show("customers/story.html", page, title(found), etag)


def _expected(session: Session, found: Whom) -> Expected:
    shop = current_shop().id
    standing = standing_forecast(session, shop)
    return Expected(standing, forecast_of(session, shop, found.number), back_within(session, shop, 90))


def _ahead(known: Known, expected: Expected, now: Standing) -> Ahead | None:
    """Nothing of somebody who was erased, nor while orders are being read."""
    if known.one is None or known.found.erased or now.progress.stage != "read":
        return None
    return expecting.ahead(known.one, expected, words(), now.shop.currency)


def _listed(found: Whom, cuts: Cuts, now: Standing) -> Listed | None:
    return Listed(found.row, now.today, cuts.late_after) if found.row else None


def _story_page(above: Head, known: Known, ever: Totals, expected: Expected, now: Standing) -> StoryPage:
    spoken, currency = words(), now.shop.currency
    found, one, gaps = known.found, known.one, known.gaps
    told = Telling(spoken, ZoneInfo(now.shop.timezone), currency)
    everybody = now.sight.since is None and now.progress.stage == "read"
    asked = Asked(parse_window("all", now.today), Basis.KEPT, Unit.ORDER, now.today, now.today)
    return StoryPage(
        head=above,
        sentences=telling.introduced(one, spoken, currency) if one else [telling.nothing_counted(found, spoken)],
        group=None,
        ahead=None,
        such_people=telling.of_such_people(one.row, ever, spoken) if one and everybody and not expected.told else None,
        such_people_href=explain_link("repeat_rate", asked),
        facts=telling.facts(one, spoken, currency, f"/customers/{found.number}/orders") if one else [],
        late=one is not None and one.limit is not None,
        rhythm=_rhythm(one, gaps) if one and len(gaps) > 1 else None,
        timeline=telling.timeline(found, known.done, told, link),
    )


def _group(found: Whom, cuts: Cuts, now: Standing) -> Group | None:
    """Among which of the shop's customers somebody is; None where too few have come back to hold people together."""
    if found.row is None or now.progress.stage != "read":
        return None
    return group_of(found.row, cuts, now.today) if cuts.repeaters >= ENOUGH_REPEAT_CUSTOMERS else None


def _belongs(found: Whom, group: Group | None) -> telling.Belongs | None:
    if group is None:
        return None
    ready = next(name for name, one in READY.items() if one.group is group)
    asked = None if found.erased else link(f"/customers/{found.number}/group")
    return telling.Belongs(beside_shopify_text(group, None, words()), link(f"/customers/segments/ready/{ready}"), asked)


@blueprint.get("/group")
def shopifys_word(customer_id: int) -> Response:
    """What we call somebody and what Shopify does, for the page that is open: Shopify is asked after it is shown."""
    with parts().database.reading() as session:
        now, found = standing(session, current_shop().id), found_whom(session, customer_id)
        group = _group(found, cuts_of(session, current_shop().id), now)
    if group is None or found.erased:
        return answer({"text": None})
    note_seen(CUSTOMER)
    theirs = shopifys_group(parts().admin, current_shop().id, customer_id)
    return answer({"text": beside_shopify_text(group, theirs, words())})


def _rhythm(one: Listed, gaps: Sequence[Gap]) -> Rhythm:
    spoken, usual = words(), one.row.usual_gap
    return Rhythm(
        text=rhythm.chart_text(gaps, usual, spoken),
        drawings=[rhythm.draw(gaps, usual, spoken, size) for size in rhythm.SIZES],
        gaps=[rhythm.gap_line(gap, spoken) for gap in reversed(gaps)],
    )


@blueprint.get("/orders")
def their_orders(customer_id: int) -> Response:
    """Every order of somebody's, whether it counts, and why not; all of them as a file."""
    shop = current_shop().id
    with parts().database.reading() as session:
        now, found = standing(session, shop), found_whom(session, customer_id)
        if found.now != customer_id:
            return moved(found, ORDERS)
        if request.args.get("format") == "csv":
            note_taken(CUSTOMER_ORDERS, lines=count_orders(session, shop, customer_id))
            return _file(found, now)
        if same := unchanged(now.etag):
            return same
        rows, after = orders_of(session, shop, customer_id, _after(), ROWS)
        known, above = count_orders(session, shop, customer_id), head(session, found, ORDERS)
    note_seen(CUSTOMER)
    told = Telling(words(), ZoneInfo(now.shop.timezone), now.shop.currency)
    if wants_json():
        return answer(orders.document(found, known, rows, after, told), now.etag)
    path = f"/customers/{customer_id}/orders"
    page = OrdersPage(
        head=above,
        total=orders.total_text(found, known, told),
        lines=[orders.line(row, told, link) for row in rows],
        paging=Paging(
            first_href=link(path) if "after" in request.args else None,
            next_href=link(path, {"after": str(after)}) if after else None,
            file_href=link(path, {"format": "csv"}),
        ),
        file=orders.FILE,
    )
    return show("customers/orders.html", page, title(found), now.etag)


def _after() -> int | None:
    text = request.args.get("after")
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > len(str(BIGGEST_ID)):
        raise Malformed("This page of the list does not exist. Start again from the first page.")
    return min(int(text), BIGGEST_ID - 1)


def _document(known: Known, expected: Expected, now: Standing) -> dict[str, Any]:
    one, currency = known.one, now.shop.currency
    return {
        "customer_id": str(known.found.number),
        "erased": known.found.erased,
        "currency": currency,
        "counted": PEOPLE.document(one, currency) if one else None,
        "expected": expecting.document(one, expected, currency) if one and not known.found.erased else None,
        "late_by": ("own" if one.limit.own else "shop") if one and one.limit else None,
        "gaps": [
            {"start": gap.start.isoformat(), "end": None if gap.open else gap.end.isoformat(), "days": gap.days}
            for gap in known.gaps
        ],
    }


def _file(found: Whom, now: Standing) -> Response:
    shop, database, zone = current_shop().id, parts().database, ZoneInfo(now.shop.timezone)

    def rows() -> Iterator[OrderRow]:
        after: int | None = None
        while True:
            with database.reading() as session:
                some, after = orders_of(session, shop, found.number, after, FILE_ROWS)
            yield from some
            if after is None:
                return

    def encoded() -> Iterator[bytes]:
        dated = (orders.Dated(row, local_day(row.placed_at, zone)) for row in rows())
        yield from (line.encode() for line in orders.ORDERS.lines(dated, now.shop.currency))

    response = Response(stream_with_context(encoded()), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{orders.FILE}"'
    return response
