"""Random shops from facts, and a plain, slow look at all their orders that says whom a rule means."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from shopify_app.changes.facts import OrderSeen
from shopify_app.clock import Instant
from shopify_app.orders.facts import LineFacts, OrderFacts, RefundFacts, Version
from shopify_app.retention.rfm.scoring import Group, group_of, scores
from shopify_app.segments.rules.fields import FIELDS, HOWS, Condition, How
from shopify_app.segments.rules.rule import Rule, other
from tests.factories import instant
from tests.segments.people import cuts_of, somebody

ZONE = ZoneInfo("Asia/Kuwait")
NOW = instant("2026-07-01T21:30")
"""Half past midnight on the second of July in Kuwait."""
TODAY = date(2026, 7, 2)


@dataclass(frozen=True)
class Bought:
    """An order as the reference knows it; amounts in thousandths of a dinar."""

    number: int
    customer: int | None
    placed: Instant
    lines: tuple[tuple[int, int, int], ...]
    """Product, price, discount."""
    refunded: int = 0
    cancelled: bool = False
    test: bool = False
    status: str = "paid"
    channel: str = "web"
    country: str | None = None

    @property
    def value(self):
        return sum(price - discount for _, price, discount in self.lines)

    @property
    def discount(self):
        return sum(discount for _, _, discount in self.lines)

    @property
    def counts(self):
        return not (self.cancelled or self.test or self.status == "voided") and self.value > 0

    @property
    def day(self):
        return self.placed.astimezone(ZONE).date()

    def seen(self) -> OrderSeen:
        lines = tuple(
            LineFacts(self.number * 100 + at, "Oud", 1, price, discount, False, product)
            for at, (product, price, discount) in enumerate(self.lines)
        )
        refunds = (RefundFacts(self.number, self.number, self.placed, self.refunded),) if self.refunded else ()
        facts = OrderFacts(
            order_id=self.number,
            name=f"#{self.number}",
            placed_at=self.placed,
            currency="KWD",
            customer_id=self.customer,
            cancelled_at=self.placed if self.cancelled else None,
            test=self.test,
            financial_status=self.status,
            source_name=self.channel,
            country=self.country,
            lines=lines,
            refunds=refunds,
        )
        return OrderSeen(facts, Version(self.placed, self.placed, f"w{self.number}"))


COLLECTIONS = {70: {7, 8}, 80: {9}}
AGREED = {1: "email", 2: "sms"}
"""By customer; of the third Shopify says that they do not want to be written to, of the fourth nothing."""

FORECASTS = {
    1: {"alive": 0.9, "chance_30": 0.35, "value_12m": 12_500},
    2: {"alive": 0.29, "chance_30": 0.07, "value_12m": 500},
    3: {"alive": 1 / 3, "chance_30": 0.2, "value_12m": 3_001},
}
"""By customer; of the fourth nothing is expected."""

LINES = st.tuples(st.sampled_from([7, 8, 9]), st.integers(0, 30).map(lambda n: n * 500), st.sampled_from([0, 0, 500]))


@st.composite
def histories(draw):
    """Orders of a few customers and of guests, over four months until now."""
    orders = []
    for number in range(1, draw(st.integers(1, 14)) + 1):
        lines = tuple(
            (product, price, min(price, off)) for product, price, off in draw(st.lists(LINES, min_size=1, max_size=2))
        )
        hours = draw(st.integers(0, 24 * 120))
        orders.append(
            Bought(
                number,
                draw(st.sampled_from([1, 1, 2, 2, 3, 4, None])),
                Instant(NOW - timedelta(hours=hours)),
                lines,
                draw(st.sampled_from([0, 0, 0, 250, 3000])),
                draw(st.integers(0, 9)) == 0,
                draw(st.integers(0, 9)) == 0,
                draw(st.sampled_from(["paid", "paid", "paid", "pending", "voided"])),
                draw(st.sampled_from(["web", "pos", "web-2", ""])),
                draw(st.sampled_from(["KW", "SA", None])),
            )
        )
    return orders


VALUES = {
    "count": st.integers(1, 5),
    "days": st.integers(0, 120),
    "percent": st.integers(0, 100),
    "money": st.integers(0, 40_000).map(lambda n: Fraction(n, 2000)),
    "day": st.integers(0, 120).map(lambda ago: TODAY - timedelta(days=ago)),
    "product": st.sampled_from([7, 8, 9, 10]),
    "collection": st.sampled_from([70, 80, 90]),
    "channel": st.sampled_from(["web", "pos", "web-2", "we"]),
    "country": st.sampled_from(["KW", "SA", "AE"]),
    "group": st.sampled_from([group.value for group in Group]),
    "yes": st.booleans(),
}


@st.composite
def conditions(draw, fields=tuple(FIELDS)):
    name = draw(st.sampled_from(fields))
    kind = FIELDS[name]
    value = draw(VALUES[kind])
    if kind == "money":
        # Up to four decimals: one more than the currency has.
        value = Decimal(value.numerator) / Decimal(value.denominator)
    return Condition(name, draw(st.sampled_from(HOWS[kind])), value)


@st.composite
def rules(draw):
    """Any rule at all, possible or not: what is impossible must simply find nobody."""
    match = draw(st.sampled_from(["all", "any"]))
    lists = conditions() | st.lists(conditions(), min_size=2, max_size=3).map(
        lambda own: Rule(other(match), tuple(own))
    )
    return Rule(match, tuple(draw(st.lists(lists, min_size=1, max_size=3))))


# ---- the reference ----


@dataclass
class Person:
    """All that counts of one customer's orders."""

    number: int
    orders: list[Bought] = field(default_factory=list)

    @property
    def days(self):
        return sorted({order.day for order in self.orders})

    @property
    def net(self):
        return sum(order.value - order.refunded for order in self.orders)

    @property
    def gaps(self):
        return sorted((later - sooner).days for sooner, later in pairwise(self.days))

    def row(self):
        """As far as groups need it."""
        days, gaps = self.days, self.gaps
        limit = (
            next(gap for gap in gaps if 10 * sum(each <= gap for each in gaps) >= 9 * len(gaps))
            if len(gaps) > 3
            else None
        )
        second = days[1] if len(days) > 1 else None
        own = {"first_day": days[0], "second_day": second, "last_day": days[-1], "late_after": limit}
        return somebody(self.number, len(days), 0, self.net)._replace(**own)


def people_of(orders) -> list[Person]:
    found = defaultdict(list)
    for order in orders:
        if order.counts and order.customer is not None:
            found[order.customer].append(order)
    return [Person(number, mine) for number, mine in found.items()]


def meant(rule, orders) -> set[int]:
    """The numbers of all customers for whom the rule is true."""
    everybody = people_of(orders)
    cuts = cuts_of([person.row() for person in everybody]) if everybody else None
    return {person.number for person in everybody if _true(rule, person, cuts)}


def _true(part, person, cuts):
    if isinstance(part, Rule):
        return (all if part.match == "all" else any)(_true(each, person, cuts) for each in part.parts)
    told = _told(part.field, person, cuts)
    if told is None:
        return False
    match part.how:
        case How.AT_LEAST | How.SINCE:
            return told >= part.value
        case How.AT_MOST | How.UNTIL:
            return told <= part.value
        case How.IS:
            return part.value in told if isinstance(told, set) else told == part.value
        case How.IS_NOT:
            return part.value not in told if isinstance(told, set) else told != part.value


def _told(name, person, cuts):
    group = group_of(person.row(), cuts, TODAY)
    forecast = FORECASTS.get(person.number)
    products = {product for order in person.orders for product, _, _ in order.lines}
    return {
        "orders": len(person.orders),
        "spend": Fraction(person.net, 1000),
        "average_order": Fraction(person.net, 1000 * len(person.orders)),
        "last_order": (TODAY - person.days[-1]).days,
        "first_order": (TODAY - person.days[0]).days,
        "first_order_day": person.days[0],
        "group": group.value,
        "big_spender": scores(person.row(), cuts).monetary == 5,
        "late": group in (Group.LATE, Group.MIGHT_LOSE, Group.AWAY),
        "product": products,
        "collection": {collection for collection, inside in COLLECTIONS.items() if inside & products},
        "channel": {order.channel for order in person.orders},
        "country": {order.country for order in person.orders},
        "discounts": Fraction(100 * sum(order.discount > 0 for order in person.orders), len(person.orders)),
        "email_consent": AGREED.get(person.number) == "email",
        "chance": forecast and forecast["chance_30"] * 100.0,
        "still_customer": forecast and forecast["alive"] * 100.0,
        "expected": forecast and Fraction(forecast["value_12m"], 1000),
        "sms_consent": AGREED.get(person.number) == "sms",
    }[name]
