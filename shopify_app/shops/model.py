"""Tables of a shop: its settings, its key, its access token, its staff's choices."""

from sqlalchemy import BigInteger, Boolean, ForeignKey, Integer, LargeBinary, String, Text, text, true
from sqlalchemy.orm import Mapped, mapped_column

from shopify_app.clock import Instant
from shopify_app.db.base import BIG, Base, UtcTime

INSTALLED = "installed"
UNINSTALLED = "uninstalled"
UNPAID_DAYS = 30
"""For how many days a shop waits for the money of an order, until it chooses another number."""


class Shop(Base):
    """A shop that has installed us at least once and was not redacted since."""

    __tablename__ = "shop"
    # A number that was given out is never given out again: what outlives a shop must not meet a new one.
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    domain: Mapped[str] = mapped_column(String(255), unique=True)
    """Its permanent myshopify.com name, lower case."""
    shopify_id: Mapped[int | None] = mapped_column(BigInteger, default=None)
    """None until the shop's own details are known; before that nothing of it is counted."""
    name: Mapped[str] = mapped_column(String(255), default="")
    currency: Mapped[str] = mapped_column(String(3), default="USD")
    timezone: Mapped[str] = mapped_column(String(64), default="UTC")
    """Currency and zone of the generation that is shown: amounts and days of every page are in these."""
    told_currency: Mapped[str] = mapped_column(String(3), default="USD")
    told_timezone: Mapped[str] = mapped_column(String(64), default="UTC")
    """What Shopify says they are now; a rebuild takes them over."""
    unpaid_days: Mapped[int] = mapped_column(Integer, default=UNPAID_DAYS, server_default=text(str(UNPAID_DAYS)))
    """An order whose payment is pending for longer is given up; 0 where none ever is."""
    primary_locale: Mapped[str] = mapped_column(String(16), default="")
    state: Mapped[str] = mapped_column(String(16), default=INSTALLED)
    approved: Mapped[bool] = mapped_column(Boolean, default=True, server_default=true())
    """False from when Shopify says that it has not approved us for protected customer data until it lets us read."""
    scopes: Mapped[str] = mapped_column(Text, default="")
    scopes_at: Mapped[Instant | None] = mapped_column(UtcTime, default=None)
    """Since when these permissions are known to be the granted ones."""
    installed_at: Mapped[Instant] = mapped_column(UtcTime)
    uninstalled_at: Mapped[Instant | None] = mapped_column(UtcTime, default=None)
    generation: Mapped[int] = mapped_column(Integer, default=1)
    """Which generation of the aggregates is shown."""
    building: Mapped[int | None] = mapped_column(Integer, default=None)
    """Which generation is being built beside the shown one; None when none is."""
    behind: Mapped[bool] = mapped_column(Boolean, default=False)
    """Facts are stored that the shown generation does not count yet: an import counts at its halts and its end."""
    facts_version: Mapped[int] = mapped_column(BigInteger, default=0)
    """Rises whenever facts or settings that a page shows have changed."""
    settings_at: Mapped[Instant | None] = mapped_column(UtcTime, default=None)
    """Since when name, currency, zone and language are known to be so."""
    imported_at: Mapped[Instant | None] = mapped_column(UtcTime, default=None)
    read_since: Mapped[Instant | None] = mapped_column(UtcTime, default=None)
    """Until the first import has ended: since when whatever was placed is in the numbers already; None: nothing is."""
    shopify_buyers: Mapped[int | None] = mapped_column(Integer, default=None)
    """Shopify's own count of customers with an order, taken at installation."""
    shopify_repeaters: Mapped[int | None] = mapped_column(Integer, default=None)


class ShopEpoch(Base):
    """The currency and zone that a shop's pages had until a moment; what they have now stands in the shop's row."""

    __tablename__ = "shop_epoch"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    until: Mapped[Instant] = mapped_column(UtcTime, primary_key=True)
    currency: Mapped[str] = mapped_column(String(3))
    timezone: Mapped[str] = mapped_column(String(64))


class ShopKey(Base):
    """The shop's data key, wrapped by the master key; deleting the row makes all sealed data unreadable."""

    __tablename__ = "shop_key"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)


class AccessToken(Base):
    """The expiring offline token pair, sealed under the shop's data key."""

    __tablename__ = "access_token"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    access: Mapped[bytes] = mapped_column(LargeBinary)
    refresh: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[Instant] = mapped_column(UtcTime)
    refresh_expires_at: Mapped[Instant] = mapped_column(UtcTime)


class StaffChoice(Base):
    """What one staff member of a shop chose for themselves."""

    __tablename__ = "staff_choice"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    staff_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    locale: Mapped[str] = mapped_column(String(8))


class Dismissal(Base):
    """A card the shop does not want to see again."""

    __tablename__ = "dismissal"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"), primary_key=True, autoincrement=False)
    card: Mapped[str] = mapped_column(String(64), primary_key=True)
    dismissed_at: Mapped[Instant] = mapped_column(UtcTime)
