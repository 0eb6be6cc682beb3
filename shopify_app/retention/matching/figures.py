"""Our figures as Shopify counts, and what it may count otherwise, worked out of sums. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

from shopify_app.retention.matching.match import Cause, Kind
from shopify_app.retention.matching.sums import Late, People, Placed, Sums

Value = Fraction | None


@dataclass(frozen=True, slots=True)
class Currency:
    """How many minor units make a major one."""

    minor_units: int

    def major(self, minor: int) -> Fraction:
        """An amount in major units."""
        return Fraction(minor, self.minor_units)


def ours(sums: Sums, measured: Mapping[str, Value], currency: Currency) -> dict[str, Value]:
    """Row by row; `measured` has the figures that Reports > Numbers works out for the same window."""
    gross, discounts = sums.placed.gross + sums.changed.gross, sums.placed.discounts + sums.changed.discounts
    return {
        "orders": Fraction(sums.placed.orders),
        "gross_sales": currency.major(gross),
        "discounts": currency.major(discounts),
        "returns": currency.major(sums.changed.removed + sums.changed.refunded),
        **{name: measured[name] for name in ("net_revenue", "average_order_value", "customers", "returning_rate")},
    }


def causes(sums: Sums, measured: Mapping[str, Value], currency: Currency) -> list[Cause]:
    """By how much Shopify would be above us if it counted what we leave out, or the other way round."""
    changed, effects = sums.changed, Effects(sums.placed, currency)

    def without(key: str, some: Placed) -> Cause:
        return Cause(key, effects.placed(-some.orders, -some.gross, -some.discounts))

    # In a period that is not over, what Shopify does not know yet is likelier than what it counts otherwise.
    return [
        *_late(sums.late, effects, measured),
        _zone(sums, effects, measured),
        without("called_off", sums.called_off),
        without("unpaid", sums.unpaid),
        without("free", sums.free),
        Cause("test", effects.placed(sums.test.orders, sums.test.gross, sums.test.discounts)),
        Cause("gift_card_orders", effects.placed(sums.gift_card_orders)),
        Cause("gift_cards", effects.placed(gross=sums.gift_cards)),
        Cause("refund_dates", effects.changed(returns=sums.refunded_of_placed - changed.refunded)),
        Cause("edits", effects.changed(-changed.gross, -changed.discounts, -changed.removed)),
        Cause("refunds", effects.changed(returns=-changed.refunded)),
        Cause("other_currency", {"orders": Fraction(sums.other_currency)}),
        *_by_now(sums, measured),
    ]


@dataclass(frozen=True, slots=True)
class Effects:
    """What it does to each row when something is counted otherwise; `own` are the orders as we count them."""

    own: Placed
    currency: Currency

    def placed(self, orders: int = 0, gross: int = 0, discounts: int = 0) -> dict[str, Fraction]:
        """Of orders as they were placed: an average is of these."""
        rows = {"orders": Fraction(orders), **self.changed(gross, discounts)}
        value, more = self.own.gross - self.own.discounts, gross - discounts
        if self.own.orders and self.own.orders + orders > 0:
            mean = Fraction(value + more, self.own.orders + orders) - Fraction(value, self.own.orders)
            rows["average_order_value"] = mean / self.currency.minor_units
        return rows

    def changed(self, gross: int = 0, discounts: int = 0, returns: int = 0) -> dict[str, Fraction]:
        """Of what happened to orders later."""
        minor = {"gross_sales": gross, "discounts": discounts, "returns": returns}
        minor["net_revenue"] = gross - discounts - returns
        return {row: self.currency.major(amount) for row, amount in minor.items()}


def _zone(sums: Sums, effects: Effects, measured: Mapping[str, Value]) -> Cause:
    own, utc, changed, changed_utc = sums.placed, sums.by_utc, sums.changed, sums.changed_by_utc
    rows = effects.placed(utc.orders - own.orders, utc.gross - own.gross, utc.discounts - own.discounts)
    later = effects.changed(
        changed_utc.gross - changed.gross,
        changed_utc.discounts - changed.discounts,
        changed_utc.removed + changed_utc.refunded - changed.removed - changed.refunded,
    )
    sales = {row: amount + later.get(row, 0) for row, amount in rows.items()}
    return Cause("zone", sales | _people_by_utc(sums.people_by_utc, measured))


def _people_by_utc(people: People | None, measured: Mapping[str, Value]) -> dict[str, Fraction]:
    customers, rate = measured["customers"], measured["returning_rate"]
    if people is None or customers is None:
        return {}
    rows = {"customers": people.customers - customers}
    if people.customers and rate is not None:
        rows["returning_rate"] = Fraction(people.returning, people.customers) - rate
    return rows


def _by_now(sums: Sums, measured: Mapping[str, Value]) -> list[Cause]:
    """Shopify may say with today's knowledge who of an earlier month came back."""
    customers, rate = measured["customers"], measured["returning_rate"]
    if sums.again is None or not customers or rate is None:
        return []
    return [Cause("later", {"returning_rate": sums.again / customers - rate})]


def _late(late: Sequence[Late], effects: Effects, measured: Mapping[str, Value]) -> Iterator[Cause]:
    """Shopify's reports may end at any moment of late: each is a cause that acts alone."""
    known: list[Late] = []
    for _, some in groupby(late, key=lambda one: one.at):
        known += some
        yield Cause("late", _without(known, effects) | _people_without(known, measured), alone=True)


def _without(late: Sequence[Late], effects: Effects) -> dict[str, Fraction]:
    """What is missing where all of this is."""
    placed = [one for one in late if one.orders]
    changed = [one for one in late if not one.orders]
    rows = effects.placed(-len(placed), -sum(one.gross for one in placed), -sum(one.discounts for one in placed))
    later = effects.changed(
        -sum(one.gross for one in changed),
        -sum(one.discounts for one in changed),
        -sum(one.returns for one in changed),
    )
    return {row: amount + later.get(row, 0) for row, amount in rows.items()}


def _people_without(late: Sequence[Late], measured: Mapping[str, Value]) -> dict[str, Fraction]:
    fewer = sum(one.customers for one in late)
    rows = {"customers": Fraction(-fewer)}
    customers, rate = measured["customers"], measured["returning_rate"]
    if customers and rate is not None and customers > fewer:
        came_back = rate * customers - sum(one.returning for one in late)
        rows["returning_rate"] = came_back / (customers - fewer) - rate
    return rows


def rounding(sums: Sums, currency: Currency) -> dict[Kind, Fraction]:
    """How far apart two figures may be and yet be the same: where tax was in the prices, a unit an order."""
    return {"count": Fraction(), "money": currency.major(sums.tax_included)}
