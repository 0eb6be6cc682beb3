"""Reading and changing a shop's row."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from shopify_app.clock import Instant, not_ahead
from shopify_app.db.base import ShopId
from shopify_app.db.dialect import bulk_upsert, insert_once, rows_changed
from shopify_app.errors import NotFound
from shopify_app.shops.access import TELLING, missing_scopes
from shopify_app.shops.model import INSTALLED, UNINSTALLED, AccessToken, Dismissal, Shop, StaffChoice
from shopify_app.tasks.queries import request


def find_shop(session: Session, domain: str) -> Shop | None:
    """The shop with this myshopify.com domain, installed or not."""
    return session.scalar(select(Shop).where(Shop.domain == domain))


def get_shop(session: Session, shop: ShopId) -> Shop:
    """The shop's row; NotFound when it was redacted meanwhile."""
    row = session.get(Shop, shop)
    if row is None:
        raise NotFound
    return row


def lock_shop(session: Session, shop: ShopId) -> Shop:
    """The shop's row as it is now, for this transaction alone until it ends; NotFound as `get_shop`.

    Whether a shop is installed is decided by several threads and servers: what was read before may be over.
    """
    # Rows of other tables may be added meanwhile: they need no more than that the shop stays.
    row = session.get(Shop, shop, with_for_update={"key_share": True}, populate_existing=True)
    if row is None:
        raise NotFound
    return row


def installed_shops(session: Session) -> Sequence[Shop]:
    """All shops that have us installed."""
    return session.scalars(select(Shop).where(Shop.state == INSTALLED).order_by(Shop.id)).all()


def all_shops(session: Session) -> Sequence[Shop]:
    """All shops that we know, installed or not."""
    return session.scalars(select(Shop).order_by(Shop.id)).all()


def touch(session: Session, shop: ShopId) -> None:
    """Say that something a page shows has changed, so that open pages fetch it."""
    session.execute(update(Shop).where(Shop.id == shop).values(facts_version=Shop.facts_version + 1))


def first_sight(session: Session, domain: str, now: Instant) -> Shop:
    """The shop's row, made when there is none; a new one counts as uninstalled until a token is stored."""
    row = find_shop(session, domain)
    if row is not None:
        return row
    insert_once(session, Shop, {"domain": domain, "state": UNINSTALLED, "installed_at": now})
    made = find_shop(session, domain)
    if made is None:
        raise NotFound
    return made


def set_scopes(session: Session, shop: ShopId, scopes: str, at: Instant, now: Instant) -> bool:
    """Remember what the merchant granted at a moment, unless newer is known; comma-separated handles, sorted.

    False when newer is known. With a permission that shows more of them, the orders are read again.
    """
    row = lock_shop(session, shop)
    known_at = not_ahead(row.scopes_at, now)
    if known_at is not None and known_at > at:
        return False
    ordered = ",".join(sorted(filter(None, (scope.strip() for scope in scopes.split(",")))))
    row.facts_version += row.scopes != ordered
    hidden = missing_scopes(row.scopes, TELLING) if row.scopes else ()
    row.scopes, row.scopes_at = ordered, at
    session.flush()
    if set(hidden) - set(missing_scopes(ordered, TELLING)):
        request(session, shop, "import_orders", {}, "system:scopes", now)
    return True


def note_approval(session: Session, shop: ShopId, *, approved: bool) -> bool:
    """Remember whether Shopify has approved us for protected customer data, by what it says; True when it is news."""
    row = lock_shop(session, shop)
    if row.approved == approved:
        return False
    row.approved = approved
    row.facts_version += 1
    session.flush()
    return True


@dataclass(frozen=True, slots=True, repr=False)
class SealedPair:
    """A token pair as it lies in the database: sealed, with both expiries."""

    access: bytes
    refresh: bytes
    expires_at: Instant
    refresh_expires_at: Instant


def read_pair(session: Session, shop: ShopId) -> SealedPair | None:
    """The shop's stored tokens, if it has any."""
    row = session.get(AccessToken, shop)
    return SealedPair(row.access, row.refresh, row.expires_at, row.refresh_expires_at) if row else None


def write_pair(session: Session, shop: ShopId, pair: SealedPair) -> None:
    """Store a pair whatever was there before."""
    bulk_upsert(session, AccessToken, [{"shop_id": shop, **asdict(pair)}])


def replace_pair(session: Session, shop: ShopId, old: SealedPair, new: SealedPair) -> bool:
    """Store the pair that followed from `old`; False, and nothing happens, when `old` is no longer there."""
    statement = (
        update(AccessToken).where(AccessToken.shop_id == shop, AccessToken.refresh == old.refresh).values(**asdict(new))
    )
    return rows_changed(session.execute(statement)) == 1


def drop_pair(session: Session, shop: ShopId, old: SealedPair | None = None) -> None:
    """Forget the shop's tokens; with `old`, only when they are still those."""
    statement = delete(AccessToken).where(AccessToken.shop_id == shop)
    session.execute(statement if old is None else statement.where(AccessToken.refresh == old.refresh))


def staff_locale(session: Session, shop: ShopId, staff: str) -> str | None:
    """The language that this staff member chose, if they did."""
    choice = session.get(StaffChoice, (shop, staff))
    return choice.locale if choice else None


def choose_locale(session: Session, shop: ShopId, staff: str, locale: str) -> None:
    """Remember the language that this staff member wants."""
    bulk_upsert(session, StaffChoice, [{"shop_id": shop, "staff_id": staff, "locale": locale}])


def change_settings(session: Session, shop: ShopId, settings: Mapping[str, str], at: Instant, now: Instant) -> bool:
    """Take over name, currency, timezone or primary_locale as they were at a moment, unless newer ones are known.

    True when everything must be counted anew, in another currency or zone than the pages show, or than those that it
    may be being counted in now. A shop of which nothing was known has nothing counted yet: it simply begins with them.
    """
    row = lock_shop(session, shop)
    known_at = not_ahead(row.settings_at, now)
    if known_at is not None and known_at > at:
        return False
    told = row.told_currency, row.told_timezone
    row.name = settings.get("name", row.name)
    row.primary_locale = settings.get("primary_locale", row.primary_locale)
    row.told_currency = settings.get("currency", row.told_currency)
    row.told_timezone = settings.get("timezone", row.told_timezone)
    if row.shopify_id is None:
        row.currency, row.timezone = row.told_currency, row.told_timezone
    row.settings_at = at
    row.facts_version += 1
    session.flush()
    now_told = row.told_currency, row.told_timezone
    return (row.currency, row.timezone) != now_told or (row.building is not None and told != now_told)


def choose_unpaid_days(session: Session, shop: ShopId, days: int) -> None:
    """Remember for how many days the shop waits for the money of an order; 0 is for ever."""
    session.execute(update(Shop).where(Shop.id == shop).values(unpaid_days=days, facts_version=Shop.facts_version + 1))


def dismiss(session: Session, shop: ShopId, card: str, now: Instant) -> None:
    """Remember that the shop does not want to see a card any more."""
    bulk_upsert(session, Dismissal, [{"shop_id": shop, "card": card, "dismissed_at": now}])


def dismissed_at(session: Session, shop: ShopId, card: str) -> Instant | None:
    """When the shop put a card away last, if it did."""
    row = session.get(Dismissal, (shop, card))
    return row.dismissed_at if row else None


def shops_behind(session: Session) -> list[ShopId]:
    """Installed shops with facts that the shown generation does not count yet."""
    behind = select(Shop.id).where(Shop.state == INSTALLED, Shop.behind).order_by(Shop.id)
    return [ShopId(shop) for shop in session.scalars(behind)]
