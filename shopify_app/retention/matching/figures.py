"""Our figures as Shopify counts, and what it may count otherwise, worked out of sums. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from shopify_app.retention.matching.match import Cause, Kind
from shopify_app.retention.matching.sums import Placed, Sums

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


def causes(sums: Sums, currency: Currency) -> list[Cause]:
    """By how much Shopify would be above us if it counted what we leave out, or the other way round."""
    changed, utc, own = sums.changed, sums.by_utc, sums.placed

    def cause(key: str, orders: int = 0, gross: int = 0, discounts: int = 0, returns: int = 0) -> Cause:
        minor = {"gross_sales": gross, "discounts": discounts, "returns": returns}
        minor["net_revenue"] = gross - discounts - returns
        effects = {row: currency.major(amount) for row, amount in minor.items()}
        return Cause(key, {"orders": Fraction(orders), **effects})

    def without(key: str, some: Placed) -> Cause:
        return cause(key, -some.orders, -some.gross, -some.discounts)

    return [
        cause("zone", utc.orders - own.orders, utc.gross - own.gross, utc.discounts - own.discounts),
        without("called_off", sums.called_off),
        without("free", sums.free),
        cause("test", sums.test.orders, sums.test.gross, sums.test.discounts),
        cause("gift_card_orders", sums.gift_card_orders),
        cause("gift_cards", gross=sums.gift_cards),
        cause("refund_dates", returns=sums.refunded_of_placed - changed.refunded),
        cause("edits", gross=-changed.gross, discounts=-changed.discounts, returns=-changed.removed),
        cause("refunds", returns=-changed.refunded),
        cause("other_currency", sums.other_currency),
    ]


def rounding(sums: Sums, currency: Currency) -> dict[Kind, Fraction]:
    """How far apart two figures may be and yet be the same: where tax was in the prices, a unit an order."""
    return {"count": Fraction(), "money": currency.major(sums.tax_included)}
