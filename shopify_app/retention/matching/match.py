"""Comparing our figures with those that somebody has read in Shopify, and finding what makes the difference. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Literal

from shopify_app.errors import Malformed

Kind = Literal["count", "money", "mean", "share"]

ROWS: dict[str, Kind] = {
    "orders": "count",
    "gross_sales": "money",
    "discounts": "money",
    "returns": "money",
    "net_revenue": "money",
    "average_order_value": "mean",
    "customers": "count",
    "returning_rate": "share",
}
"""What Shopify's reports show of a period. Money is in major units of the shop's currency."""

_ADD_UP = frozenset({"count", "money"})
"""What several causes make together; what each alone would make of a quotient cannot be added."""
_MOST = 3
"""Causes that may make one difference together: with more, anything could be explained."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Something that Shopify may have counted otherwise; by how much it would then be above us, row by row."""

    key: str
    effects: Mapping[str, Fraction]
    alone: bool = False
    """Whether it explains a difference by itself or not at all."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One row: our figure, Shopify's, and what explains the difference exactly, where anything does."""

    name: str
    kind: Kind
    ours: Fraction | None
    theirs: Fraction | None
    same: bool | None
    """None where there is nothing to compare."""
    causes: tuple[str, ...] = ()

    @property
    def difference(self) -> Fraction | None:
        """How much higher Shopify's figure is."""
        return None if self.ours is None or self.theirs is None else self.theirs - self.ours


def compare(
    ours: Mapping[str, Fraction | None],
    theirs: Mapping[str, "Typed"],
    causes: Sequence[Cause],
    rounding: Mapping[Kind, Fraction],
) -> list[Compared]:
    """Row by row; `rounding` is how far two figures of a kind may be apart and yet be the same.

    Quotients are compared as precisely as they were typed.
    """
    return [_compared(name, kind, ours.get(name), theirs.get(name), causes, rounding) for name, kind in ROWS.items()]


def _compared(
    name: str,
    kind: Kind,
    ours: Fraction | None,
    typed: "Typed | None",
    causes: Sequence[Cause],
    rounding: Mapping[Kind, Fraction],
) -> Compared:
    theirs = None if typed is None else typed.value
    if ours is None or theirs is None or typed is None:
        return Compared(name, kind, ours, theirs, None)
    allowed = rounding.get(kind, typed.half)
    if abs(theirs - ours) <= allowed:
        return Compared(name, kind, ours, theirs, same=True)
    found = next(_explaining(name, kind, theirs - ours, causes, allowed), ())
    return Compared(name, kind, ours, theirs, same=False, causes=found)


def _explaining(
    name: str, kind: Kind, difference: Fraction, causes: Sequence[Cause], allowed: Fraction
) -> Iterator[tuple[str, ...]]:
    """Sets of causes that make the difference together, the fewest first."""
    acting = [cause for cause in causes if cause.effects.get(name)]
    together = [cause for cause in acting if not cause.alone and kind in _ADD_UP]
    for size in range(1, _MOST + 1):
        for some in combinations(together if size > 1 else acting, size):
            if abs(sum(cause.effects[name] for cause in some) - difference) <= allowed:
                yield tuple(cause.key for cause in some)


@dataclass(frozen=True, slots=True)
class Typed:
    """A figure as it was typed; `half` is half a unit of its last decimal."""

    value: Fraction
    half: Fraction


_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹٫٬−", "01234567890123456789.,-")
_RUN = re.compile(r"[\d.,]*\d[\d.,]*", re.ASCII)
_NUMBER = re.compile(r"(\d{1,3}(,\d{3})+|\d+)(\.\d+)?", re.ASCII)
_LONGEST = 40
_MOST_DIGITS = 15
_SPACES = re.compile(r"(?<=\d)[\s\u00a0\u202f](?=\d{3}(?!\d))")
"""Between thousands, as some write them."""
BELOW_ZERO = frozenset({"discounts", "returns"})
"""Shopify writes them with a minus; here they are what is taken off. With a plus they are what is not."""


def read_typed(text: str, name: str) -> Typed:
    """A row's figure as people copy it from Shopify: separators, a currency, a percent sign, Arabic digits and all.

    Malformed where it is no number, not one alone, or none that this row can have.
    """
    plain = _SPACES.sub("", text.translate(_DIGITS))
    runs = _RUN.findall(plain) if len(plain) <= _LONGEST else []
    # The full stops of an abbreviated currency, such as د.ك., may stand right before the number or after it.
    number = runs[0].strip(".") if len(runs) == 1 else ""
    if not _NUMBER.fullmatch(number) or len(number) > _MOST_DIGITS:
        raise Malformed("Write this as a number, such as 1234.5.")
    value, half = Fraction(number.replace(",", "")), Fraction(1, 2 * 10 ** len(number.partition(".")[2]))
    if "+" in plain if name in BELOW_ZERO else "-" in plain or "(" in plain:
        value = -value
    kind = ROWS[name]
    if kind == "count" and (value.denominator != 1 or value < 0):
        raise Malformed("Write this as a whole number.")
    if kind == "share" and not 0 <= value <= 100:
        raise Malformed("Write a share between 0 and 100.")
    return Typed(value / 100, half / 100) if kind == "share" else Typed(value, half)
