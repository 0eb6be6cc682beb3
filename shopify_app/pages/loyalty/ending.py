"""Loyalty > Points that end soon: whose, how many and when, and when they ought to be told."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request, stream_with_context

from shopify_app.clock import Instant, local_day
from shopify_app.customers.access.kinds import POINTS
from shopify_app.customers.access.panel import note_seen, note_taken
from shopify_app.db.base import Database, ShopId
from shopify_app.embedded.answers import wants_json
from shopify_app.embedded.parts import parts
from shopify_app.embedded.request import current_shop
from shopify_app.embedded.screen import answer, link, show, words
from shopify_app.loyalty.ledger.endings import WARNINGS
from shopify_app.loyalty.ledger.queries import EndPlace, EndRow, ending_accounts
from shopify_app.pages.loyalty.entries import Paging
from shopify_app.pages.loyalty.log import read_pair
from shopify_app.retention.panel import standing
from shopify_app.table import Column, Table

blueprint = Blueprint("loyalty_ending", __name__, url_prefix="/loyalty/ending")

ROWS, FILE_ROWS = 25, 1000
SOON = timedelta(days=90)
"""So far ahead the list looks."""
FILE = "points_that_end.csv"


def warned(row: EndRow, which: int) -> Instant:
    """When somebody ought to be told that points end, for the first time or the last."""
    return Instant(row.ends_at - timedelta(days=WARNINGS[which]))


ENDING: Table[EndRow] = Table(
    "points_that_end",
    (
        Column("customer_id", "number", "Customer", lambda row: row.customer_id, personal=True),
        Column("points", "count", "Points that end then", lambda row: row.points, personal=True),
        Column("ends_at", "moment", "End on", lambda row: row.ends_at, personal=True),
        Column("first_warning_at", "moment", "Tell them from", lambda row: warned(row, 0), personal=True),
        Column("last_warning_at", "moment", "Tell them again by", lambda row: warned(row, 1), personal=True),
    ),
)


@dataclass(frozen=True, slots=True)
class Line:
    """Points of somebody that end together."""

    customer: int
    points: str
    day: str
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class EndingPage:
    """Those of the next ninety days, soonest first."""

    lines: Sequence[Line]
    paging: Paging
    file: str = FILE


@blueprint.get("")
def index() -> Response:
    """The list; all of it as a file."""
    shop, now = current_shop().id, parts().clock()
    if request.args.get("format") == "csv":
        note_taken(POINTS)
        return _file(shop, now)
    with parts().database.reading() as session:
        zone = ZoneInfo(standing(session, shop).shop.timezone)
        rows = ending_accounts(session, shop, Instant(now + SOON), read_pair(request.args.get("after")), ROWS)
    note_seen(POINTS)
    after = f"{rows[-1].ends_at.isoformat()}_{rows[-1].account_id}" if len(rows) == ROWS else None
    if wants_json():
        return answer({"ending": [ENDING.document(row, "") for row in rows], "after": after})
    paging = Paging(
        first_href=link("/loyalty/ending") if "after" in request.args else None,
        next_href=link("/loyalty/ending", {"after": after}) if after else None,
        file_href=link("/loyalty/ending", {"format": "csv"}),
    )
    page = EndingPage([_line(row, zone) for row in rows], paging)
    return show("loyalty/ending.html", page, words().text("Points that end soon"))


def _line(row: EndRow, zone: ZoneInfo) -> Line:
    days = (words().day(local_day(at, zone)) for at in (row.ends_at, warned(row, 0), warned(row, 1)))
    return Line(row.customer_id, words().number(row.points), *days)


def _file(shop: ShopId, now: Instant) -> Response:
    lines = (line.encode() for line in ENDING.lines(_every(parts().database, shop, now), ""))
    response = Response(stream_with_context(lines), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{FILE}"'
    return response


def _every(database: Database, shop: ShopId, now: Instant) -> Iterator[Any]:
    place: EndPlace | None = None
    while True:
        with database.reading() as session:
            some = ending_accounts(session, shop, Instant(now + SOON), place, FILE_ROWS)
        yield from some
        if len(some) < FILE_ROWS:
            return
        place = some[-1].ends_at, some[-1].account_id
