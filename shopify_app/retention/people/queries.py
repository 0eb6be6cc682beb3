"""Writing and reading the aggregate of customers."""

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import and_, delete, func, select
from sqlalchemy.orm import Session

from shopify_app.db.base import ShopId
from shopify_app.db.dialect import along_an_index, among, insert_many, upsert
from shopify_app.retention.people.model import CountedCustomer as Row
from shopify_app.retention.people.row import CustomerRow

_NAMES = ("shop_id", "generation", *CustomerRow._fields)
_COLUMNS = tuple(getattr(Row, name) for name in CustomerRow._fields)


def store_customers(
    session: Session,
    shop: ShopId,
    generation: int,
    before: Mapping[int, CustomerRow],
    after: Mapping[int, CustomerRow],
) -> None:
    """Write the differences between customers' rows before and after."""
    add_customers(session, shop, generation, [row for key, row in after.items() if before.get(key) != row])
    drop_customers(session, shop, generation, before.keys() - after.keys())


def add_customers(
    session: Session, shop: ShopId, generation: int, rows: Iterable[CustomerRow], *, first: bool = False
) -> None:
    """Write rows of one generation, whatever stood in their places; with `first`, nothing stands there yet."""
    write = insert_many if first else upsert
    write(session, Row, _NAMES, [[shop, generation, *row] for row in sorted(rows)])


def drop_customers(session: Session, shop: ShopId, generation: int, customers: Collection[int]) -> None:
    """Delete these customers' rows of one generation."""
    if customers:
        theirs = and_(Row.shop_id == shop, Row.generation == generation, among(session, Row.customer_id, customers))
        session.execute(delete(Row).where(theirs).execution_options(synchronize_session=False))


def drop_some_customers(session: Session, shop: ShopId, generation: int, limit: int) -> bool:
    """Delete about `limit` rows of a generation that is not shown; False when none was left."""
    own = and_(Row.shop_id == shop, Row.generation == generation)
    with along_an_index(session):
        found = session.scalars(select(Row.customer_id).where(own).order_by(Row.customer_id).limit(limit)).all()
    if found:
        piece = delete(Row).where(own, Row.customer_id <= found[-1])
        session.execute(piece.execution_options(synchronize_session=False))
    return bool(found)


def customers_among(
    session: Session, shop: ShopId, generation: int, customers: Collection[int]
) -> dict[int, CustomerRow]:
    """The rows of the named customers in one generation."""
    theirs = and_(Row.shop_id == shop, Row.generation == generation, among(session, Row.customer_id, customers))
    return {row.customer_id: CustomerRow(*row) for row in session.execute(select(*_COLUMNS).where(theirs)).all()}


def customers_counted(session: Session, shop: ShopId, generation: int) -> int:
    """How many customers a generation has."""
    own = and_(Row.shop_id == shop, Row.generation == generation)
    return session.scalar(select(func.count()).select_from(Row).where(own)) or 0
