"""Telling tips from merchandise. Pure.

Shopify writes a tip as a line like any other, and says what all tips of an order come to; amounts in minor units.
"""

from collections.abc import Sequence

from shopify_app.orders.facts import LineFacts


def without_tips(lines: Sequence[LineFacts], tips: int) -> tuple[LineFacts, ...]:
    """The lines but for those that are tips: of no product, and together exactly what was given; all where none are."""
    found = _tips_among(lines, tips) if tips else ()
    return tuple(line for line in lines if line.line_id not in found) if found else tuple(lines)


def _tips_among(lines: Sequence[LineFacts], tips: int) -> set[int]:
    possible = [line for line in lines if line.product_id is None and not line.gift_card and not line.discount]
    newest = sorted(possible, key=lambda line: line.line_id, reverse=True)
    alone = next((line for line in newest if line.gross == tips), None)
    if alone:
        return {alone.line_id}
    found, left = set(), tips
    for line in newest:
        if 0 < line.gross <= left:
            found.add(line.line_id)
            left -= line.gross
    return set() if left else found
