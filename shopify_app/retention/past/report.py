"""A month's report: every figure in each basis and unit, stored once the month is over, and worked out again."""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from shopify_app.clock import Instant, LocalDay, local_day
from shopify_app.db.base import Session, ShopId
from shopify_app.retention.measure import as_json, measure
from shopify_app.retention.past.model import StoredReport
from shopify_app.retention.past.queries import Epoch, as_it_was, position, stored_report
from shopify_app.retention.queries import Summing, totals
from shopify_app.retention.window import Basis, Unit, Window
from shopify_app.shops.model import Shop
from shopify_app.shops.queries import get_shop


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month: its name as in `2026-10`, and its window."""

    name: str
    window: Window

    @classmethod
    def before(cls, day: date) -> "Month":
        """The last one that is over on this day."""
        end = LocalDay(day.replace(day=1) - timedelta(days=1))
        start = LocalDay(end.replace(day=1))
        return cls(f"{end:%Y-%m}", Window(f"{start.isoformat()}..{end.isoformat()}", start, end))


def due(session: Session, shop: Shop, now: Instant) -> Month | None:
    """The month whose report must be stored now; None where it is, or where not all is known and counted."""
    if shop.imported_at is None or shop.behind:
        return None
    month = Month.before(local_day(now, ZoneInfo(shop.timezone)))
    return None if stored_report(session, ShopId(shop.id), month.window.end.replace(day=1)) else month


def made(session: Session, shop: ShopId, now: Instant) -> dict[str, Any] | None:
    """The report that must be stored now, as a row of StoredReport; None as `due`."""
    row = get_shop(session, shop)
    month, known_at = due(session, row, now), position(session, shop)
    if month is None or known_at is None:
        return None
    return {
        "shop_id": shop,
        "start": month.window.start,
        "stored_at": now,
        "stored_on": local_day(now, ZoneInfo(row.timezone)),
        "known_at": known_at,
        "currency": row.currency,
        "timezone": row.timezone,
        "document": document(session, row, month.window, None),
    }


def worked_out_again(session: Session, shop: ShopId, report: StoredReport) -> str:
    """The same document from what was known when the report was stored; Malformed as `as_it_was`."""
    window = Month.before(report.stored_on).window
    epoch = Epoch(report.currency, report.timezone)
    replaced = as_it_was(session, shop, report.known_at, epoch)
    summing = partial(totals, session, shop, replaced=replaced)
    return document(session, get_shop(session, shop), window, summing, epoch.currency)


def document(session: Session, shop: Shop, window: Window, summing: Summing | None, currency: str | None = None) -> str:
    """All figures of a window, in JSON."""
    told = {
        f"{basis.value} {unit.value}": as_json(
            shop.domain,
            window.end,
            window,
            basis,
            unit,
            measure(session, ShopId(shop.id), window, basis, unit, summing, currency),
        )
        for basis in Basis
        for unit in Unit
    }
    return json.dumps(told, sort_keys=True)
