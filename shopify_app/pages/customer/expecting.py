"""What is expected of one customer, in words with the reason, and for programs. Pure."""

from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import Any

from shopify_app.language import Words
from shopify_app.money import Minor, Money
from shopify_app.retention.forecasts.presenting import too_early, worked_out
from shopify_app.retention.forecasts.queries import Foreseen, Standing
from shopify_app.retention.forecasts.row import share
from shopify_app.retention.people.lateness import purchases
from shopify_app.retention.people.listing.columns import Listed
from shopify_app.retention.presenting import Fact
from shopify_app.table import decimal_text


@dataclass(frozen=True, slots=True)
class Expected:
    """What the last night has found; `standing` is None before the first, `own` where nothing is told of this one."""

    standing: Standing | None
    own: Foreseen | None
    back_in_90: Fraction | None
    """Of all who bought once, the share who came back within 90 days; None where too few were watched for so long."""

    @property
    def told(self) -> bool:
        """Whether that share is on the page."""
        return self.standing is not None and self.own is not None and self.back_in_90 is not None


@dataclass(frozen=True, slots=True)
class Ahead:
    """A part of the page."""

    sentences: list[str]
    facts: list[Fact]
    worked_out: str | None


def ahead(one: Listed, expected: Expected, words: Words, currency: str) -> Ahead:
    """What to expect, or why nothing can be said yet."""
    standing, own = expected.standing, expected.own
    if standing is None or own is None:
        return Ahead([_why_not(standing, words)], [], None)
    said = [_reason(one, expected, words)]
    if _since(one, own):
        said.append(words.text("They have ordered since this was worked out; it is worked out anew every night."))
    return Ahead(said, _facts(own, words, currency), worked_out(standing._replace(as_of=own.as_of), words))


def _why_not(standing: Standing | None, words: Words) -> str:
    if standing is None:
        return words.text("Nothing is expected yet: that is worked out every night.")
    return too_early(standing, words) or words.text(
        "Nothing is expected of this customer yet: that is worked out every night."
    )


def _since(one: Listed, own: Foreseen) -> bool:
    return one.row.last_day > own.as_of


def _reason(one: Listed, expected: Expected, words: Words) -> str:
    row, ago = one.row, words.duration(one.since)
    if purchases(row) == 1 and row.orders == 1:
        if expected.back_in_90 is None:
            return words.text("Bought once; the order was {ago} ago.", ago=ago)
        percent = words.percent(min(expected.back_in_90, Fraction(99, 100)), 0)
        return words.text("Bought once. {percent} of those who bought once came back within 90 days.", percent=percent)
    if not one.since:
        return words.plural("Ordered {n} time, the last today.", "Ordered {n} times, the last today.", row.orders)
    if row.usual_gap is None:
        return words.plural(
            "Ordered {n} time; the last was {ago} ago.",
            "Ordered {n} times; the last was {ago} ago.",
            row.orders,
            ago=ago,
        )
    return words.plural(
        "Ordered {n} time, about every {gap}; the last was {ago} ago.",
        "Ordered {n} times, about every {gap}; the last was {ago} ago.",
        row.orders,
        gap=words.duration(max(row.usual_gap, 1)),
        ago=ago,
    )


def _facts(own: Foreseen, words: Words, currency: str) -> list[Fact]:
    row = own.row
    found = [
        Fact(words.text("Chance to order in 30 days"), words.percent(share(row.chance_30), 0)),
        Fact(words.text("Chance to order in 90 days"), words.percent(share(row.chance_90), 0)),
    ]
    if row.next_from is not None and row.next_to is not None:
        first, last = (words.day(own.as_of + timedelta(days=days)) for days in (row.next_from, row.next_to))
        between = words.text("between {first} and {last}", first=first, last=last)
        found.append(Fact(words.text("Next order expected"), between))
        found.append(Fact(words.text("Still a customer"), words.percent(share(row.alive), 0)))
    low, high = (words.money(minor, currency) for minor in (row.value_low, row.value_high))
    value = words.text(
        "{amount}, likely between {low} and {high}", amount=words.money(row.value_12m, currency), low=low, high=high
    )
    return [*found, Fact(words.text("Expected value, 12 months"), value)]


def document(one: Listed, expected: Expected, currency: str) -> dict[str, Any] | None:
    """The same for a program; None where nothing is expected."""
    own = expected.own
    if own is None or expected.standing is None:
        return None
    row, days = own.row, [None if each is None else own.as_of + timedelta(days=each) for each in _next(own)]
    amounts = {"expected_value": row.value_12m, "likely_at_least": row.value_low, "likely_at_most": row.value_high}
    return {
        "as_of": own.as_of.isoformat(),
        "ordered_since": _since(one, own),
        "chance_30_days": decimal_text(share(row.chance_30)),
        "chance_90_days": decimal_text(share(row.chance_90)),
        "still_a_customer": None if row.next_from is None else decimal_text(share(row.alive)),
        "next_order_from": days[0] and days[0].isoformat(),
        "next_order_to": days[1] and days[1].isoformat(),
        **{name: str(Money(Minor(minor), currency).decimal()) for name, minor in amounts.items()},
        "bought_once_back_in_90_days": decimal_text(expected.back_in_90),
    }


def _next(own: Foreseen) -> tuple[int | None, int | None]:
    return own.row.next_from, own.row.next_to
