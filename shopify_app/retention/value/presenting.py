"""Who brings the sales, in words and as lines of a table. Pure."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from shopify_app.language import Words
from shopify_app.money import exponent
from shopify_app.retention.value.spending import Best, Spending
from shopify_app.table import Column, Table

TOLD = Fraction(1, 10)
"""The part of all customers that the sentence is about."""


@dataclass(frozen=True, slots=True)
class BestLine:
    """One part of the customers as a line."""

    part: str
    people: str
    net: str
    share: str
    bar: int
    """The share in whole hundredths, for a bar beside it."""


@dataclass(frozen=True, slots=True)
class Row:
    """The same for a file and for programs."""

    part: Fraction
    people: int
    net: int
    share: Fraction | None


BEST_CUSTOMERS: Table[Row] = Table(
    "best_customers",
    (
        Column("part", "share", "Part of all customers", lambda row: row.part),
        Column("customers", "count", "Customers", lambda row: row.people),
        Column("net_sales", "money", "Spent so far", lambda row: row.net),
        Column("share_of_sales", "share", "Part of all their sales", lambda row: row.share),
    ),
)


def rows(found: Spending) -> list[Row]:
    """One for each part; amounts rounded to a whole minor unit."""
    return [Row(best.part, best.people, round(best.net), best.share(found.net)) for best in found.best]


def sentence(found: Spending, words: Words) -> str | None:
    """What the best tenth brings; None where nobody bought anything."""
    best = next(one for one in found.best if one.part == TOLD)
    share = best.share(found.net)
    if share is None or not best.people:
        return None
    return words.plural(
        "Your best tenth of customers, {n} person, brought {share} of what all customers have spent with you.",
        "Your best tenth of customers, {n} people, brought {share} of what all customers have spent with you.",
        best.people,
        share=words.percent(share, 0),
    )


def lines(found: Spending, words: Words, currency: str) -> list[BestLine]:
    """The table under the sentence."""
    return [_line(best, found.net, words, currency) for best in found.best]


def _line(best: Best, total: int, words: Words, currency: str) -> BestLine:
    share = best.share(total) or Fraction(0)
    return BestLine(
        words.text("Best {percent}", percent=words.percent(best.part, 0)),
        words.number(best.people),
        words.short_amount(best.net / 10 ** exponent(currency), currency),
        words.percent(share),
        max(0, min(100, round(share * 100))),
    )


def document(found: Spending, currency: str) -> dict[str, Any]:
    """The same for a program."""
    return {
        "customers": found.people,
        "best": [BEST_CUSTOMERS.document(row, currency) for row in rows(found)],
        "currency": currency,
    }
