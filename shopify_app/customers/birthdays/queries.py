"""Keeping birthdays, and finding whose a day is."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from shopify_app.clock import Instant
from shopify_app.crypto import keyed_hash
from shopify_app.customers.birthdays.model import BirthdayReading, CustomerBirthday
from shopify_app.customers.model import CustomerAlias
from shopify_app.customers.nobody import is_erased
from shopify_app.customers.queries import redacted_ids
from shopify_app.db.base import ShopId
from shopify_app.db.dialect import among, bulk_upsert, insert_once, rows_changed

_LENGTH = 32


def birthday_hash(lookup_key: bytes, shop: ShopId, calendar: str, day: str) -> str:
    """What a day of the year is found by; another one in each shop and calendar."""
    return keyed_hash(lookup_key, f"birthday {shop} {calendar} {day}")[:_LENGTH]


def store_birthdays(session: Session, shop: ShopId, told: Mapping[int, str | None], lookup_key: bytes) -> None:
    """Keep the hashes that were told of these customers, None for no birth date; nothing of whoever is somebody else.

    The caller holds the shop's row: nobody is merged or forgotten meanwhile.
    """
    merged = select(CustomerAlias.customer_id)
    own = CustomerAlias.shop_id == shop, among(session, CustomerAlias.customer_id, told)
    others = {*session.scalars(merged.where(*own)), *redacted_ids(session, shop, told.keys(), lookup_key)}
    drop_birthdays(session, shop, [one for one, day in told.items() if day is None])
    rows = [
        {"shop_id": shop, "customer_id": one, "day": day}
        for one, day in sorted(told.items())
        if day is not None and one not in others
    ]
    bulk_upsert(session, CustomerBirthday, rows)


def drop_birthdays(session: Session, shop: ShopId, customers: Collection[int]) -> int:
    """Forget these customers' birthdays; how many there were."""
    if not customers:
        return 0
    own = CustomerBirthday.shop_id == shop, among(session, CustomerBirthday.customer_id, customers)
    return rows_changed(session.execute(delete(CustomerBirthday).where(*own)))


def join_birthdays(session: Session, shop: ShopId, merged: Mapping[int, int]) -> None:
    """Customers were merged into others: who is kept has their birthday where they had none of their own."""
    if not merged:
        return
    columns = CustomerBirthday.customer_id, CustomerBirthday.day
    own = CustomerBirthday.shop_id == shop, among(session, CustomerBirthday.customer_id, merged)
    for old, day in session.execute(select(*columns).where(*own).order_by(CustomerBirthday.customer_id)).all():
        if not is_erased(merged[old]):
            insert_once(session, CustomerBirthday, {"shop_id": shop, "customer_id": merged[old], "day": day})
    drop_birthdays(session, shop, merged)


def born_on(session: Session, shop: ShopId, days: Collection[str], after: int, limit: int) -> Sequence[int]:
    """Whose birthday is on days of these hashes: the next customers behind a number."""
    own = CustomerBirthday.shop_id == shop, CustomerBirthday.day.in_(days), CustomerBirthday.customer_id > after
    statement = select(CustomerBirthday.customer_id).where(*own).order_by(CustomerBirthday.customer_id).limit(limit)
    return session.scalars(statement).all()


def count_birthdays(session: Session, shop: ShopId) -> int:
    """Of how many customers a birthday is known."""
    own = select(func.count()).select_from(CustomerBirthday).where(CustomerBirthday.shop_id == shop)
    return session.scalar(own) or 0


def birthdays_read(session: Session, shop: ShopId) -> BirthdayReading | None:
    """How far they have been read."""
    return session.scalar(select(BirthdayReading).where(BirthdayReading.shop_id == shop))


def note_birthdays_read(session: Session, shop: ShopId, until: Instant, calendar: str) -> None:
    """All customers that changed before have been read."""
    bulk_upsert(session, BirthdayReading, [{"shop_id": shop, "read_until": until, "calendar": calendar}])
