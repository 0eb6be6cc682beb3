"""The people of a cohort in words and as columns. Pure."""

from dataclasses import dataclass

from shopify_app.language import Words
from shopify_app.retention.coming_back.people.queries import Behind, Person
from shopify_app.retention.coming_back.periods import Period, Span
from shopify_app.retention.presenting import NOTHING, customer_path, customer_text
from shopify_app.table import Column, Table

PEOPLE: Table[Person] = Table(
    "people",
    (
        Column("customer_id", "number", "Customer", lambda one: one.customer_id, personal=True),
        Column("first_order", "day", "First order", lambda one: one.first, personal=True),
        Column("came_back_on", "day", "Came back on", lambda one: one.second, personal=True),
        Column("orders", "count", "Orders", lambda one: one.orders, personal=True),
        Column("net", "money", "Net sales", lambda one: one.net, personal=True),
    ),
)


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One customer."""

    customer: str
    href: str | None
    first: str
    second: str
    orders: str
    net: str


def person_line(person: Person, words: Words, currency: str) -> PersonLine:
    """One customer in figures."""
    return PersonLine(
        customer_text(person.customer_id, words),
        customer_path(person.customer_id),
        words.day(person.first),
        words.day(person.second) if person.second else NOTHING,
        words.number(person.orders),
        words.money(person.net, currency),
    )


def whom_text(behind: Behind, period: Period, words: Words) -> str:
    """Which people these are."""
    cohort = days_text(behind.cohort, period, words)
    if behind.later is None:
        return words.text("People who first bought in {period}.", period=cohort)
    if behind.came_back:
        until = words.day(behind.until)
        return words.text(
            "People who first bought in {period} and had bought again by {day}.", period=cohort, day=until
        )
    later = days_text(behind.later, period, words)
    return words.text("People who first bought in {period} and bought in {later}.", period=cohort, later=later)


def days_text(span: Span, period: Period, words: Words) -> str:
    """A period in a sentence: a month by its name, others by their days."""
    if period is Period.MONTH:
        return words.month(span.start)
    return words.text("{first} to {last}", first=words.day(span.start), last=words.day(span.end))
