"""Tables of birthdays: keyed hashes by customer, and how far birth dates have been read."""

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from shopify_app.clock import Instant
from shopify_app.db.base import Base, UtcTime


class CustomerBirthday(Base):
    """On which day of the year somebody's birthday is, as a keyed hash: found by the day, and not to be read back.

    The year of birth is kept nowhere.
    """

    __tablename__ = "customer_birthday"
    __table_args__ = (Index("ix_customer_birthday_day", "shop_id", "day", "customer_id"),)

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    customer_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    day: Mapped[str] = mapped_column(String(32))
    """See queries.birthday_hash."""


class BirthdayReading(Base):
    """How far a shop's birth dates have been read."""

    __tablename__ = "birthday_reading"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    read_until: Mapped[Instant] = mapped_column(UtcTime)
    """All customers that changed before have been read."""
    calendar: Mapped[str] = mapped_column(String(9))
    """By which the days are told: one of calendar.CALENDARS."""
