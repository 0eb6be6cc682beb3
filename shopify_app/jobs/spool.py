"""A bulk file on our disk: kept whole first, then cut into pieces that each hold whole orders.

An order's lines may stand anywhere in Shopify's file. Pieces are ranges of order numbers, which Shopify
hands out in the order of time, so that reading them backwards reads the newest orders first.
"""

import shutil
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

from shopify_app.orders.bulk_payload import is_root, root_of

PIECE_LINES = 5000
MOST_PIECES = 200
"""All pieces are open at once while the file is cut: well under what a process may have open."""

_RAW = "orders.jsonl"
_NO_ORDER = 0


class Spool:
    """One import's directory; a file appears under its name only when it is complete."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def keep(self, chunks: Iterable[bytes], beat: Callable[[], None]) -> None:
        """Write the whole file; `beat` is called now and then, and may stop the work by raising."""
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

    def orders(self) -> int | None:
        """How many orders the file holds; None when it is not there."""
        raw = self._directory / _RAW
        if not raw.exists():
            return None
        with raw.open("rb") as lines:
            return sum(1 for line in lines if is_root(line))

    def cut(self, beat: Callable[[], None], piece_lines: int = PIECE_LINES) -> int | None:
        """Cut the file into pieces; how many there are, or None when the file is gone."""
        raw = self._directory / _RAW
        if not raw.exists():
            return None
        bounds = _bounds(raw, piece_lines)
        with ExitStack() as stack, raw.open("rb") as lines:
            pieces = [stack.enter_context(self._piece(at).open("wb")) for at in range(len(bounds) + 1)]
            for count, line in enumerate(lines):
                if line.strip():
                    # The highest numbers go into piece 0: it is read first.
                    at = len(bounds) - bisect_right(bounds, root_of(line) or _NO_ORDER)
                    pieces[at].write(line.rstrip(b"\r\n") + b"\n")
                if count % PIECE_LINES == 0:
                    beat()
        return len(bounds) + 1

    def piece(self, at: int) -> Iterator[bytes] | None:
        """The lines of one piece; None when it is not there."""
        path = self._piece(at)
        return iter(path.read_bytes().splitlines()) if path.exists() else None

    def discard(self) -> None:
        """Remove everything, whatever there is."""
        shutil.rmtree(self._directory, ignore_errors=True)

    def _piece(self, at: int) -> Path:
        return self._directory / f"piece-{at:04}.jsonl"


def _bounds(raw: Path, piece_lines: int) -> list[int]:
    """The order numbers at which a new piece begins, so that pieces hold about as many orders each."""
    numbers, lines = array("q"), 0
    with raw.open("rb") as file:
        for line in file:
            lines += 1
            if is_root(line):
                numbers.append(root_of(line) or _NO_ORDER)
    pieces = min(MOST_PIECES, 1 + lines // piece_lines)
    ordered = sorted(numbers)
    return sorted({ordered[len(ordered) * at // pieces] for at in range(1, pieces)} if ordered else set())
