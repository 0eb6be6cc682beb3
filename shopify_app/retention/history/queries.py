"""Tallies of a shop: those that are kept brought up to date, others added up and kept for the next reader."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from shopify_app.clock import LocalDay
from shopify_app.db.base import ShopId
from shopify_app.db.dialect import bulk_upsert, table_of
from shopify_app.retention.history.columns import Columns, columns, columns_of
from shopify_app.retention.history.model import KeptGrid
from shopify_app.retention.history.sums import Sums
from shopify_app.retention.history.tally import Tally
from shopify_app.retention.model import CountedOrder as Row
from shopify_app.retention.past import since
from shopify_app.retention.past.sums import Replaced
from shopify_app.retention.window import Basis, Unit
from shopify_app.shops.queries import get_shop

AT_ONCE = 20_000
"""Rows read into memory at a time; of one customer all are."""

Asked = tuple[Tally, Basis, Unit]


def pieces(session: Session, shop: ShopId, basis: Basis, until: date | None = None) -> Iterator[Columns]:
    """All customers' rows up to a day, some customers at a time; costs what a look at every order costs."""
    generation = get_shop(session, shop).generation
    scope = Row.shop_id == shop, Row.generation == generation, Row.basis == basis.value, Row.buyer_id > 0
    statement = select(Row.buyer_id, Row.day, Row.orders, Row.net, Row.nth, Row.nth_day).where(*scope)
    if until is not None:
        statement = statement.where(Row.day <= until)
    in_turn = statement.order_by(Row.buyer_id).execution_options(yield_per=AT_ONCE)
    waiting: list[Any] = []
    for some in session.execute(in_turn).partitions():
        waiting += some
        # The last customer may have more rows yet.
        end = next((place for place in range(len(waiting), 0, -1) if waiting[place - 1][0] != waiting[-1][0]), 0)
        if end:
            yield columns(waiting[:end])
            waiting = waiting[end:]
    if waiting:
        yield columns(waiting)


def added_up(
    session: Session, shop: ShopId, asked: Sequence[Asked], until: date | None = None, replaced: Replaced | None = None
) -> list[Sums]:
    """What each comes to, from every order up to a day; with `replaced` as it was known at that moment."""
    found = [Sums.none()] * len(asked)
    for basis in dict.fromkeys(basis for _, basis, _ in asked):
        mine = [place for place, (_, counted, _) in enumerate(asked) if counted is basis]
        for piece in pieces(session, shop, basis, until):
            for place in mine:
                tally, _, unit = asked[place]
                found[place] += tally.share(piece, unit)
    if replaced is not None:
        found = [_replaced(sums, one, replaced, until) for sums, one in zip(found, asked, strict=True)]
    return found


def _replaced(sums: Sums, asked: Asked, replaced: Replaced, until: date | None = None) -> Sums:
    tally, basis, unit = asked
    now, then = (tally.share(columns_of(rows, basis, until), unit) for rows in (replaced.now, replaced.then))
    return sums - now + then


class Tallies:
    """What is summed over one shop's customers, as one session sees it."""

    def __init__(self, session: Session, shop: ShopId) -> None:
        self._session, self._shop = session, shop
        self._row = get_shop(session, shop)
        self._since: since.Since | None = None
        self._told: dict[Asked, Sums] = {}
        self._renew: set[Asked] = set()

    def __call__(self, tally: Tally, basis: Basis, unit: Unit) -> Sums:
        """What it comes to now."""
        return self.several([(tally, basis, unit)])[0]

    def several(self, asked: Sequence[Asked]) -> list[Sums]:
        """What each of them comes to now; the orders are gone through at most once in each basis."""
        new = [one for one in asked if one not in self._told]
        if new and not self._row.behind:
            self._told |= self._brought_up(new)
        rest = [one for one in new if one not in self._told]
        if rest:
            self._told |= dict(zip(rest, added_up(self._session, self._shop, rest), strict=True))
            self._renew |= set(rest)
        return [self._told[one] for one in asked]

    def _brought_up(self, asked: Sequence[Asked]) -> dict[Asked, Sums]:
        """Those of which something is kept that few customers have changed since."""
        found: dict[Asked, Sums] = {}
        rows = kept_grids(self._session, self._shop, {tally.name for tally, _, _ in asked})
        kept = {(row.name, row.basis, row.unit): row for row in rows}
        for one in asked:
            tally, basis, unit = one
            row = kept.get((tally.name, basis.value, unit.value))
            if row is None or row.version != tally.version or row.generation != self._row.generation:
                continue
            changed = self._seen().changed(row.known_at)
            if changed is not None:
                forward = Replaced(changed.buyers, changed.now, changed.then)
                found[one] = _replaced(Sums.load(row.body), one, forward)
                self._renew |= {one} if len(changed.buyers) > since.STALE else set()
        return found

    def _seen(self) -> since.Since:
        self._since = self._since or since.Since(self._session, self._shop)
        return self._since

    def to_keep(self, today: LocalDay) -> Sequence[Mapping[str, Any]]:
        """Rows of KeptGrid for what was told, where keeping them would spare the next reader something."""
        # While rows lag behind what is known, they cannot be brought up to date from it.
        if not self._renew or self._row.behind or self._seen().position is None:
            return []
        return [
            {
                "shop_id": self._shop,
                "name": tally.name,
                "basis": basis.value,
                "unit": unit.value,
                "version": tally.version,
                "generation": self._row.generation,
                "known_at": self._seen().position,
                "kept_on": today,
                "body": self._told[tally, basis, unit].dump(),
            }
            # Always in one order: two pages that keep the same would otherwise wait for each other for ever.
            for tally, basis, unit in sorted(self._renew, key=lambda one: (one[0].name, one[1], one[2]))
        ]


def keep(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write what is summed over what was kept before."""
    bulk_upsert(session, KeptGrid, rows)


def kept_grids(session: Session, shop: ShopId, names: Collection[str]) -> Sequence[Any]:
    """What is kept by these names, of whatever generation and version, as rows of KeptGrid."""
    mine = KeptGrid.shop_id == shop, KeptGrid.name.in_(names)
    return session.execute(select(table_of(KeptGrid)).where(*mine)).all()
