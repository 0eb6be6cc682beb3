"""Reading and changing the contacts of a shop's customers."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from shopify_app.clock import Instant
from shopify_app.customers.contacts.contact import Contact, Contacts, Pair
from shopify_app.customers.contacts.model import ContactReading, CustomerContact, CustomersApart
from shopify_app.customers.model import Customer
from shopify_app.db.base import ShopId
from shopify_app.db.dialect import among, bulk_upsert, insert_once, rows_changed, upsert


def load_contacts(session: Session, shop: ShopId, customers: Collection[int]) -> dict[int, Contacts]:
    """What is known of those of the named customers whose contacts were ever read."""
    if not customers:
        return {}
    read = select(Customer.customer_id, Customer.contacts_at).where(
        Customer.shop_id == shop, among(session, Customer.customer_id, customers), Customer.contacts_at.is_not(None)
    )
    held: dict[int, set[Contact]] = {}
    for customer, kind, value in session.execute(
        select(CustomerContact.customer_id, CustomerContact.kind, CustomerContact.hash).where(
            CustomerContact.shop_id == shop, among(session, CustomerContact.customer_id, customers)
        )
    ):
        held.setdefault(customer, set()).add(Contact(kind, value))
    return {customer: Contacts(at, frozenset(held.get(customer, ()))) for customer, at in session.execute(read) if at}


def store_contacts(session: Session, shop: ShopId, found: Mapping[int, Contacts]) -> None:
    """Write the contacts of customers whose own rows are there."""
    if not found:
        return
    _delete(session, CustomerContact, shop, CustomerContact.customer_id, found)
    for customer, contacts in found.items():
        session.execute(
            update(Customer)
            .where(Customer.shop_id == shop, Customer.customer_id == customer)
            .values(contacts_at=contacts.at)
        )
    rows = [[shop, customer, *one] for customer, contacts in found.items() for one in sorted(contacts.held)]
    upsert(session, CustomerContact, ("shop_id", "customer_id", "kind", "hash"), rows)
    say_changed(session, shop)


def drop_contacts(session: Session, shop: ShopId, customers: Collection[int]) -> int:
    """Forget the contacts of the named customers, and what was said of them; how many rows there were."""
    if not customers:
        return 0
    # First: whoever is about to say something of two customers has said it then, or finds them gone.
    say_changed(session, shop)
    gone = _delete(session, CustomerContact, shop, CustomerContact.customer_id, customers)
    gone += _delete(session, CustomersApart, shop, CustomersApart.customer_id, customers)
    return gone + _delete(session, CustomersApart, shop, CustomersApart.other_id, customers)


def _delete(session: Session, model: Any, shop: ShopId, column: Any, customers: Collection[int]) -> int:
    statement = delete(model).where(model.shop_id == shop, among(session, column, customers))
    return rows_changed(session.execute(statement.execution_options(synchronize_session=False)))


def say_changed(session: Session, shop: ShopId) -> None:
    """Let pages about contacts know that there is something new; until the transaction ends, nobody else can."""
    raised = update(ContactReading).where(ContactReading.shop_id == shop).values(version=ContactReading.version + 1)
    raised = raised.execution_options(synchronize_session=False)
    while not rows_changed(session.execute(raised)):
        insert_once(session, ContactReading, {"shop_id": shop, "withheld": "", "version": 0})


def holders_of(session: Session, shop: ShopId, contact: Contact) -> list[int]:
    """The customers who have this contact of their own."""
    same = (CustomerContact.kind == contact.kind, CustomerContact.hash == contact.hash)
    statement = select(CustomerContact.customer_id).where(CustomerContact.shop_id == shop, *same).limit(2)
    return list(session.scalars(statement))


def agreed_version(session: Session, shop: ShopId) -> int:
    """What `say_changed` raises: another one whenever somebody has agreed to something, or does not any more."""
    return session.scalar(select(ContactReading.version).where(ContactReading.shop_id == shop)) or 0


def reading_of(session: Session, shop: ShopId) -> ContactReading | None:
    """How far the shop's contacts have been read, as it is now."""
    return session.get(ContactReading, shop, populate_existing=True)


def note_reading(session: Session, shop: ShopId, **values: Any) -> None:
    """Keep how far the contacts have been read, or what came of it; unnamed columns stay as they are."""
    say_changed(session, shop)
    session.execute(
        update(ContactReading)
        .where(ContactReading.shop_id == shop)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def keep_apart(session: Session, shop: ShopId, pairs: Iterable[Pair], now: Instant) -> None:
    """Say of each two of these customers that they are not the same person."""
    rows = [{"shop_id": shop, "customer_id": low, "other_id": high, "said_at": now} for low, high in sorted(pairs)]
    bulk_upsert(session, CustomersApart, rows)
    say_changed(session, shop)


def bring_together(session: Session, shop: ShopId, customers: Collection[int]) -> None:
    """Take back what was said of any two of these customers."""
    both = (among(session, CustomersApart.customer_id, customers), among(session, CustomersApart.other_id, customers))
    session.execute(delete(CustomersApart).where(CustomersApart.shop_id == shop, *both))
    say_changed(session, shop)


def apart_of(session: Session, shop: ShopId) -> set[Pair]:
    """Each two customers of whom it was said."""
    statement = select(CustomersApart.customer_id, CustomersApart.other_id).where(CustomersApart.shop_id == shop)
    return {(row.customer_id, row.other_id) for row in session.execute(statement)}
