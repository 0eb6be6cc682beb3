"""Figures as people read them: cards, changes with their unit, formulas with their own figures. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from shopify_app.clock import LocalDay, next_day
from shopify_app.customers.nobody import is_erased
from shopify_app.language import Words
from shopify_app.money import exponent
from shopify_app.retention.asking import Asked
from shopify_app.retention.chart import first_sales
from shopify_app.retention.measure import Figure
from shopify_app.retention.queries import Month, OrderRow
from shopify_app.retention.registry import METRICS, Drill
from shopify_app.retention.window import PRESETS, Basis, Unit, Window, previous

ENOUGH_REPEAT_CUSTOMERS = 30
"""Below so many customers who came back, a share says little about the next one."""

LONGEST = 10
"""Characters of an amount that fit on a card; a longer one is cut short there, and the formula has it in full."""

NOTHING = "\N{EN DASH}"

ADMIN_CUSTOMER = "shopify://admin/customers/"

BASIS_TITLES = {Basis.KEPT: "Completed orders", Basis.SHOPIFY: "As Shopify counts"}
UNIT_TITLES = {Unit.ORDER: "Each order", Unit.DAY: "Each day with an order"}
WINDOW_TITLES = {"all": "All time", "30d": "Last 30 days", "90d": "Last 90 days", "365d": "Last 365 days"}
Change = Literal["refund", "edit", "return", "both", "several", "either"]
"""What a row books that books no order: "both" a refund and an edit, "either" where it is not known which."""
CHANGE_TITLES: dict[Change, str] = {
    "refund": "Refund",
    "edit": "Edit",
    "return": "Return",
    "both": "Refund and edit",
    "several": "Several changes",
    "either": "Refund or edit",
}
DRILL_TITLES: dict[Drill, str] = {
    "all": "Every order that counts in this period, and refunds and edits booked in it.",
    "customers": "The orders of known customers in this period, and refunds and edits booked in it.",
    "repeat": "The orders of the customers who bought at least twice in this period.",
    "returning": "The orders in this period that were not their customer's first.",
    "guest": "The orders in this period that name no customer.",
}


@dataclass(frozen=True, slots=True)
class Card:
    """One number with its sentence; `change` is against the equally long period before."""

    name: str
    title: str
    value: str
    sentence: str
    change: str | None
    href: str
    period: str | None = None
    """Which days the number is about, where the page does not say it for all of them."""
    compared: str | None = None
    """What the change is against, where the page does not say it for all of them."""


@dataclass(frozen=True, slots=True)
class MonthLine:
    """A month of the chart as a line of its table."""

    title: str
    orders: str
    net: str
    returning: str
    first: str
    href: str


@dataclass(frozen=True, slots=True)
class OrderLine:
    """An order behind a number as a line of the list; `note` where the line only books a refund or an edit."""

    name: str
    day: str
    customer: str
    customer_href: str | None
    nth: str
    value: str
    net: str
    note: str | None
    href: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A title and what stands against it; `href` is a page of ours where that leads somewhere."""

    title: str
    value: str
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a picker."""

    value: str
    title: str
    chosen: bool


def value_text(figure: Figure, words: Words, currency: str, short: bool = False) -> str:
    """A figure's value in its own unit; a dash where it is not defined."""
    if figure.value is None:
        return NOTHING
    if figure.kind == "share":
        return words.percent(figure.value)
    if figure.kind == "ratio":
        return words.number(figure.value, 2)
    if figure.kind == "count":
        return words.number(figure.value)
    if short or len(words.number(figure.value, exponent(currency))) > LONGEST:
        return words.short_amount(figure.value, currency)
    return words.amount(figure.value, currency)


def change_text(now: Figure, before: Figure | None, words: Words) -> str | None:
    """How far a figure moved: percentage points for a share, percent for an amount; None where nothing compares."""
    if before is None or now.value is None or before.value is None:
        return None
    if now.kind == "share":
        return points_moved(now.value - before.value, words)
    if before.value <= 0:
        return None
    return percent_moved(now.value / before.value - 1, words)


def points_moved(moved: Fraction, words: Words) -> str:
    """How far a share moved."""
    points = words.number(abs(moved) * 100, 1)
    if points == words.number(0, 1):
        return words.text("no change")
    if moved > 0:
        return words.text("up {points} points", points=points)
    return words.text("down {points} points", points=points)


def percent_moved(moved: Fraction, words: Words) -> str:
    """How far a number moved, in parts of what it was."""
    percent = words.percent(abs(moved))
    if percent == words.percent(Fraction(0)):
        return words.text("no change")
    if moved > 0:
        return words.text("up {percent}", percent=percent)
    return words.text("down {percent}", percent=percent)


def card(figure: Figure, before: Figure | None, words: Words, currency: str, href: str) -> Card:
    """One number as it stands on a page."""
    metric = METRICS[figure.name]
    return Card(
        figure.name,
        words.text(metric.title),
        value_text(figure, words, currency),
        words.text(metric.sentence),
        change_text(figure, before, words),
        href,
    )


def waiting(card: Card, words: Words) -> Card:
    """The card while its number is not known: half of the orders would make a wrong one."""
    return replace(
        card, value=NOTHING, sentence=words.text("Known once all orders have been read."), change=None, compared=None
    )


def unseen(card: Card, words: Words) -> Card:
    """The card where we may not see who bought: nothing is not none."""
    told = words.text("Known once Wafa may see who bought.")
    return replace(card, value=NOTHING, sentence=told, change=None, compared=None)


def part_text(figure: Figure, part: Fraction | None, words: Words, currency: str) -> str:
    """The numerator or denominator of a figure, in its own unit."""
    if part is None:
        return NOTHING
    money = figure.kind == "money" or figure.name == "returning_revenue_share"
    below = figure.kind == "money" and part is figure.denominator
    return words.amount(part, currency) if money and not below else words.number(part)


def formula_text(figure: Figure, words: Words, currency: str) -> str:
    """The formula with the figure's own numbers in it."""
    numerator = part_text(figure, figure.numerator, words, currency)
    if figure.denominator is None:
        return numerator
    value = value_text(figure, words, currency)
    denominator = part_text(figure, figure.denominator, words, currency)
    if figure.value is None:
        return words.text(
            "{numerator} ÷ {denominator}: nothing to divide by, so there is no number",
            numerator=numerator,
            denominator=denominator,
        )
    return words.text(
        "{numerator} ÷ {denominator} = {value}", numerator=numerator, denominator=denominator, value=value
    )


def period_text(window: Window, words: Words) -> str:
    """A window's first and last day in words."""
    if window.start is None:
        return words.text("Everything up to {day}", day=words.day(window.end))
    if window.start == window.end:
        return words.day(window.end)
    return words.text("{first} to {last}", first=words.day(window.start), last=words.day(window.end))


def window_choices(asked: Asked, words: Words) -> list[Choice]:
    """The ready periods, and the one asked for when it is none of them."""
    chosen = asked.window
    ready = [Choice(name, words.text(WINDOW_TITLES[name]), name == chosen.name) for name in PRESETS]
    return ready if chosen.name in PRESETS else [*ready, Choice(chosen.name, _short_period(chosen, words), True)]


def _short_period(window: Window, words: Words) -> str:
    """A whole month by its name: two days with their years are longer than a picker."""
    start, end = window.start, window.end
    if start == end.replace(day=1) and next_day(end).day == 1:
        return words.month(end)
    return period_text(window, words)


def basis_choices(asked: Asked, words: Words) -> list[Choice]:
    """The two ways to count."""
    return [Choice(basis.value, words.text(title), basis is asked.basis) for basis, title in BASIS_TITLES.items()]


def unit_choices(asked: Asked, words: Words) -> list[Choice]:
    """The two things that can count as one purchase."""
    return [Choice(unit.value, words.text(title), unit is asked.unit) for unit, title in UNIT_TITLES.items()]


def too_few_text(figures: Mapping[str, Figure], who: str, words: Words) -> str | None:
    """How many came back so far, and from how many on there is something to say; None where they are enough.

    `who` is the metric that counts them: of fewer, a share would promise more than it knows.
    """
    came_back = int(figures[who].numerator)
    if came_back >= ENOUGH_REPEAT_CUSTOMERS:
        return None
    if who == "repeat_rate":
        so_far = words.plural(
            "{n} person has bought more than once.", "{n} people have bought more than once.", came_back
        )
    else:
        so_far = words.plural("{n} person had bought before.", "{n} people had bought before.", came_back)
    from_then = words.text("From {n} on, we can show a pattern.", n=words.number(ENOUGH_REPEAT_CUSTOMERS))
    return f"{so_far} {from_then}"


def month_line(month: Month, words: Words, currency: str, href: str) -> MonthLine:
    """One month of the chart in figures; a month that has not ended says so."""
    name = words.month(month.start)
    return MonthLine(
        words.text("{month}, so far", month=name) if month.partial else name,
        words.number(month.orders),
        words.money(month.net, currency),
        words.money(month.returning_net, currency),
        words.money(first_sales(month), currency),
        href,
    )


def chart_text(months: Sequence[Month], words: Words, currency: str) -> str:
    """The chart in one sentence, for those who do not see it."""
    net, returning = sum(month.net for month in months), sum(month.returning_net for month in months)
    return words.text(
        "From {first} to {last}: {net} of net sales, {returning} of it from returning customers.",
        first=words.month(months[0].start),
        last=words.month(months[-1].start),
        net=words.money(net, currency),
        returning=words.money(returning, currency),
    )


def chart_note(months: Sequence[Month], words: Words, currency: str) -> str:
    """Which months the chart shows, what its amounts are in, and whether its last month is a whole one."""
    first, last = words.month(months[0].start), words.month(months[-1].start)
    shown = words.text(
        "From {first} to {last}, amounts in {currency}.", first=first, last=last, currency=words.currency(currency)
    )
    return f"{shown} {words.text('The last month is not over.')}" if months[-1].partial else shown


def worth_comparing(before: Window | None, first: LocalDay | None) -> bool:
    """True where the earlier period lies wholly in the time that we have orders of; else any change would mislead."""
    return before is not None and before.start is not None and first is not None and first <= before.start


def order_line(row: OrderRow, words: Words, currency: str, href: str, change: Change) -> OrderLine:
    """One order behind a number in figures; `change` is what a row is about that books no order."""
    return OrderLine(
        row.name,
        words.day(row.day),
        customer_text(row.customer_id, words),
        customer_path(row.customer_id),
        NOTHING if row.customer_id is None or not row.orders else words.number(row.nth),
        words.money(row.value, currency),
        words.money(row.net, currency),
        None if row.orders else words.text(CHANGE_TITLES[change]),
        href,
    )


def customer_text(customer_id: int | None, words: Words) -> str:
    """A customer as Shopify numbers them; of a guest and of somebody erased, what they are."""
    if customer_id is None:
        return words.text("Guest")
    return words.text("Erased on request") if is_erased(customer_id) else str(customer_id)


def customer_path(customer_id: int | None) -> str | None:
    """Where the page about a customer is; None for a guest and for somebody erased."""
    return None if customer_id is None or is_erased(customer_id) else f"/customers/{customer_id}"


def title(name: str) -> str:
    """The message key of a number's title."""
    return METRICS[name].title


def home_card(figure: Figure, before: Figure | None, asked: Asked, words: Words, currency: str, href: str) -> Card:
    """A number on Home: short, with its period in the sentence; the exact one is a tap away."""
    metric = METRICS[figure.name]
    change = change_text(figure, before, words)
    return Card(
        figure.name,
        words.text(metric.title),
        value_text(figure, words, currency, short=True),
        words.text(metric.sentence),
        change,
        href,
        words.text(WINDOW_TITLES[asked.window.name]),
        compared_text(asked.window, words) if change else None,
    )


def returning_sales_card(
    figure: Figure, before: Figure | None, asked: Asked, words: Words, currency: str, href: str
) -> Card:
    """Sales from returning customers as an amount, with their share of all sales."""
    share = value_text(figure, words, currency)
    change = _amount_change(figure, before, words)
    return Card(
        figure.name,
        words.text("Sales from returning customers"),
        words.short_amount(figure.numerator, currency),
        words.text("{percent} of all sales", percent=share),
        change,
        href,
        words.text(WINDOW_TITLES[asked.window.name]),
        compared_text(asked.window, words) if change else None,
    )


def compared_text(window: Window, words: Words) -> str | None:
    """What a change is against: the equally long period before; None where there is none."""
    before = previous(window)
    if before is None or before.start is None:
        return None
    return words.text("against the {time} before", time=words.duration((before.end - before.start).days + 1))


def _amount_change(now: Figure, before: Figure | None, words: Words) -> str | None:
    if before is None or before.numerator <= 0:
        return None
    return percent_moved(now.numerator / before.numerator - 1, words)
