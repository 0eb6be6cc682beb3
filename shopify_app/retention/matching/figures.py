"""Our figures as Shopify counts, and what it may count otherwise, worked out of sums. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from shopify_app.retention.matching.match import Cause, Kind
from shopify_app.retention.matching.sums import Sums

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
    major, changed = currency.major, sums.changed

    def placed(key: str, orders: int, gross: int, discounts: int) -> Cause:
        return Cause(
            key,
            {
                "orders": Fraction(orders),
                "gross_sales": major(gross),
                "discounts": major(discounts),
                "net_revenue": major(gross - discounts),
            },
        )

    test, off, free, by_utc, own = sums.test, sums.called_off, sums.free, sums.by_utc, sums.placed
    late, edits = sums.refunded_of_placed - changed.refunded, changed.gross - changed.discounts
    return [
        placed("zone", by_utc.orders - own.orders, by_utc.gross - own.gross, by_utc.discounts - own.discounts),
        placed("called_off", -off.orders, -off.gross, -off.discounts),
        placed("free", -free.orders, -free.gross, -free.discounts),
        placed("test", test.orders, test.gross, test.discounts),
        Cause("gift_card_orders", {"orders": Fraction(sums.gift_card_orders)}),
        Cause("gift_cards", {"gross_sales": major(sums.gift_cards), "net_revenue": major(sums.gift_cards)}),
        Cause("refund_dates", {"returns": major(late), "net_revenue": major(-late)}),
        Cause(
            "edits",
            {
                "gross_sales": major(-changed.gross),
                "discounts": major(-changed.discounts),
                "returns": major(-changed.removed),
                "net_revenue": major(changed.removed - edits),
            },
        ),
        Cause("refunds", {"returns": major(-changed.refunded), "net_revenue": major(changed.refunded)}),
        Cause("other_currency", {"orders": Fraction(sums.other_currency)}),
    ]


def rounding(sums: Sums, currency: Currency) -> dict[Kind, Fraction]:
    """How far apart two figures may be and yet be the same: where tax was in the prices, a unit an order."""
    return {"count": Fraction(), "money": currency.major(sums.tax_included)}
