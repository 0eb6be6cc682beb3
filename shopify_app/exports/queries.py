"""Reading what an export tells, and keeping, giving out and dropping its pieces."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Date, and_, delete, exists, func, select, tuple_, update
from sqlalchemy import Table as SqlTable
from sqlalchemy.orm import Session

from shopify_app.checkouts.model import Checkout, OrderCheckout
from shopify_app.clock import Instant
from shopify_app.customers.model import Customer, CustomerAlias
from shopify_app.db.base import Base, ShopId
from shopify_app.db.dialect import along_an_index, table_of
from shopify_app.exports import sources
from shopify_app.exports.model import Export, ExportPiece
from shopify_app.loyalty.brought.model import BroughtFile
from shopify_app.loyalty.by_hand.model import PointsByHand
from shopify_app.loyalty.gift.model import OpeningGift
from shopify_app.loyalty.ledger import tables
from shopify_app.loyalty.ledger.model import PointsAccount, PointsCause, PointsEntry, PointsMember
from shopify_app.loyalty.programme.model import ProgrammeVersion
from shopify_app.loyalty.rewards.model import Reward
from shopify_app.orders.model import Order, OrderEdit, OrderLine, Refund
from shopify_app.products.model import Collection, CollectionProduct
from shopify_app.retention.forecasts.model import CustomerForecast
from shopify_app.retention.model import CountedOrder
from shopify_app.retention.people.model import CountedCustomer
from shopify_app.retention.people.views.model import SavedView
from shopify_app.retention.what_changed.model import WeeklyFinding
from shopify_app.segments.model import Segment
from shopify_app.shops.queries import get_shop
from shopify_app.table import Table


@dataclass(frozen=True, slots=True)
class Source:
    """Where a table's rows are: in which of ours, and whether those of one generation alone."""

    table: Table[Any]
    model: type[Base]
    generations: bool = False
    of_an_order: bool = False
    """Whether its amounts are in its order's currency instead of the shop's."""

    @property
    def key(self) -> list[Any]:
        """The columns by which its rows stand in order."""
        fixed = {"shop_id", "generation"} if self.generations else {"shop_id"}
        return [column for column in table_of(self.model).primary_key if column.name not in fixed]


SOURCES = (
    Source(sources.ORDERS, Order),
    Source(sources.LINES, OrderLine, of_an_order=True),
    Source(sources.REFUNDS, Refund, of_an_order=True),
    Source(sources.EDITS, OrderEdit, of_an_order=True),
    Source(sources.BOOKINGS, CountedOrder, generations=True),
    Source(sources.CUSTOMERS, CountedCustomer, generations=True),
    Source(sources.MERGES, CustomerAlias),
    Source(sources.FINDINGS, WeeklyFinding),
    Source(sources.CHECKOUTS, Checkout),
    Source(sources.ORIGINS, OrderCheckout),
    Source(sources.CONSENTS, Customer),
    Source(sources.FORECASTS, CustomerForecast),
    Source(sources.COLLECTIONS, Collection),
    Source(sources.IN_COLLECTIONS, CollectionProduct),
    Source(sources.SEGMENTS, Segment),
    Source(sources.VIEWS, SavedView),
    Source(tables.PROGRAMME, ProgrammeVersion),
    Source(tables.MEMBERS, PointsMember),
    Source(tables.BALANCES, PointsAccount),
    Source(tables.CAUSES, PointsCause),
    Source(tables.BY_HAND, PointsByHand),
    Source(tables.GIFTS, OpeningGift),
    Source(tables.BROUGHT, BroughtFile),
    Source(tables.ENTRIES, PointsEntry),
    Source(tables.REWARDS, Reward),
)
"""One for each of sources.TABLES, in its order."""

Place = Sequence[Any]
"""The key of the last row that was read, days as text: a task keeps it in its cursor."""


def next_rows(
    session: Session, shop: ShopId, source: Source, after: Place | None, limit: int
) -> tuple[list[dict[str, Any]], Place | None]:
    """The next rows of a table for a program, and where to go on; None where none follow."""
    row, table = get_shop(session, shop), table_of(source.model)
    own = [table.c.shop_id == shop]
    own += [table.c.generation == row.generation] if source.generations else []
    if after is not None:
        own.append(tuple_(*source.key) > tuple_(*map(_value, source.key, after)))
    statement = _with_currency(source, table).where(*own).order_by(*source.key).limit(limit)
    with along_an_index(session):
        found = session.execute(statement).all()
    told = [
        {"table": source.table.name, **source.table.document(one, currency), "currency": currency}
        if source.table.has_money
        else {"table": source.table.name, **source.table.document(one, row.currency)}
        for one in found
        for currency in (_currency_of(source, one) or row.currency,)
    ]
    if len(found) < limit:
        return told, None
    return told, [_plain(getattr(found[-1], column.name)) for column in source.key]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _value(column: Any, plain: Any) -> Any:
    return date.fromisoformat(plain) if isinstance(column.type, Date) else plain


def _with_currency(source: Source, table: SqlTable) -> Any:
    if not source.of_an_order:
        return select(table)
    order = table_of(Order)
    its = and_(order.c.shop_id == table.c.shop_id, order.c.order_id == table.c.order_id)
    return select(table, order.c.currency.label("of_order")).select_from(table).outerjoin(order, its)


def _currency_of(source: Source, row: Any) -> str | None:
    if source.of_an_order:
        return str(row.of_order) if row.of_order else None
    return str(row.currency) if source.model in (Order, Checkout) else None


def rows_to_tell(session: Session, shop: ShopId) -> int:
    """About how many rows an export has."""
    generation = get_shop(session, shop).generation
    total = 0
    for source in SOURCES:
        table = table_of(source.model)
        own = [table.c.shop_id == shop] + ([table.c.generation == generation] if source.generations else [])
        total += session.scalar(select(func.count()).select_from(table).where(*own)) or 0
    return total


def begin_export(session: Session, shop: ShopId, export_id: str, now: Instant) -> None:
    """A new export instead of all that were there before."""
    drop_exports(session, shop)
    session.add(Export(shop_id=shop, export_id=export_id, begun_at=now))
    session.flush()


def is_being_written(session: Session, shop: ShopId, export_id: str) -> bool:
    """Whether an export that was begun has not been dropped meanwhile."""
    return session.scalar(select(exists().where(Export.shop_id == shop, Export.export_id == export_id))) or False


def add_piece(session: Session, shop: ShopId, export_id: str, number: int, body: bytes, rows: int) -> None:
    """Keep the next part of the file."""
    session.add(ExportPiece(shop_id=shop, export_id=export_id, number=number, body=body))
    grown = {"rows": Export.rows + rows, "size": Export.size + len(body)}
    own = and_(Export.shop_id == shop, Export.export_id == export_id)
    session.execute(update(Export).where(own).values(**grown).execution_options(synchronize_session=False))


def finish_export(session: Session, shop: ShopId, export_id: str, now: Instant) -> None:
    """From now on it can be downloaded."""
    own = and_(Export.shop_id == shop, Export.export_id == export_id)
    session.execute(update(Export).where(own).values(finished_at=now).execution_options(synchronize_session=False))


def newest_export(session: Session, shop: ShopId) -> Export | None:
    """The shop's export, finished or not."""
    return session.scalar(select(Export).where(Export.shop_id == shop).order_by(Export.begun_at.desc()).limit(1))


def piece_context(export_id: str, number: int) -> str:
    """What a piece is sealed with, so that it cannot be taken for another's."""
    return f"export {export_id} {number}"


def piece_numbers(session: Session, shop: ShopId, export_id: str) -> Sequence[int]:
    """The parts of the file in their order."""
    own = and_(ExportPiece.shop_id == shop, ExportPiece.export_id == export_id)
    return session.scalars(select(ExportPiece.number).where(own).order_by(ExportPiece.number)).all()


def piece_of(session: Session, shop: ShopId, export_id: str, number: int) -> bytes | None:
    """One part of the file, as it is sealed; None where it is gone."""
    own = ExportPiece.shop_id == shop, ExportPiece.export_id == export_id, ExportPiece.number == number
    return session.scalar(select(ExportPiece.body).where(*own))


def drop_exports(session: Session, shop: ShopId, before: Instant | None = None) -> int:
    """Delete the shop's exports, or those that were begun before a moment; how many there were."""
    old = [Export.shop_id == shop] + ([Export.begun_at < before] if before is not None else [])
    gone = session.scalars(select(Export.export_id).where(*old)).all()
    for model in (ExportPiece, Export):
        theirs = and_(model.shop_id == shop, model.export_id.in_(gone))
        session.execute(delete(model).where(theirs).execution_options(synchronize_session=False))
    return len(gone)


def shops_with_old_exports(session: Session, before: Instant) -> list[ShopId]:
    """Shops that have an export from before that moment."""
    return [ShopId(shop) for shop in session.scalars(select(Export.shop_id).where(Export.begun_at < before).distinct())]
