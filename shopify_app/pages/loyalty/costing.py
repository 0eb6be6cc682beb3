"""What a programme would have cost, in words, as tables, and for programs."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import to_builtins

from shopify_app.clock import local_day
from shopify_app.errors import Malformed
from shopify_app.language import Words
from shopify_app.loyalty.programme.change_telling import gained
from shopify_app.loyalty.simulator.found import Cost, Found, costs, unused, worth_of_all
from shopify_app.loyalty.simulator.replay import Given
from shopify_app.loyalty.simulator.thresholds import Threshold, advised, around, thresholds
from shopify_app.loyalty.simulator.trial import DRAFT, HOLDS, TYPED, Trial
from shopify_app.money import parse_minor
from shopify_app.pages.loyalty.panel import READY_TITLES
from shopify_app.table import Column, Table
from shopify_app.tasks.view import TaskView

MARGIN = "40"
"""Percent of sales: a guess to begin with, and said to be one."""
_UNREADABLE = "Write a percentage from 1 to 100."
_LONGEST = 6

TRIAL_TITLES = {HOLDS: "Your programme", DRAFT: "Your draft", TYPED: "What you typed", **READY_TITLES}

COSTS: Table[tuple[Found, Cost]] = Table(
    "programme_cost",
    (
        Column("programme", "text", "Programme", lambda row: row[1].trial.name),
        Column("points", "count", "Points given", lambda row: row[1].given.points),
        Column("customers", "count", "Customers with points", lambda row: row[1].given.people),
        Column("had_90_days", "count", "Customers who have had 90 days", lambda row: row[0].sums.sold.awaited),
        Column("reached_a_reward", "count", "Of them, with a reward within reach", lambda row: row[1].given.reached),
        Column("used", "share", "Points used", lambda row: row[1].used),
        Column("cost", "money", "Cost", lambda row: row[1].amount),
        Column("of_sales", "share", "Of your sales", lambda row: row[1].of_sales),
        Column("more_sales_needed", "share", "More sales needed", lambda row: row[1].needed),
        Column("unused_worth", "money", "Other points are worth, at most", lambda row: row[1].left),
        Column("sales", "money", "Net sales", lambda row: row[0].sums.sold.net),
    ),
)
SHIPPING: Table[Threshold] = Table(
    "free_shipping",
    (
        Column("from", "money", "Free from", lambda one: one.amount),
        Column("reach", "count", "Orders that come to it", lambda one: one.reach),
        Column("near", "count", "At most 20 % short of it", lambda one: one.near),
    ),
)


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that is told of each programme."""

    title: str
    values: list[str]


@dataclass(frozen=True, slots=True)
class UseLine:
    """What a programme costs where people use a share of their points."""

    programme: str
    used: str
    cost: str
    of_sales: str | None
    needed: str | None
    left: str


@dataclass(frozen=True, slots=True)
class ShippingLine:
    """An amount from which shipping could be free."""

    amount: str
    reach: str
    near: str
    best: bool


@dataclass(frozen=True, slots=True)
class Told:
    """A result in words."""

    sentence: str
    sold: bool
    """Whether anything was sold at all."""
    gained: str | None
    """How many would have earned more by the second than by the first, and how many less."""
    beside: str | None
    """What is not counted in it."""
    heads: list[str]
    measures: list[Measure]
    uses: list[UseLine]
    advice: str
    shipping: list[ShippingLine]


def read_margin(text: str) -> Fraction:
    """The part of sales that somebody typed, in percent; Malformed where it is none."""
    typed = text.strip()
    try:
        hundredths = parse_minor(typed, "USD") if len(typed) <= _LONGEST else 0
    except Malformed:
        hundredths = 0
    if not 100 <= hundredths <= 100 * 100:
        raise Malformed(_UNREADABLE)
    return Fraction(hundredths, 100 * 100)


def told(found: Found, margin: Fraction, zone: ZoneInfo, words: Words) -> Told:
    """The whole of it."""
    return Told(
        sentence=_of_which(found, zone, words),
        sold=found.sums.sold.orders > 0,
        gained=_gained(found, words),
        beside=_beside(found, words),
        heads=[title_of(trial, words) for trial in found.trials],
        measures=_measures(found, words),
        uses=[_use(cost, found, words) for cost in costs(found, margin)],
        advice=_advice(found, words),
        shipping=_shipping(found, words),
    )


def _gained(found: Found, words: Words) -> str | None:
    """Where one of the two is the programme that holds."""
    more, less = found.sums.more, found.sums.less
    if more is None or less is None or found.trials[0].name != HOLDS or len(found.trials) < 2:
        return None
    said = gained(more, less, words)
    return words.text("{other} instead of your programme: {said}", other=title_of(found.trials[1], words), said=said)


def _beside(found: Found, words: Words) -> str | None:
    if not any(trial.rule.occasions for trial in found.trials):
        return None
    return words.text("Points without an order are not in it: for new customers, messages, birthdays and years.")


def title_of(trial: Trial, words: Words) -> str:
    """What a programme is called on the page."""
    return words.text(TRIAL_TITLES[trial.name])


def _of_which(found: Found, zone: ZoneInfo, words: Words) -> str:
    sold = found.sums.sold
    if sold.first is None:
        return words.text("There was no order in the last 12 months.")
    return words.plural(
        "Worked out on {n} order from {first} to {last}, worth {sales} now.",
        "Worked out on {n} orders from {first} to {last}, worth {sales} now.",
        sold.orders,
        first=words.day(local_day(sold.first, zone)),
        last=words.day(local_day(found.span.until, zone)),
        sales=words.money(sold.net, found.currency),
    )


def _measures(found: Found, words: Words) -> list[Measure]:
    def line(title: str, *values: str) -> Measure:
        return Measure(title, list(values))

    both, currency = list(found.given), found.currency
    ended = [words.number(given.ended) for _, given in both]
    ending = any(trial.rule.ends_after is not None for trial, _ in both)
    pending = [given.points - given.available - given.ended for _, given in both]
    return [
        line(words.text("Points given"), *(words.number(given.points) for _, given in both)),
        line(words.text("Of them pending in the end"), *map(words.number, pending)),
        *([line(words.text("Of them ended, if none is used"), *ended)] if ending else []),
        line(words.text("Customers with points"), *(words.number(given.people) for _, given in both)),
        line(
            words.text("A reward within reach in 90 days, of those who have had them"),
            *(_reached(given, found, words) for _, given in both),
        ),
        line(words.text("Cost, if every point is used"), *(_most(worth_of_all(*one), found, words) for one in both)),
        line(words.text("Value of unused points, if none is"), *(words.money(unused(*one), currency) for one in both)),
    ]


def _most(amount: int, found: Found, words: Words) -> str:
    told_amount, net = words.money(amount, found.currency), found.sums.sold.net
    return f"{told_amount} ({words.percent(Fraction(amount, net))})" if net else told_amount


def _reached(given: Given, found: Found, words: Words) -> str:
    awaited = found.sums.sold.awaited
    if not awaited:
        return words.text("Nobody has had 90 days yet")
    share = words.percent(Fraction(given.reached, awaited))
    return words.plural(
        "{reached} of {n} customer ({share})",
        "{reached} of {n} customers ({share})",
        awaited,
        reached=words.number(given.reached),
        share=share,
    )


def _use(cost: Cost, found: Found, words: Words) -> UseLine:
    return UseLine(
        programme=title_of(cost.trial, words),
        used=words.percent(cost.used, 0),
        cost=words.money(cost.amount, found.currency),
        of_sales=None if cost.of_sales is None else words.percent(cost.of_sales, 2),
        needed=None if cost.needed is None else words.percent(cost.needed),
        left=words.money(cost.left, found.currency),
    )


def _advice(found: Found, words: Words) -> str:
    orders = found.sums.sold.orders
    best = advised(thresholds(found.sums.sold.values), orders)
    if best is None:
        return words.plural(
            "{n} order is too few to advise an amount: from 200 on, we can.",
            "{n} orders are too few to advise an amount: from 200 on, we can.",
            orders,
        )
    return words.text(
        "{reach} of your orders come to {amount}, and {near} are a little short of it (20 % or less). Try free "
        "shipping from this amount.",
        amount=words.money(best.amount, found.currency),
        reach=words.percent(Fraction(best.reach, orders)),
        near=words.percent(Fraction(best.near, orders)),
    )


def _shipping(found: Found, words: Words) -> list[ShippingLine]:
    orders, every = found.sums.sold.orders, thresholds(found.sums.sold.values)
    best = advised(every, orders)
    return [
        ShippingLine(
            amount=words.money(one.amount, found.currency),
            reach=_part(one.reach, orders, words),
            near=_part(one.near, orders, words),
            best=one == best,
        )
        for one in (around(every, best) if best else ())
    ]


def _part(some: int, of: int, words: Words) -> str:
    return f"{words.number(some)} ({words.percent(Fraction(some, of))})"


def working(task: TaskView | None, words: Words) -> str | None:
    """How far it is; None while nobody works it out."""
    if task is None or not task.active:
        return None
    if not task.total:
        return words.text("It is being worked out. You can leave this page.")
    return words.text(
        "Going through your orders: {done} of {total}. You can leave this page.",
        done=words.number(task.done),
        total=words.number(task.total),
    )


def document(found: Found | None, margin: Fraction, state: str | None) -> Mapping[str, Any]:
    """All of it for a program: amounts as decimal texts."""
    if found is None:
        return {"state": state, "found": None}
    orders, every = found.sums.sold.orders, thresholds(found.sums.sold.values)
    best = advised(every, orders)
    shown = around(every, best) if best else []
    told_of = {
        "since": found.span.since.isoformat(),
        "until": found.span.until.isoformat(),
        "orders": orders,
        "rules": {trial.name: to_builtins(trial.rule) for trial in found.trials},
        "costs": [COSTS.document((found, cost), found.currency) for cost in costs(found, margin)],
        "free_shipping": [SHIPPING.document(one, found.currency) for one in shown],
        "free_shipping_from": SHIPPING.document(best, found.currency)["from"] if best else None,
    }
    return {"state": state, "found": told_of}
