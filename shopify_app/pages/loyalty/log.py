"""Loyalty > Points log: every entry of the shop's ledger, newest first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from shopify_app.clock import Instant, parse_instant
from shopify_app.db.base import Database, Session, ShopId
from shopify_app.errors import Malformed
from shopify_app.language import Words
from shopify_app.loyalty.ledger.model import PointsEntry
from shopify_app.loyalty.ledger.queries import LogPlace, customers_of, log_of
from shopify_app.loyalty.ledger.tables import ENTRIES
from shopify_app.pages.loyalty.entries import Line, Paging, behind, told

ROWS, FILE_ROWS = 25, 1000
_DIGITS = len(str(1 << 63))
FILE = "points_log.csv"


@dataclass(frozen=True, slots=True)
class LogPage:
    """A page of the log."""

    lines: list[Line]
    paging: Paging


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


def lines_of(
    session: Session, shop: ShopId, entries: Sequence[PointsEntry], zone: ZoneInfo, words: Words
) -> list[Line]:
    """Entries in words, each with whose it is."""
    about = behind(session, shop, entries)
    whose = customers_of(session, shop, {entry.account_id for entry in entries})
    return [
        replace(told(entry, about, zone, words), customer=whose.get(entry.account_id), undo=None) for entry in entries
    ]


def document(entries: Sequence[PointsEntry], after: str | None, currency: str) -> dict[str, Any]:
    """A page of the log for a program."""
    return {"entries": [ENTRIES.document(entry, currency) for entry in entries], "after": after}


def file_lines(database: Database, shop: ShopId, currency: str) -> Iterator[bytes]:
    """The whole log as a file, a page at a time."""
    yield from (line.encode() for line in ENTRIES.lines(_every(database, shop), currency))


def _every(database: Database, shop: ShopId) -> Iterator[PointsEntry]:
    place: LogPlace | None = None
    while True:
        with database.reading() as session:
            some = log_of(session, shop, place, FILE_ROWS)
        yield from some
        if len(some) < FILE_ROWS:
            return
        place = some[-1].known_at, some[-1].account_id, some[-1].seq
