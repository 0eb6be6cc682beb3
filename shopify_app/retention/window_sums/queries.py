"""Sums of windows: those that are kept brought up to date, others added up and kept for the next reader."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from shopify_app.clock import LocalDay
from shopify_app.db.base import ShopId
from shopify_app.db.dialect import table_of, upsert
from shopify_app.retention.past import since
from shopify_app.retention.queries import totals
from shopify_app.retention.registry import Totals
from shopify_app.retention.window import Basis, Unit, Window
from shopify_app.retention.window_sums.model import WindowSum
from shopify_app.shops.queries import get_shop

_DAYS = 8
"""Kept sums that nobody has renewed for so long are dropped: most windows end today."""

_Key = tuple[str, str, date, date]
_NAMES = tuple(Totals.__slots__)


class WindowSums:
    """The sums of one shop's windows as one session sees them; call it as `totals` is called."""

    def __init__(self, session: Session, shop: ShopId) -> None:
        self._session, self._shop = session, shop
        self._row = get_shop(session, shop)
        self._kept: dict[_Key, Any] | None = None
        self._since: since.Since | None = None
        self._told: dict[_Key, Totals] = {}
        self._renew = False

    def __call__(self, window: Window, basis: Basis, unit: Unit) -> Totals:
        """What the window sums to now."""
        if self._row.behind:
            # The rows are not yet what is known: nothing can be brought up to date from them.
            return totals(self._session, self._shop, window, basis, unit)
        key = (basis.value, unit.value, window.start or date.min, window.end)
        if key not in self._told:
            self._told[key] = self._brought_up(key, window, basis, unit)
        return self._told[key]

    def _brought_up(self, key: _Key, window: Window, basis: Basis, unit: Unit) -> Totals:
        kept = self._load().get(key)
        changed = self._since.changed(kept.known_at) if self._since and kept is not None else None
        if kept is None or changed is None:
            self._renew = True
            return totals(self._session, self._shop, window, basis, unit)
        self._renew = self._renew or len(changed.buyers) > since.STALE
        return changed.forward(Totals(*(getattr(kept, name) for name in _NAMES)), window, basis, unit)

    def _load(self) -> Mapping[_Key, Any]:
        if self._kept is None:
            self._since = since.Since(self._session, self._shop)
            rows = kept_sums(self._session, self._shop)
            self._kept = {(row.basis, row.unit, row.first_day, row.last_day): row for row in rows}
        return self._kept

    def to_keep(self, today: LocalDay) -> Sequence[dict[str, object]]:
        """Rows of WindowSum for what was told, where keeping them would spare the next reader something."""
        if not self._renew or self._since is None or self._since.position is None:
            return []
        return [
            {
                "shop_id": self._shop,
                **dict(zip(("basis", "unit", "first_day", "last_day"), key, strict=True)),
                "generation": self._row.generation,
                "known_at": self._since.position,
                "kept_on": today,
                **asdict(sums),
            }
            # Always in one order: two pages that keep the same sums would otherwise wait for each other for ever.
            for key, sums in sorted(self._told.items())
        ]


def keep(session: Session, shop: ShopId, rows: Sequence[dict[str, object]], today: LocalDay) -> None:
    """Write sums over those that were kept before, and drop what nobody renews."""
    columns = tuple(rows[0])
    upsert(session, WindowSum, columns, [list(row.values()) for row in rows])
    old = WindowSum.shop_id == shop, WindowSum.kept_on < today - timedelta(days=_DAYS)
    session.execute(delete(WindowSum).where(*old).execution_options(synchronize_session=False))


def kept_sums(session: Session, shop: ShopId) -> Sequence[Any]:
    """All kept sums of a shop's shown generation, as rows of WindowSum."""
    own = WindowSum.shop_id == shop, WindowSum.generation == get_shop(session, shop).generation
    # Not as mapped objects: a page asks for all of them.
    return session.execute(select(table_of(WindowSum)).where(*own)).all()
