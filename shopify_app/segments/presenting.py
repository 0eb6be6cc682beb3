"""Segments in words and as documents. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from shopify_app.clock import local_day
from shopify_app.language import Words
from shopify_app.money import Minor, Money
from shopify_app.retention.registry import Totals
from shopify_app.retention.rfm.queries import Size
from shopify_app.retention.rfm.scoring import Group
from shopify_app.segments.queries import Counted
from shopify_app.segments.ready import GROUP_TITLES
from shopify_app.table import decimal_text


@dataclass(frozen=True, slots=True)
class Line:
    """A segment in the list."""

    key: str
    name: str
    note: str
    href: str
    people: str | None
    """None where it was never counted; so are the others."""
    customers: str | None
    sales: str | None
    counted: str | None
    count_href: str
    in_shopify: bool = False
    """Whether it is to be in Shopify, as a segment or a tag."""


def share(part: int, whole: int) -> Fraction | None:
    """None where there is nothing to share."""
    return Fraction(part, whole) if whole > 0 else None


def count_text(size: Size, totals: Totals, words: Words) -> str:
    """How many people a segment has, and what they are to the shop."""
    people = words.plural("{n} person", "{n} people", size.people)
    customers, sales = share(size.people, totals.customers), share(size.net, totals.customer_net)
    if not size.people or customers is None:
        return people
    part = words.percent(customers)
    if sales is None:
        return words.text("{people}, {customers} of your customers", people=people, customers=part)
    return words.text(
        "{people}, {customers} of your customers, {sales} of what all customers have spent",
        people=people,
        customers=part,
        sales=words.percent(sales),
    )


def line(
    key: str, name: str, note: str, hrefs: tuple[str, str], counted: Counted | None, totals: Totals, at: "Place"
) -> Line:
    """A segment as it was last counted; `hrefs` lead to its people and to its count."""
    words, (href, count_href) = at.words, hrefs
    if counted is None:
        return Line(key, name, note, href, None, None, None, None, count_href)
    size = counted.size
    shares = share(size.people, totals.customers), share(size.net, totals.customer_net)
    customers, sales = (None if one is None else words.percent(one) for one in shares)
    return Line(key, name, note, href, words.number(size.people), customers, sales, at.when(counted), count_href)


@dataclass(frozen=True, slots=True)
class Place:
    """Who is told, and on whose clock."""

    words: Words
    zone: ZoneInfo

    def when(self, counted: Counted) -> str:
        """The moment of a count."""
        day = self.words.day(local_day(counted.at, self.zone))
        return self.words.text("{day}, {time}", day=day, time=self.words.time(counted.at, self.zone))


def count_document(size: Size, totals: Totals, currency: str) -> dict[str, Any]:
    """A count for a program; shares are of all customers and of what all of them have spent."""
    return {
        "people": size.people,
        "net": str(Money(Minor(size.net), currency).decimal()),
        "currency": currency,
        "share_of_customers": decimal_text(share(size.people, totals.customers)),
        "share_of_sales": decimal_text(share(size.net, totals.customer_net)),
    }


def too_few_text(repeaters: int, enough: int, words: Words) -> str | None:
    """How many came back so far, where they are too few for groups to mean much."""
    if repeaters >= enough:
        return None
    so_far = words.plural("{n} person has bought more than once.", "{n} people have bought more than once.", repeaters)
    return f"{so_far} {words.text('From {n} on, we can show a pattern.', n=words.number(enough))}"


SHOPIFYS_GROUPS: Mapping[str, str] = {
    "CHAMPIONS": "Champions",
    "LOYAL": "Loyal customers",
    "ACTIVE": "Active",
    "NEW": "New customers",
    "PROMISING": "Promising customers",
    "NEEDS_ATTENTION": "Needs attention",
    "ALMOST_LOST": "Almost lost",
    "AT_RISK": "At risk",
    "PREVIOUSLY_LOYAL": "Previously loyal",
    "DORMANT": "Dormant",
    "PROSPECTS": "Prospects",
}
"""Shopify's groups by the names of CustomerRfmGroup, as message keys."""


def beside_shopify_text(group: Group, shopifys: str | None, words: Words) -> str:
    """What we call somebody, and beside it what Shopify does, where it says so."""
    ours = words.text(GROUP_TITLES[group])
    if shopifys is None or shopifys not in SHOPIFYS_GROUPS:
        return words.text("Group: {group}.", group=ours)
    theirs = words.text(SHOPIFYS_GROUPS[shopifys])
    return words.text("Group: {group}. Shopify calls this person “{theirs}”.", group=ours, theirs=theirs)


def worked_out_text(seconds: float, words: Words) -> str:
    """How long it took: such a page reads all customers."""
    return words.text("Worked out just now, in {n} s.", n=words.number(Fraction(round(seconds * 100), 100), 2))
