"""Cutting a bulk file into pieces of whole orders."""

import json
import random
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopify_app.clock import parse_instant
from shopify_app.jobs.spool import MOST_PIECES, Spool
from shopify_app.orders.bulk_payload import read_orders
from tests.orders.bulk_lines import line, order

STARTED = parse_instant("2026-11-21T09:00:00Z")


def nothing() -> None:
    pass


def raw(nodes: list[dict[str, Any]]) -> list[bytes]:
    return [json.dumps(node).encode() + b"\n" for node in nodes]


def world(sizes: list[int]) -> list[dict[str, Any]]:
    numbers = [1000 + 7 * at for at in range(len(sizes))]
    nodes = [order(number) for number in numbers]
    return nodes + [
        line(10_000 * number + at, number) for number, size in zip(numbers, sizes, strict=True) for at in range(size)
    ]


def piecewise(spool: Spool, pieces: int) -> list[list[Any]]:
    found = []
    for at in range(pieces):
        lines = spool.piece(at)
        assert lines is not None
        found.append(list(read_orders(lines, STARTED)))
    return found


@settings(max_examples=50, deadline=None)
@given(
    sizes=st.lists(st.integers(0, 5), max_size=30),
    seed=st.integers(0, 10**6),
    piece_lines=st.integers(1, 60),
    chunk=st.integers(1, 4000),
)
def test_any_order_of_lines_and_any_cut_give_the_same_orders(
    sizes: list[int], seed: int, piece_lines: int, chunk: int
) -> None:
    lines = raw(world(sizes))
    whole = list(read_orders(lines, STARTED))
    random.Random(seed).shuffle(lines)
    data = b"".join(lines)
    with tempfile.TemporaryDirectory() as folder:
        spool = Spool(Path(folder) / "import-1")
        spool.keep((data[at : at + chunk] for at in range(0, len(data), chunk)), nothing)
        assert spool.counted() == (len(sizes), len(sizes) + sum(sizes))
        pieces = spool.cut(nothing, piece_lines)
        assert pieces is not None
        found = piecewise(spool, pieces)
    # Newest first across pieces, each order once and with all its lines.
    assert [one for piece in found for one in piece] == whole


def test_pieces_are_about_as_large_as_asked(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "import-1")
    spool.keep(raw(world([2] * 400)), nothing)
    pieces = spool.cut(nothing, 100)
    assert pieces == 13
    assert max(len(piece) for piece in piecewise(spool, pieces)) <= 40


def test_there_are_never_too_many_pieces(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "import-1")
    spool.keep(raw(world([0] * 2000)), nothing)
    assert spool.cut(nothing, 1) == MOST_PIECES


def test_blank_lines_and_carriage_returns_do_no_harm(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "import-1")
    spool.keep([b"\r\n".join(one.strip() for one in raw(world([1, 2]))), b"\n\n"], nothing)
    assert spool.cut(nothing) == 1
    assert len(piecewise(spool, 1)[0]) == 2


def test_a_file_that_broke_off_is_not_there(tmp_path: Path) -> None:
    def breaks() -> Any:
        yield b"{}\n"
        raise OSError("the line was cut")

    spool = Spool(tmp_path / "import-1")
    with pytest.raises(OSError, match="cut"):
        spool.keep(breaks(), nothing)
    assert spool.counted() == (0, 0)
    assert spool.cut(nothing) is None
    assert spool.piece(0) is None


@pytest.mark.parametrize("missing", range(1, 60))
@pytest.mark.parametrize("last", [order(1003), line(5, 1002)])
def test_a_last_line_that_was_cut_short_does_not_count(tmp_path: Path, last: dict[str, Any], missing: int) -> None:
    spool = Spool(tmp_path / "import-1")
    compact = [json.dumps(one, separators=(",", ":")).encode() for one in [order(1002), last]]
    spool.keep([compact[0], b"\n", compact[1][:-missing]], nothing)
    assert spool.counted() == (1, 1)
    spool.keep([b"\n".join(compact)], nothing)
    assert spool.counted() == (2 if "refunds" in last else 1, 2)


def test_it_is_cut_alike_whether_it_was_counted_or_not(tmp_path: Path) -> None:
    lines, found = raw(world([2, 0, 1] * 40)), list[Any]()
    for count in (True, False):
        spool = Spool(tmp_path / "import-1")
        spool.keep(lines, nothing)
        if count:
            spool.counted()
        pieces = spool.cut(nothing, 30)
        assert pieces is not None
        found.append(piecewise(spool, pieces))
    assert found[0] == found[1]
    assert len(found[0]) > 1


def test_discarding_leaves_nothing(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "import-1")
    spool.keep(raw(world([1])), nothing)
    spool.discard()
    spool.discard()
    assert list(tmp_path.iterdir()) == []


def test_a_part_that_took_the_place_of_the_whole_file_is_not_cut(tmp_path: Path) -> None:
    """A worker that hung while it downloaded wakes after another has counted the whole file."""
    lines = raw(world([2, 2, 2]))
    spool = Spool(tmp_path / "import-1")
    spool.keep([b"".join(lines)], nothing)
    _, counted = spool.counted()
    late = Spool(tmp_path / "import-1")
    late.keep([b"".join(lines[:-2])], nothing)
    late.counted()
    assert spool.cut(nothing, lines=counted) is None
