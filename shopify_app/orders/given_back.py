"""What a refund gave back of which line. Pure; amounts in minor units."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from shopify_app.clock import Instant
from shopify_app.orders.facts import LineFacts, RefundFacts

Lines = tuple[tuple[int, int], ...]
"""Line and amount, each line once and in the order of their numbers, without those of which nothing went back."""


def by_line(parts: Iterable[tuple[int, int]]) -> Lines:
    """Parts of lines put together."""
    found: dict[int, int] = {}
    for line, amount in parts:
        found[line] = found.get(line, 0) + amount
    return tuple(sorted((line, amount) for line, amount in found.items() if amount))


def worked_out(lines: Sequence[LineFacts], taken: Mapping[int, int], total: int) -> Lines | None:
    """What one refund alone gave back of each line: of so many pieces `taken` of it, all together worth `total`.

    A line of which all pieces went, or pieces of one price, is worth what was paid for these. How Shopify rounds the
    price of other pieces is not known: one such line has what is left of the total, and of more there is no telling:
    None, as where the sums do not meet.
    """
    sure, rounded = list[tuple[int, int]](), list[tuple[int, int]]()
    for line in lines:
        pieces, paid = taken.get(line.line_id, 0), line.gross - line.discount
        if line.gift_card or pieces <= 0:
            continue
        if pieces == line.quantity or paid % line.quantity == 0:
            sure.append((line.line_id, paid * pieces // line.quantity))
        else:
            rounded.append((line.line_id, paid))
    rest = total - sum(amount for _, amount in sure)
    if len(rounded) > 1 or not 0 <= rest <= sum(paid for _, paid in rounded):
        return None
    return by_line([*sure, *((line, rest) for line, _ in rounded)])


def row_of(refund: RefundFacts) -> list[Any]:
    """As it is kept: its fields, with the lines as text, or None where nobody has told them."""
    written = None
    if refund.itemised:
        taxes = refund.line_taxes or ((),) * len(refund.lines)
        rows = [[*line, *([tax] if refund.line_taxes else [])] for line, tax in zip(refund.lines, taxes, strict=True)]
        written = msgspec.json.encode(rows).decode()
    return [refund.refund_id, refund.order_id, refund.refunded_at, refund.net, refund.exact, refund.tax, written]


def refund_of(
    refund_id: int, order_id: int, refunded_at: Instant, net: int, exact: bool, tax: int, written: str | None
) -> RefundFacts:
    """The refund that `row_of` has written."""
    if written is None:
        return RefundFacts(refund_id, order_id, refunded_at, net, exact, tax, itemised=False)
    rows = _rows.decode(written) if len(written) > len(_NONE) else []
    lines = tuple((row[0], row[1]) for row in rows)
    return RefundFacts(refund_id, order_id, refunded_at, net, exact, tax, lines, line_taxes=_taxes(rows))


def _taxes(rows: Sequence[Sequence[int]]) -> tuple[int, ...]:
    return tuple(row[2] for row in rows if len(row) > 2)


_NONE = "[]"
_rows = msgspec.json.Decoder(list[list[int]])
