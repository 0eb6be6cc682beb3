"""Loyalty > Points log: every entry of the shop's ledger, newest first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request, stream_with_context

from shopify_app.clock import Instant, parse_instant
from shopify_app.customers.access.kinds import POINTS
from shopify_app.customers.access.panel import note_seen, note_taken
from shopify_app.db.base import Database, Session, ShopId
from shopify_app.embedded.answers import wants_json
from shopify_app.embedded.parts import parts
from shopify_app.embedded.request import current_shop
from shopify_app.embedded.screen import answer, link, show, words
from shopify_app.errors import Malformed
from shopify_app.loyalty.ledger.model import PointsEntry
from shopify_app.loyalty.ledger.queries import LogPlace, customers_of, log_of
from shopify_app.loyalty.ledger.tables import ENTRIES
from shopify_app.pages.loyalty.entries import Line, Paging, Reader, behind, told
from shopify_app.pages.loyalty.entry_file import FILED, filed
from shopify_app.retention.panel import Standing, standing
from shopify_app.retention.story import Telling

blueprint = Blueprint("points_log", __name__, url_prefix="/loyalty/log")

ROWS, FILE_ROWS = 25, 1000
_DIGITS = len(str(1 << 63))
FILE = "points_log.csv"


@dataclass(frozen=True, slots=True)
class LogPage:
    """A page of the log."""

    lines: list[Line]
    paging: Paging


@blueprint.get("")
def points_log() -> Response:
    """Every entry of the ledger, newest first; all of them as a file."""
    shop, database = current_shop().id, parts().database
    with database.reading() as session:
        now = standing(session, shop)
        if request.args.get("format") == "csv":
            note_taken(POINTS)
            return _file(now)
        entries = log_of(session, shop, read_place(request.args.get("after")), ROWS)
        lines = lines_of(session, shop, entries, _reader(now))
    note_seen(POINTS)
    after = place_after(entries)
    if wants_json():
        return answer(document(entries, after, now.shop.currency))
    paging = Paging(
        first_href=link("/loyalty/log") if "after" in request.args else None,
        next_href=link("/loyalty/log", {"after": after}) if after else None,
        file_href=link("/loyalty/log", {"format": "csv"}),
    )
    return show("loyalty/log.html", LogPage(lines, paging), words().text("Points log"))


def _reader(now: Standing) -> Reader:
    telling = Telling(words(), ZoneInfo(now.shop.timezone), now.shop.currency)
    return Reader(telling, current_shop().staff_id, parts().clock())


def _file(now: Standing) -> Response:
    body = file_lines(parts().database, current_shop().id, now.shop.currency, _reader(now))
    response = Response(stream_with_context(body), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{FILE}"'
    return response


def read_place(text: str | None) -> LogPlace | None:
    """Where a page of the log begins; Malformed for an address that nobody was given."""
    if text is None:
        return None
    at, _, rest = text.partition("_")
    account, _, seq = rest.partition("_")
    try:
        return parse_instant(at), _number(account), _number(seq)
    except (ValueError, OverflowError):
        raise Malformed("This page of the list does not exist. Start again from the first page.") from None


def read_pair(text: str | None) -> tuple[Instant, int] | None:
    """Where a page begins that goes by a moment and an account; Malformed for an address that nobody was given."""
    place = read_place(None if text is None else f"{text}_0")
    return place and place[:2]


def _number(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > _DIGITS or int(text) >= 1 << 63:
        raise ValueError(text)
    return int(text)


def place_after(entries: Sequence[PointsEntry]) -> str | None:
    """Where the next page begins; None after the last."""
    if len(entries) < ROWS:
        return None
    last = entries[-1]
    return f"{last.known_at.isoformat()}_{last.account_id}_{last.seq}"


def lines_of(session: Session, shop: ShopId, entries: Sequence[PointsEntry], reader: Reader) -> list[Line]:
    """Entries in words, each with whose it is."""
    about = behind(session, shop, entries, reader.staff, reader.now)
    whose = customers_of(session, shop, {entry.account_id for entry in entries})
    return [
        replace(told(entry, about, reader.telling), customer=whose.get(entry.account_id), undo=None)
        for entry in entries
    ]


def document(entries: Sequence[PointsEntry], after: str | None, currency: str) -> dict[str, Any]:
    """A page of the log for a program."""
    return {"entries": [ENTRIES.document(entry, currency) for entry in entries], "after": after}


def file_lines(database: Database, shop: ShopId, currency: str, reader: Reader) -> Iterator[str]:
    """The whole log as a file, a page at a time."""
    yield from FILED.lines((), currency)
    place: LogPlace | None = None
    while True:
        with database.reading() as session:
            some = log_of(session, shop, place, FILE_ROWS)
            lines = lines_of(session, shop, some, reader)
        yield filed(some, lines, currency)
        if len(some) < FILE_ROWS:
            return
        place = some[-1].known_at, some[-1].account_id, some[-1].seq
