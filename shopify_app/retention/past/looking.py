"""Looking at numbers from an earlier day, or at a stored report."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from shopify_app.clock import Instant, LocalDay, day_start, local_day, next_day
from shopify_app.db.base import Session, ShopId
from shopify_app.errors import Malformed
from shopify_app.retention.asking import INSTEAD, Asked, Seen, read_asked
from shopify_app.retention.measure import Figure, as_json, measure, resolved
from shopify_app.retention.past.model import StoredReport
from shopify_app.retention.past.queries import Epoch, as_it_was, epoch_at, first_known, position, stored_report
from shopify_app.retention.past.report import Month
from shopify_app.retention.past.sums import Replaced
from shopify_app.retention.registry import Totals
from shopify_app.retention.window import Basis, Unit, Window, parse_day
from shopify_app.retention.window_sums.queries import WindowSums
from shopify_app.shops.model import Shop


@dataclass(frozen=True, slots=True)
class Looked:
    """What was asked for, and what was known then where it is not what is known now."""

    asked: Asked
    sums: WindowSums
    replaced: Replaced | None
    currency: str
    """That of the amounts."""
    known_since: LocalDay | None
    """The first day of which it can be told what was known; None before all orders were read for the first time."""
    report: StoredReport | None = None
    position: Instant | None = None
    """The last of what is known now."""

    def summing(self, window: Window, basis: Basis, unit: Unit) -> Totals:
        """What a window sums to, or summed to then."""
        present = self.sums(window, basis, unit)
        return self.replaced.totals(present, window, basis, unit) if self.replaced else present


def look(session: Session, shop: Shop, query: Mapping[str, str], now: Instant, usual_window: str) -> Looked:
    """What an address asks for, at the moment that it names."""
    zone = ZoneInfo(shop.timezone)
    report, problem = _report(session, shop, query)
    if report is not None:
        query = {"window": Month.before(report.stored_on).window.name, **query, "as_of": report.stored_on.isoformat()}
    since = first_known(session, ShopId(shop.id)) if shop.imported_at else None
    first = local_day(since, zone) if since else None
    asked = read_asked(query, local_day(now, zone), usual_window, first)
    if problem and not asked.problem:
        asked = replace(asked, problem=problem, instead=INSTEAD["report"])
    if report is not None:
        asked = replace(asked, report=f"{report.start:%Y-%m}", seen=Seen.THEN)
    return _looked(
        session, shop, Looked(asked, WindowSums(session, ShopId(shop.id)), None, shop.currency, first, report)
    )


def measured(
    session: Session, shop: Shop, looked: Looked, *, window: Window | None = None, basis: Basis | None = None
) -> dict[str, Figure]:
    """Every figure of what is looked at, in its own window and basis or in another."""
    asked, shop_id = looked.asked, ShopId(shop.id)
    within, counted = window or asked.window, basis or asked.basis
    return measure(session, shop_id, within, counted, asked.unit, looked.summing, looked.currency)


def document(session: Session, shop: Shop, looked: Looked, figures: dict[str, Figure]) -> dict[str, Any]:
    """The figures for a program; Malformed where the address could not be read."""
    asked = looked.asked
    if asked.problem:
        raise Malformed(asked.problem)
    window = resolved(session, ShopId(shop.id), asked.window, asked.basis, looked.replaced)
    told = as_json(shop.domain, asked.as_of, window, asked.basis, asked.unit, figures)
    return {**told, "seen": asked.seen.value, "report": asked.report}


def _report(session: Session, shop: Shop, query: Mapping[str, str]) -> tuple[StoredReport | None, str | None]:
    month = query.get("report")
    if not month:
        return None, None
    try:
        report = stored_report(session, ShopId(shop.id), parse_day(f"{month}-01"))
    except Malformed as error:
        return None, error.message
    return report, None if report else "There is no stored report of this month."


def _looked(session: Session, shop: Shop, looked: Looked) -> Looked:
    asked, report, shop_id = looked.asked, looked.report, ShopId(shop.id)
    if asked.seen is Seen.NOW:
        return looked
    if report is not None:
        moment, epoch = report.known_at, Epoch(report.currency, report.timezone)
    else:
        moment = day_start(next_day(asked.as_of), ZoneInfo(shop.timezone))
        epoch = epoch_at(session, shop_id, moment)
    try:
        replaced, last = as_it_was(session, shop_id, moment, epoch), position(session, shop_id)
        return replace(looked, replaced=replaced, currency=epoch.currency, position=last)
    except Malformed as error:
        now = replace(asked, seen=Seen.NOW, report=None, problem=error.message, instead=INSTEAD["too_much"])
        return replace(looked, asked=now, report=None)
