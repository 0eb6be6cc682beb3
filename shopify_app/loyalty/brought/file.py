"""Reading a file of balances: its encoding, what stands between its cells, and its lines one by one. Pure."""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from shopify_app.loyalty.brought.columns import Columns, columns_of

MOST_BYTES = 20_000_000
MOST_LINES = 100_000
LONGEST = 320
"""Signs kept of a cell: no e-mail address is longer."""

_MARKS = ",;\t|"
_SEPARATOR = re.compile(r"sep=([,;\t|])")
_SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How a spreadsheet's own files begin."""
_HEAD, _PIECE = 65_536, 1 << 20
_GUARDED = re.compile(r"'(?=[=+\-@])")
"""What is put in front of a text, by us among others, so that a spreadsheet does not take it for a formula."""


class BadFile(Exception):
    """The file as a whole cannot be read; `key` is a sentence of the catalogues."""

    def __init__(self, key: str, **values: int) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


EMPTY = "Choose a file first: this one is empty."
TOO_LARGE = "The file is larger than {n} MB. Leave out the columns that are not needed, or split it."
TOO_LONG = "The file has more than {n} lines. Split it into several."
NO_PEOPLE = "No column says whose points they are. Call one “email”, “customer id” or “phone” in the first line."
NO_POINTS = "No column says how many points there are. Call one “points” in the first line."
UNREADABLE = "This is no CSV file. Save the table as CSV first, then choose that file."
NO_LINES = "There is nothing below the first line."
COMPLAINTS = (EMPTY, TOO_LARGE, TOO_LONG, NO_PEOPLE, NO_POINTS, UNREADABLE, NO_LINES)


@dataclass(frozen=True, slots=True, repr=False)
class FileLine:
    """One line as it stands in the file. It is about a person: never logged."""

    place: int
    """Which row it is in a spreadsheet; the titles are mostly in the first."""
    number: str
    email: str
    phone: str
    points: str


@dataclass(frozen=True, slots=True, repr=False)
class BalanceFile:
    """A file whose columns are known."""

    data: bytes
    encoding: str
    mark: str
    columns: Columns

    def count(self) -> int:
        """How many lines there are; BadFile where there are none, and as `lines`."""
        found = sum(1 for _ in self.lines())
        if not found:
            raise BadFile(NO_LINES)
        return found

    def pieces(self, size: int) -> Iterator[list[FileLine]]:
        """The lines, so many at a time."""
        lines = self.lines()
        while piece := list(islice(lines, size)):
            yield piece

    def lines(self) -> Iterator[FileLine]:
        """Every line with something in it; BadFile where there are too many, or it ends in being no CSV."""
        rows = _rows(self.data, self.encoding, self.mark)
        next(rows, None)
        for nth, (place, cells) in enumerate(rows, 1):
            if nth > MOST_LINES:
                raise BadFile(TOO_LONG, n=MOST_LINES)
            at = self.columns
            found = (_cell(cells, each) for each in (at.number, at.email, at.phone, at.points))
            yield FileLine(place, *found)


def open_file(data: bytes) -> BalanceFile:
    """The file with its columns; BadFile with what is wrong with it."""
    if not data.strip(b"\x00\xef\xbb\xbf\xfe\xff \r\n\t"):
        raise BadFile(EMPTY)
    if len(data) > MOST_BYTES:
        raise BadFile(TOO_LARGE, n=MOST_BYTES // 1_000_000)
    if data.startswith(_SPREADSHEETS):
        raise BadFile(UNREADABLE)
    encoding = _encoding(data)
    mark = _mark(data, encoding)
    titles = next((cells for _, cells in _rows(data, encoding, mark)), [])
    columns = columns_of(titles)
    if not columns.name_people:
        raise BadFile(NO_PEOPLE)
    if columns.points is None:
        raise BadFile(NO_POINTS)
    return BalanceFile(data, encoding, mark, columns)


def _encoding(data: bytes) -> str:
    """UTF-8 or UTF-16 where it is that, else as Excel writes CSV on an Arabic Windows, which can be any bytes."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    head = data[:_HEAD]
    if head[1::2].count(0) > len(head) // 4:
        return "utf-16-le"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(data), _PIECE):
            decoder.decode(data[start : start + _PIECE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1256"
    return "utf-8-sig"


def _mark(data: bytes, encoding: str) -> str:
    """What stands between two cells: what the first line says, or has most of."""
    first = next((line for line in _text(data, encoding) if line.strip()), "")
    if said := _SEPARATOR.fullmatch(first.strip("\r\n")):
        return said[1]
    unquoted = re.sub(r'"[^"]*"', "", first)
    return max(_MARKS, key=unquoted.count)


def _text(data: bytes, encoding: str) -> io.TextIOWrapper:
    # Signs that are none, as of a file that is cut off in the middle of one, spoil no other line.
    return io.TextIOWrapper(io.BytesIO(data), encoding=encoding, errors="replace", newline="")


def _rows(data: bytes, encoding: str, mark: str) -> Iterator[tuple[int, Sequence[str]]]:
    """Rows with something in them, and which they are; a line that only says what stands between cells is none.

    A quote that nothing closes would swallow the lines behind it: such a file is refused.
    """
    place = 0
    try:
        for cells in csv.reader(_text(data, encoding), delimiter=mark, strict=True):
            if place == 0 and _SEPARATOR.fullmatch(mark.join(cells)):
                continue
            place += 1
            if any(cell.strip() for cell in cells):
                yield place, cells
    except csv.Error:
        raise BadFile(UNREADABLE) from None


def _cell(cells: Sequence[str], place: int | None) -> str:
    text = cells[place].strip() if place is not None and place < len(cells) else ""
    return _GUARDED.sub("", text, count=1)[:LONGEST] if text.startswith("'") else text[:LONGEST]
