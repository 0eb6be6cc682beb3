"""A window's figures, exact, and the JSON they are told in."""

from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

from shopify_app.clock import LocalDay
from shopify_app.db.base import Session, ShopId
from shopify_app.money import exponent
from shopify_app.retention.past.sums import Replaced
from shopify_app.retention.queries import Summing, first_day, totals
from shopify_app.retention.registry import METRICS, Kind, Metric, Totals
from shopify_app.retention.window import Basis, Unit, Window
from shopify_app.shops.queries import get_shop
from shopify_app.table import decimal_text


@dataclass(frozen=True, slots=True)
class Figure:
    """One metric's outcome; money in major units. `value` is None where the metric is not defined."""

    name: str
    version: int
    kind: Kind
    value: Fraction | None
    numerator: Fraction
    denominator: Fraction | None


def measure(
    session: Session,
    shop: ShopId,
    window: Window,
    basis: Basis,
    unit: Unit,
    summing: Summing | None = None,
    currency: str | None = None,
) -> dict[str, Figure]:
    """Every metric of the registry for one window, from the aggregates.

    `summing` adds the window up in another way, as it was known at some moment or from what was kept; `currency` is
    the shop's own unless that was another then.
    """
    sums = (summing or partial(totals, session, shop))(window, basis, unit)
    scale = 10 ** exponent(currency or get_shop(session, shop).currency)
    return figures(sums, basis, scale)


def figures(sums: Totals, basis: Basis, scale: int) -> dict[str, Figure]:
    """Every metric from one window's sums; `scale` minor units make one major unit."""
    return {name: _figure(metric, sums, basis, scale) for name, metric in METRICS.items()}


def _figure(metric: Metric, sums: Totals, basis: Basis, scale: int) -> Figure:
    value, numerator, denominator = metric.figure(sums, basis)
    is_money = metric.kind == "money"
    above = scale if is_money or metric.of_money else 1
    below = scale if metric.of_money else 1
    return Figure(
        metric.name,
        metric.version,
        metric.kind,
        None if value is None else value / (scale if is_money else 1),
        Fraction(numerator, above),
        None if denominator is None else Fraction(denominator, below),
    )


def as_json(
    domain: str, as_of: LocalDay, window: Window, basis: Basis, unit: Unit, figures: dict[str, Figure]
) -> dict[str, Any]:
    """The page's figures for programs: exact decimals as strings, null where not defined."""
    return {
        "shop": domain,
        "as_of": as_of.isoformat(),
        "window": {
            "start": window.start.isoformat() if window.start else None,
            "end": window.end.isoformat(),
        },
        "basis": basis.value,
        "unit": unit.value,
        "metrics": {name: _metric_json(figure) for name, figure in figures.items()},
    }


def _metric_json(figure: Figure) -> dict[str, Any]:
    return {
        "value": decimal_text(figure.value),
        "numerator": decimal_text(figure.numerator),
        "denominator": decimal_text(figure.denominator),
        "version": figure.version,
    }


def resolved(session: Session, shop: ShopId, window: Window, basis: Basis, replaced: Replaced | None = None) -> Window:
    """The window with its start filled in: for `all`, the first day that has anything booked."""
    if window.start is not None:
        return window
    return Window(window.name, first_day(session, shop, basis, window.end, replaced), window.end)
