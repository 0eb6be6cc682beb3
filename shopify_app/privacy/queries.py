"""Reading what is held of a person, and deleting what is held of a shop."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from shopify_app.checkouts.model import Checkout, OrderCheckout
from shopify_app.clock import Instant
from shopify_app.customers.birthdays.model import CustomerBirthday
from shopify_app.customers.contacts.contact import ADDRESS, EMAIL, PHONE, Contact
from shopify_app.customers.contacts.model import CustomerContact, CustomersApart
from shopify_app.customers.model import (
    Customer,
    CustomerAlias,
    CustomerHistory,
    CustomerHistoryVersion,
    RedactedCustomer,
)
from shopify_app.db.base import Base, ShopId
from shopify_app.db.dialect import among, bulk_upsert, insert_once, rows_changed
from shopify_app.loyalty.brought.model import BroughtLine
from shopify_app.loyalty.by_hand.model import PointsByHand
from shopify_app.loyalty.ledger.model import PointsAccount, PointsCause, PointsEntry
from shopify_app.loyalty.ledger.queries import accounts_of
from shopify_app.loyalty.outward.model import PointsShown
from shopify_app.loyalty.rewards.model import Reward
from shopify_app.loyalty.rewards.queries import held_in
from shopify_app.orders.model import Order, OrderEdit, OrderLine, OrderVersion, Refund
from shopify_app.privacy.model import Erasure
from shopify_app.privacy.requests.queries import note_searched
from shopify_app.retention.forecasts.model import CustomerForecast
from shopify_app.segments.outward.model import SegmentMember
from shopify_app.shops.model import Shop, ShopKey


def orders_of(session: Session, shop: ShopId, customers: Collection[int]) -> Sequence[int]:
    """The orders that stand under these customer numbers."""
    return session.scalars(select(Order.order_id).where(Order.shop_id == shop, Order.customer_id.in_(customers))).all()


def orders_known_of(session: Session, shop: ShopId, customers: Collection[int]) -> Sequence[int]:
    """The orders of which some version stands under these customer numbers."""
    theirs = and_(OrderVersion.shop_id == shop, OrderVersion.customer_id.in_(customers))
    return session.scalars(select(OrderVersion.order_id).where(theirs).distinct()).all()


def owners_of(
    session: Session, shop: ShopId, orders: Collection[int], but: Collection[int], below: int
) -> Sequence[int]:
    """The customers under whom these orders stand, by numbers below a bound; not of orders that `but` ever had."""
    if not orders:
        return []
    theirs = and_(OrderVersion.shop_id == shop, OrderVersion.customer_id.in_(but))
    statement = (
        select(Order.customer_id)
        .where(Order.shop_id == shop, among(session, Order.order_id, orders), Order.customer_id < below)
        .where(Order.customer_id.not_in(but), Order.order_id.not_in(select(OrderVersion.order_id).where(theirs)))
        .distinct()
        .order_by(Order.customer_id)
    )
    return [owner for owner in session.scalars(statement) if owner is not None]


def held_of(
    session: Session,
    shop: ShopId,
    customers: Collection[int],
    guests: Collection[int] = (),
    contacts: Collection[Contact] = (),
) -> dict[str, Any]:
    """Everything kept of these customer numbers, and of those of `guests` orders that have none, as JSON values.

    Of an order that is another's now, what it was while it was theirs; of one of theirs, nothing from before.
    """
    nobodys = and_(Order.customer_id.is_(None), among(session, Order.order_id, guests))
    theirs = or_(Order.customer_id.in_(customers), nobodys)
    ids = session.scalars(select(Order.order_id).where(Order.shop_id == shop, theirs)).all()
    return {
        "customers": _rows(session, Customer, shop, Customer.customer_id.in_(customers)),
        "aliases": _rows(
            session,
            CustomerAlias,
            shop,
            or_(CustomerAlias.customer_id.in_(customers), CustomerAlias.kept_id.in_(customers)),
        ),
        "histories": _rows(session, CustomerHistory, shop, CustomerHistory.customer_id.in_(customers)),
        "history_versions": _rows(
            session, CustomerHistoryVersion, shop, CustomerHistoryVersion.customer_id.in_(customers)
        ),
        # Hashes only: e-mail address, phone and birth date themselves are not kept.
        "contacts": _rows(session, CustomerContact, shop, CustomerContact.customer_id.in_(customers)),
        "birthdays": _rows(session, CustomerBirthday, shop, CustomerBirthday.customer_id.in_(customers)),
        "not_the_same_person": _rows(session, CustomersApart, shop, _either_of(customers)),
        "segments_in_shopify": _rows(session, SegmentMember, shop, SegmentMember.customer_id.in_(customers)),
        "brought_lines": _rows(session, BroughtLine, shop, _brought_for(shop, customers)),
        "checkouts": _rows(session, Checkout, shop, _begun_by(customers, contacts, shop)),
        "order_checkouts": _rows(session, OrderCheckout, shop, OrderCheckout.order_id.in_(ids)),
        "forecasts": _rows(session, CustomerForecast, shop, CustomerForecast.customer_id.in_(customers)),
        **_points_of(session, shop, customers),
        "orders": _rows(session, Order, shop, Order.order_id.in_(ids)),
        "lines": _rows(session, OrderLine, shop, OrderLine.order_id.in_(ids)),
        "edits": _rows(session, OrderEdit, shop, OrderEdit.order_id.in_(ids)),
        "refunds": _rows(session, Refund, shop, Refund.order_id.in_(ids)),
        "versions": _rows(session, OrderVersion, shop, _versions_of(customers, ids)),
    }


def _points_of(session: Session, shop: ShopId, customers: Collection[int]) -> dict[str, Any]:
    accounts = list(accounts_of(session, shop, customers).values())
    return {
        "points": _rows(session, PointsAccount, shop, PointsAccount.account_id.in_(accounts)),
        "points_lots_and_uses": _rows(session, PointsCause, shop, PointsCause.account_id.in_(accounts)),
        "points_by_hand": _rows(session, PointsByHand, shop, PointsByHand.account_id.in_(accounts)),
        "points_log": _rows(session, PointsEntry, shop, PointsEntry.account_id.in_(accounts)),
        "points_in_shopify": _rows(session, PointsShown, shop, PointsShown.account_id.in_(accounts)),
        "rewards": _rows(session, Reward, shop, held_in(shop, accounts)),
    }


def _brought_for(shop: ShopId, customers: Collection[int]) -> ColumnElement[bool]:
    """As they are deleted with these customers: also those that name them by their e-mail address alone."""
    own = CustomerContact.shop_id == shop, CustomerContact.customer_id.in_(customers)
    email, phone = (select(CustomerContact.hash).where(*own, CustomerContact.kind == kind) for kind in (EMAIL, PHONE))
    nobody = BroughtLine.email_hash.is_(None), BroughtLine.customer_id.is_(None)
    return or_(
        BroughtLine.customer_id.in_(customers),
        BroughtLine.email_hash.in_(email),
        and_(BroughtLine.phone_hash.in_(phone), *nobody),
    )


def _begun_by(customers: Collection[int], contacts: Collection[Contact], shop: ShopId) -> ColumnElement[bool]:
    """As they are deleted with these customers: also those of nobody known in which what reaches them was typed."""
    own = CustomerContact.shop_id == shop, CustomerContact.customer_id.in_(customers), CustomerContact.kind != ADDRESS
    known = select(CustomerContact.hash).where(*own)
    typed = [one.hash for one in contacts if one.kind != ADDRESS]
    columns = Checkout.email_hash, Checkout.phone_hash
    reached = [found for column in columns for found in (column.in_(known), column.in_(typed))]
    return or_(Checkout.customer_id.in_(customers), and_(Checkout.customer_id.is_(None), or_(*reached)))


def _versions_of(customers: Collection[int], orders: Collection[int]) -> ColumnElement[bool]:
    nobodys = and_(OrderVersion.order_id.in_(orders), OrderVersion.customer_id.is_(None))
    return or_(OrderVersion.customer_id.in_(customers), nobodys)


def _either_of(customers: Collection[int]) -> ColumnElement[bool]:
    return or_(CustomersApart.customer_id.in_(customers), CustomersApart.other_id.in_(customers))


def _rows(session: Session, model: type[Base], shop: ShopId, condition: Any) -> list[dict[str, Any]]:
    table = model.__table__
    found = session.execute(select(table).where(table.c.shop_id == shop, condition)).mappings()
    # Seals of the ledger say nothing of anybody.
    return [
        {name: _plain(value) for name, value in row.items() if name != "shop_id" and not isinstance(value, bytes)}
        for row in found
    ]


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, int | float | str | bool) else value.isoformat()


def rename_in_versions(session: Session, shop: ShopId, numbers: Mapping[int, int]) -> Counter[str]:
    """Let earlier versions of orders, and of what came before them, name nobody either: an opaque number for each.

    Of which table how many rows were renamed.
    """
    renamed = Counter[str]()
    for model in (OrderVersion, CustomerHistoryVersion):
        for customer, opaque in numbers.items():
            result = session.execute(
                update(model)
                .where(model.shop_id == shop, model.customer_id == customer)
                .values(customer_id=opaque)
                .execution_options(synchronize_session=False)
            )
            renamed[model.__tablename__] += rows_changed(result)
    return renamed


def delete_shop(session: Session, shop: ShopId) -> None:
    """Delete every row of the shop in every table, its key first and its own row last.

    Without the key nothing of the shop can be read any more, and its ledger lets go (db/triggers.py).
    """
    session.execute(delete(ShopKey).where(ShopKey.shop_id == shop))
    for table in reversed(Base.metadata.sorted_tables):
        if "shop_id" in table.c:
            session.execute(delete(table).where(table.c.shop_id == shop))
    session.execute(delete(Shop).where(Shop.id == shop))
    session.expire_all()


def begin_erasure(
    session: Session, shop: ShopId, delivery_id: int | None, sought: Collection[str], now: Instant, request_id: int
) -> None:
    """Keep the hashed traces of a person until the kept deliveries have been searched for them.

    What is found is told in the certificate of that request.
    """
    row = {
        "shop_id": shop,
        "delivery_id": _no_delivery(session, shop) if delivery_id is None else delivery_id,
        "asked_at": now,
        "sought": " ".join(sorted(sought)),
        "searched_to": 0,
        "searching": False,
        "request_id": request_id,
    }
    bulk_upsert(session, Erasure, [row])


def _no_delivery(session: Session, shop: ShopId) -> int:
    """A number that no delivery has: negative ones stand for searches that none asked for."""
    lowest = session.scalar(select(func.min(Erasure.delivery_id)).where(Erasure.shop_id == shop))
    return min(lowest or 0, 0) - 1


def erasures(session: Session, shop: ShopId) -> Sequence[Erasure]:
    """The searches of the shop that are not over yet, oldest first."""
    statement = select(Erasure).where(Erasure.shop_id == shop).order_by(Erasure.asked_at, Erasure.delivery_id)
    return session.scalars(statement).all()


def has_erasures(session: Session, shop: ShopId) -> bool:
    """Whether any search of the shop is not over yet."""
    return bool(session.scalar(select(func.count()).select_from(Erasure).where(Erasure.shop_id == shop)))


def join_search(session: Session, shop: ShopId) -> None:
    """Let the search that begins now be for everybody who is waiting for one."""
    _change_erasures(session, shop, searching=True)


def end_search(session: Session, shop: ShopId, searched_to: int, over_before: Instant | None, now: Instant) -> None:
    """Note how far the search went for those it was for; whoever was asked for before that moment is done with."""
    if over_before is not None:
        over = and_(Erasure.searching, Erasure.asked_at <= over_before)
        note_searched(session, shop, over, now)
        session.execute(
            delete(Erasure).where(Erasure.shop_id == shop, over).execution_options(synchronize_session=False)
        )
    _change_erasures(session, shop, Erasure.searching, searched_to=searched_to, searching=False)


def _change_erasures(session: Session, shop: ShopId, *conditions: Any, **values: Any) -> None:
    session.execute(
        update(Erasure)
        .where(Erasure.shop_id == shop, *conditions)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def wrapped_keys(session: Session) -> list[tuple[int, str, bytes]]:
    """Every shop's number, domain and wrapped key."""
    statement = select(Shop.id, Shop.domain, ShopKey.wrapped).join(ShopKey, ShopKey.shop_id == Shop.id)
    return [(row.id, row.domain, row.wrapped) for row in session.execute(statement.order_by(Shop.id))]


def keyless_shops(session: Session) -> list[tuple[ShopId, str]]:
    """Shops that have no key: nothing sealed of theirs can be opened."""
    statement = select(Shop.id, Shop.domain).outerjoin(ShopKey, ShopKey.shop_id == Shop.id)
    found = session.execute(statement.where(ShopKey.shop_id.is_(None)).order_by(Shop.id))
    return [(ShopId(row.id), row.domain) for row in found]


def write_key(session: Session, shop: ShopId, domain: str, wrapped: bytes) -> bool:
    """Give the shop of this number and domain a key; False when there is no such shop, or it has a key."""
    if session.scalar(select(Shop.id).where(Shop.id == shop, Shop.domain == domain)) is None:
        return False
    return insert_once(session, ShopKey, {"shop_id": shop, "wrapped": wrapped})


def redactions(session: Session, shop: ShopId | None = None) -> list[tuple[int, str, int]]:
    """Shop, keyed hash and opaque number of every redacted customer, of one shop or of all."""
    model = RedactedCustomer
    statement = select(model.shop_id, model.customer_hash, model.opaque_id).order_by(model.shop_id, model.customer_hash)
    if shop is not None:
        statement = statement.where(model.shop_id == shop)
    return [(row.shop_id, row.customer_hash, row.opaque_id) for row in session.execute(statement)]


def add_redaction(session: Session, shop: ShopId, customer_hash: str, opaque_id: int, now: Instant) -> None:
    """Remember a redacted customer by hash, unless it is remembered already."""
    row = {"shop_id": shop, "customer_hash": customer_hash, "opaque_id": opaque_id, "redacted_at": now}
    insert_once(session, RedactedCustomer, row)


def known_customers(session: Session, shop: ShopId) -> set[int]:
    """Every customer's number that is kept anywhere among the shop's facts."""
    found = set[int]()
    for model in (Customer, CustomerAlias, CustomerBirthday, CustomerContact, Checkout, Order, OrderVersion):
        column = model.__table__.c.customer_id
        statement = select(column).where(model.__table__.c.shop_id == shop, column.is_not(None)).distinct()
        found.update(session.scalars(statement))
    return found
