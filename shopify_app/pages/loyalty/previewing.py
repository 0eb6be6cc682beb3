"""What a rule would say to customers and cost, and what it would change of the one that holds: before it is decided."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from msgspec.structs import replace

from shopify_app.clock import LocalDay
from shopify_app.db.base import Session
from shopify_app.embedded.request import current_shop
from shopify_app.embedded.screen import words
from shopify_app.loyalty.earning.order import usual
from shopify_app.loyalty.ledger.endings import LONG_AGO, Ending
from shopify_app.loyalty.ledger.queries import total_of
from shopify_app.loyalty.programme import telling
from shopify_app.loyalty.programme.change_telling import Change, changes, gained
from shopify_app.loyalty.programme.form import typed
from shopify_app.loyalty.programme.rule import Rule, Version
from shopify_app.loyalty.simulator.queries import found_of
from shopify_app.retention.panel import Standing
from shopify_app.retention.window import Basis, Unit, parse_window
from shopify_app.retention.window_sums.queries import WindowSums

_YEAR = "365d"


@dataclass(frozen=True, slots=True)
class Changing:
    """What becomes otherwise."""

    lines: list[Change]
    said: list[str]
    """What that means for customers, and for the points that they hold."""
    counted: bool
    """Whether it says how many would have earned more or less."""
    same: bool
    """Whether the rule is the one that holds."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What was typed, in words, before anything is decided."""

    terms: list[str]
    cost: list[str]
    sent: Mapping[str, str]
    on_own_orders: bool
    """Whether all orders are there, to see what it would have cost on them."""
    changing: Changing | None
    """None before there is a programme."""


def preview_of(session: Session, rule: Rule, versions: Sequence[Version], sums: WindowSums, now: Standing) -> Preview:
    """What a rule would say to customers, and cost."""
    spoken = words()
    cost = [telling.cost_text(rule, spoken)]
    read = now.progress.stage == "read"
    tried = _tried(session, rule)
    if tried:
        cost.append(tried)
    elif read:
        year = sums(parse_window(_YEAR, now.today), Basis.KEPT, Unit.ORDER)
        cost.append(_on_past_sales(rule, year.net))
    if rule.others:
        cost.append(spoken.text("What points are worth is said by the amount off: other rewards may be worth more."))
    if not tried and (rule.bonuses or rule.per_order):
        cost.append(spoken.text("Bonuses, and points for each order, come on top: Cost counts them too."))
    if rule.occasions:
        cost.append(spoken.text("Points without an order come on top, and Cost does not count them."))
    whole = read and now.sight.customers
    changing = changing_of(session, versions[-1].rule, rule, sums, now) if versions else None
    return Preview(telling.terms(rule, spoken, now.today), cost, typed(rule), whole, changing)


def _on_past_sales(rule: Rule, net: int) -> str:
    if net <= 0:
        return words().text("There was no order in the last 12 months: what it would have cost cannot be said.")
    return telling.on_past_sales(rule, net, words())


def _tried(session: Session, rule: Rule) -> str | None:
    """What was found of this very rule on the shop's own orders; None where it was not gone through."""
    found, spoken = found_of(session, current_shop().id), words()
    given = next((given for one, given in found.given if one.rule == rule), None) if found else None
    if found is None or given is None or not found.sums.sold.orders:
        return None
    return spoken.plural(
        "On {n} order of the last 12 months, {sales}, it would have given {points}, worth up to {worth}.",
        "On {n} orders of the last 12 months, {sales}, it would have given {points}, worth up to {worth}.",
        found.sums.sold.orders,
        sales=spoken.money(found.sums.sold.net, rule.currency),
        points=telling.points_text(given.points, spoken),
        worth=spoken.money(rule.worth(given.points), rule.currency),
    )


def changing_of(session: Session, old: Rule, new: Rule, sums: WindowSums, now: Standing) -> Changing:
    """What another rule would change, and whom: from sums that are kept, so that no order is gone through."""
    counted = list(_of_customers(session, old, new))
    said = [*_of_orders(old, new, sums, now), *counted]
    if old.currency == new.currency:
        said += [*_of_held(session, old, new), *_of_ends(old, new, now)]
    if said and old != new:
        said.append(words().text("Earlier orders keep what they earned."))
    return Changing(changes(old, new, words()), said, bool(counted), old == new)


def _of_orders(old: Rule, new: Rule, sums: WindowSums, now: Standing) -> Iterator[str]:
    if now.progress.stage != "read" or old.currency != new.currency:
        return
    year, spoken = sums(parse_window(_YEAR, now.today), Basis.KEPT, Unit.ORDER), words()
    mean = year.net // year.orders if year.orders else 0
    was, becomes = usual(old, mean), usual(new, mean)
    if mean > 0 and was != becomes:
        yield spoken.text(
            "An order of {amount}, your average, earns {was} now, and would earn {becomes}.",
            amount=spoken.money(mean, new.currency),
            was=_worth(old, was),
            becomes=_worth(new, becomes),
        )


def _worth(rule: Rule, points: int) -> str:
    worth = words().money(rule.worth(points), rule.currency)
    return words().text("{points} ({worth})", points=telling.points_text(points, words()), worth=worth)


def _of_customers(session: Session, old: Rule, new: Rule) -> Iterator[str]:
    """How many would have earned more or less: known where the two were gone through beside each other."""
    found, spoken = found_of(session, current_shop().id), words()
    if found is None or [one.rule for one in found.trials] != [replace(old, earning=True), new]:
        return
    if found.sums.more is not None and found.sums.less is not None:
        yield gained(found.sums.more, found.sums.less, spoken)


def _of_held(session: Session, old: Rule, new: Rule) -> Iterator[str]:
    total, spoken = total_of(session, current_shop().id), words()
    held = total.available + total.pending
    if held > 0 and old.reward * new.reward_points != new.reward * old.reward_points:
        yield spoken.plural(
            "This holds at once, also for points that people have: {points} of {n} customer are worth {was} now, and "
            "would be worth {becomes}.",
            "This holds at once, also for points that people have: {points} of {n} customers are worth {was} now, and "
            "would be worth {becomes}.",
            total.accounts,
            points=telling.points_text(held, spoken),
            was=spoken.money(old.worth(held), old.currency),
            becomes=spoken.money(new.worth(held), new.currency),
        )


def _of_ends(old: Rule, new: Rule, now: Standing) -> Iterator[str]:
    before, after = (Ending(LONG_AGO, rule.ends_after, rule.extended) for rule in (old, new))
    if new.ends_after is None and old.ends_after is not None:
        yield words().text("Points that people have end no more; what has ended stays so.")
    elif new.ends_after is not None and after.is_stricter(before):
        first = words().day(LocalDay(now.today + timedelta(days=new.ends_after)))
        yield words().text("Everybody has the full time from the change on: no points end before {day}.", day=first)
    elif (before.days, before.extended) != (after.days, after.extended):
        yield words().text("No points end sooner than they would now.")
