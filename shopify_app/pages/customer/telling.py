"""Who a customer is, in sentences: how often, how much, how regularly, and what happened when. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from zoneinfo import ZoneInfo

from shopify_app.clock import Instant, LocalDay, local_day
from shopify_app.language import Words
from shopify_app.pages.customer.queries import Bought, Recent
from shopify_app.retention.people.lateness import Limit
from shopify_app.retention.people.listing.columns import Listed
from shopify_app.retention.people.one.queries import Whom
from shopify_app.retention.people.row import CustomerRow
from shopify_app.retention.presenting import ENOUGH_REPEAT_CUSTOMERS, Fact
from shopify_app.retention.registry import Totals
from shopify_app.retention.story import Telling

ROUND = frozenset({2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000})
"""Which of somebody's orders are worth a line, besides the first and the latest ones."""
LATEST, LINES = 5, 30
"""Orders that always have a line, and lines in all."""


@dataclass(frozen=True, slots=True)
class Belongs:
    """Which of the shop's groups somebody is in, and who else is."""

    text: str
    href: str
    asked: str | None
    """Where the same is told with what Shopify calls them; None of somebody erased."""


Link = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened."""

    day: str
    sentence: str
    href: str | None


def introduced(one: Listed, words: Words, currency: str) -> list[str]:
    """Who this is, in one to three sentences."""
    row = one.row
    amount = words.money(row.net, currency)
    if row.orders == 1:
        once = words.text("Ordered once, on {day}: {amount}.", day=words.day(row.first_day), amount=amount)
        return [once, *_before(row, words)]
    said = words.plural(
        "Ordered {n} time since {month}: {amount}.",
        "Ordered {n} times since {month}: {amount}.",
        row.orders,
        month=words.month(row.first_day),
        amount=amount,
    )
    return [said, _rhythm(one, words), *_held_against_others(one, words), *_before(row, words)]


def nothing_counted(found: Whom, words: Words) -> str:
    """What to say of somebody of whom no order counts."""
    if found.erased:
        return words.text("This customer's data was erased on request. Nothing here tells who it was.")
    return words.text("No order of this customer counts so far.")


def _rhythm(one: Listed, words: Words) -> str:
    ago = words.duration(one.since)
    usual = one.row.usual_gap
    if usual is None:
        return words.text("The last order was today.") if not one.since else _last(ago, words)
    every = words.duration(max(usual, 1))
    if not one.since:
        return words.text("Usually every {gap}; the last was today.", gap=every)
    if one.late and one.limit and one.limit.own:
        return words.text("Usually every {gap}; the last was {ago} ago: later than usual.", gap=every, ago=ago)
    return words.text("Usually every {gap}; the last was {ago} ago.", gap=every, ago=ago)


def _held_against_others(one: Listed, words: Words) -> list[str]:
    """That somebody is late whose own gaps are too few to tell so."""
    if not one.late or one.limit is None or one.limit.own:
        return []
    within = words.duration(max(one.limit.days, 1))
    return [
        words.text("Later than usual: nine of ten of your customers who came back did so within {days}.", days=within)
    ]


def _last(ago: str, words: Words) -> str:
    return words.text("The last order was {ago} ago.", ago=ago)


def _before(row: CustomerRow, words: Words) -> list[str]:
    if not row.earlier:
        return []
    return [
        words.plural(
            "Shopify tells of {n} earlier order, which Wafa cannot read.",
            "Shopify tells of {n} earlier orders, which Wafa cannot read.",
            row.earlier,
        )
    ]


def of_such_people(row: CustomerRow, ever: Totals, words: Words) -> str | None:
    """Of somebody who bought once, how many of such people have come back; None for others, and of too few."""
    if row.orders > 1 or row.earlier or ever.repeat_customers < ENOUGH_REPEAT_CUSTOMERS:
        return None
    share = words.percent(Fraction(ever.repeat_customers, ever.customers), 0)
    return words.text("Bought once; {percent} of such people came back.", percent=share)


def facts(one: Listed, words: Words, currency: str, orders_path: str) -> list[Fact]:
    """The numbers about somebody; those that are made of orders lead to them."""
    row = one.row
    found = [
        Fact(words.text("Since the last order"), words.duration(one.since)),
        Fact(words.text("Completed orders"), words.number(row.orders), orders_path),
        Fact(words.text("Net sales"), words.money(row.net, currency), orders_path),
        Fact(words.text("Net sales per order"), words.money(one.average, currency)),
        Fact(words.text("Days with an order"), words.number(row.days)),
    ]
    if row.usual_gap is not None:
        found.append(Fact(words.text("Usual gap"), words.duration(max(row.usual_gap, 1))))
    if one.limit is not None:
        found.append(Fact(words.text("Late after"), _late_after(one.limit, words)))
    return found


def _late_after(limit: Limit, words: Words) -> str:
    days = words.duration(max(limit.days, 1))
    return days if limit.own else words.text("{days}, as for your other customers", days=days)


@dataclass(frozen=True, slots=True, order=True)
class _Happened:
    """One moment before it is told; sorts by when it was."""

    day: date
    kind: int
    nth: int
    """Of an order: the how-manieth it is; 0 where that is not known, and of what is none."""
    sentence: str
    order_id: int = 0


_FIRST, _ORDER, _REFUND, _MERGE = range(4)


def timeline(whom: Whom, recent: Recent, telling: Telling, link: Link) -> list[Moment]:
    """What happened, the latest first: the first order, the latest and the round ones, refunds, merges."""
    words = telling.words
    found = [*_orders(whom.row, recent, telling)] if whom.row else []
    for back in recent.refunds:
        amount, name = words.money(back.net, telling.currency), _name(back.order_id, recent, words)
        said = words.text("{amount} given back for order {name}", amount=amount, name=name)
        found.append(_Happened(_day(back.at, telling.zone), _REFUND, 0, said, back.order_id))
    for merged in recent.merges:
        said = words.text("Customer {number} was merged into this one", number=str(merged.customer_id))
        found.append(_Happened(_day(merged.at, telling.zone), _MERGE, 0, said))
    shown = sorted(found, reverse=True)[:LINES]
    return list(_told(shown, whom, words, link))


def _orders(row: CustomerRow, recent: Recent, telling: Telling) -> Iterator[_Happened]:
    for bought in _worth_a_line(row, recent.bought):
        yield _Happened(bought.day, _ORDER, bought.nth, _ordered(bought, recent, telling), bought.order_id)
    if row.first_order_id not in {one.order_id for one in recent.bought}:
        said = telling.words.text("First order: {name}", name=_name(row.first_order_id, recent, telling.words))
        yield _Happened(row.first_day, _FIRST, 0, said, row.first_order_id)


def _told(shown: Sequence[_Happened], whom: Whom, words: Words, link: Link) -> Iterator[Moment]:
    """Each as a line, and a line wherever orders are left out."""
    untold = (whom.row.orders if whom.row else 0) - sum(each.kind in (_FIRST, _ORDER) for each in shown)
    orders = link(f"/customers/{whom.number}/orders")
    above: int | None = None
    for each in shown:
        if each.kind in (_FIRST, _ORDER):
            left_out = untold if each.kind == _FIRST else min(untold, above - each.nth - 1 if above else 0)
            yield from _more(left_out, orders, words)
            untold, above = untold - max(left_out, 0), each.nth
        href = link(f"/reports/orders/{each.order_id}") if each.order_id else None
        yield Moment(words.day(each.day), each.sentence, href)
    yield from _more(untold, orders, words)


def _more(orders: int, href: str, words: Words) -> Iterator[Moment]:
    if orders > 0:
        yield Moment("\N{HORIZONTAL ELLIPSIS}", words.plural("and {n} more order", "and {n} more orders", orders), href)


def _worth_a_line(row: CustomerRow, bought: Sequence[Bought]) -> list[Bought]:
    latest = {one.order_id for one in bought[-LATEST:]}
    kept = {row.first_order_id, *latest}
    return [one for one in bought if one.order_id in kept or one.nth in ROUND]


def _ordered(bought: Bought, recent: Recent, telling: Telling) -> str:
    words = telling.words
    name, amount = _name(bought.order_id, recent, words), words.money(bought.net, telling.currency)
    if bought.nth == 1:
        return words.text("First order: {name}, {amount}", name=name, amount=amount)
    return words.text("Order number {n}: {name}, {amount}", n=words.number(bought.nth), name=name, amount=amount)


def _name(order_id: int, recent: Recent, words: Words) -> str:
    return words.isolated(recent.names.get(order_id, str(order_id)))


def _day(moment: Instant, zone: ZoneInfo) -> LocalDay:
    return local_day(moment, zone)
