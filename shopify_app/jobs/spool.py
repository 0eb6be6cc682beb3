"""A bulk file on our disk: kept whole first, then cut into pieces that each hold whole orders.

An order's lines may stand anywhere in Shopify's file. Pieces are ranges of order numbers, which Shopify
hands out in the order of time, so that reading them backwards reads the newest orders first.
"""

import shutil
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from shopify_app.orders.bulk_payload import place_of, place_read

PIECE_LINES = 12_000
MOST_PIECES = 200
"""All pieces are open at once while the file is cut: well under what a process may have open."""

_RAW = "orders.jsonl"
_NUMBERS = "numbers"
"""How many lines there are, then the number of each order, as 64-bit integers."""
_NO_ORDER = 0


class Spool:
    """One shop's directory, and in it that of one file; a file appears under its name only when it is complete.

    Workers on several machines take turns with an import. Each file is kept apart by a name of its own: what is left on
    one machine of a file that others went on with is never taken for the one that is read now.
    """

    def __init__(self, directory: Path, file: str = "") -> None:
        self._shop, self._directory = directory, directory / file

    def keep(self, chunks: Iterable[bytes], beat: Callable[[], None]) -> None:
        """Write the whole file in place of all others; `beat` is called now and then, and may stop it by raising."""
        self.discard()
        self._directory.mkdir(parents=True)
        partial = self._directory / f"{_RAW}.part"
        with partial.open("wb") as file:
            for chunk in chunks:
                file.write(chunk)
                beat()
            # Once more: a worker that hung and was replaced must not put its file in its successor's place.
            beat()
        partial.rename(self._directory / _RAW)

    def counted(self) -> tuple[int, int]:
        """How many orders, and how many lines in all, the file holds; none when it is not there."""
        raw = self._directory / _RAW
        if not raw.exists():
            return 0, 0
        lines, numbers = _scanned(raw)
        partial = self._directory / f"{_NUMBERS}.part"
        partial.write_bytes(array("q", [lines, *numbers]).tobytes())
        partial.rename(self._directory / _NUMBERS)
        return len(numbers), lines

    def _remembered(self, raw: Path) -> "tuple[int, array[int]]":
        """What was found when the file was counted; looked for again where that was never written down."""
        known = self._directory / _NUMBERS
        if not known.exists():
            return _scanned(raw)
        numbers = array("q", known.read_bytes())
        return numbers[0], numbers[1:]

    def cut(self, beat: Callable[[], None], piece_lines: int = PIECE_LINES, *, lines: int | None = None) -> int | None:
        """Cut the file into pieces; how many there are, or None when the file is gone or has not so many `lines`.

        A worker that hung may have put its file, perhaps a part of one, in the place of the one that was counted.
        """
        raw = self._directory / _RAW
        if not raw.exists():
            return None
        found, bounds = 0, _bounds(*self._remembered(raw), piece_lines)
        with ExitStack() as stack, raw.open("rb") as file:
            pieces = [stack.enter_context(self._piece(at).open("wb")) for at in range(len(bounds) + 1)]
            for count, line in enumerate(file):
                if stripped := line.rstrip():
                    place = _place(line)
                    found += _is_line(line, place)
                    # The highest numbers go into piece 0: it is read first.
                    at = len(bounds) - bisect_right(bounds, place[0] if place else _NO_ORDER)
                    pieces[at].write(stripped + b"\n")
                if count % PIECE_LINES == 0:
                    beat()
        return len(bounds) + 1 if lines in (None, found) else None

    def piece(self, at: int) -> Iterator[bytes] | None:
        """The lines of one piece; None when it is not there."""
        path = self._piece(at)
        return iter(path.read_bytes().splitlines()) if path.exists() else None

    def discard(self) -> None:
        """Remove everything of the shop's, whatever there is."""
        shutil.rmtree(self._shop, ignore_errors=True)

    def _piece(self, at: int) -> Path:
        return self._directory / f"piece-{at:04}.jsonl"


def _scanned(raw: Path) -> "tuple[int, array[int]]":
    """How many lines a file has, and the numbers of its orders."""
    numbers, lines = array("q"), 0
    with raw.open("rb") as file:
        for line in file:
            place = _place(line)
            if place is not None and place[1]:
                numbers.append(place[0])
            lines += _is_line(line, place)
    return lines, numbers


def _place(line: bytes) -> tuple[int, bool] | None:
    return place_of(line) if line.endswith(b"\n") else place_read(line)


def _is_line(line: bytes, place: tuple[int, bool] | None) -> bool:
    """A last line that was cut short is none."""
    return place is not None or (line.endswith(b"\n") and bool(line.strip()))


def _bounds(lines: int, numbers: Sequence[int], piece_lines: int) -> list[int]:
    """The order numbers at which a new piece begins, so that pieces hold about as many orders each."""
    pieces = min(MOST_PIECES, 1 + lines // piece_lines)
    ordered = sorted(numbers)
    return sorted({ordered[len(ordered) * at // pieces] for at in range(1, pieces)} if ordered else set())
