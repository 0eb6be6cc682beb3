"""Promises about the shop itself: keys, tokens, settings, and that nothing outlives it."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Table, and_, func, or_, select, union

from shopify_app.clock import Instant
from shopify_app.db.base import Base, Session, ShopId
from shopify_app.db.lease import Lease
from shopify_app.invariants.search import SHOP, Cost, moment, never, promise
from shopify_app.invariants.work import REBUILD, owed
from shopify_app.shops.model import INSTALLED, UNINSTALLED, AccessToken, Shop, ShopKey
from shopify_app.tasks.model import ACTIVE, Task

_THIS = Shop.id == SHOP
_DOMAIN = Shop.domain.label("shop")


def _tenants() -> list[Table]:
    """Every table with rows of shops; a worker that was about to begin may hold a lease a moment longer."""
    return [table for table in Base.metadata.sorted_tables if "shop_id" in table.c and table is not Lease.__table__]


def gone_shops(session: Session) -> list[ShopId]:
    """Numbers of shops that rows still name though they are gone: `broken` says of each what is left."""
    tables = [table for table in _tenants() if not table.c.shop_id.foreign_keys]
    named = union(*(select(table.c.shop_id) for table in tables)).subquery()
    gone = select(named.c.shop_id).where(named.c.shop_id.not_in(select(Shop.id))).order_by(named.c.shop_id)
    return [ShopId(shop) for shop in session.scalars(gone)]


def _left_of_it(session: Session, shop: ShopId, _now: Instant) -> Iterator[str]:
    """What a redacted shop has left in any table."""
    known = session.scalar(select(Shop.id).where(Shop.id == shop)) is not None
    for table in () if known else _tenants():
        count = session.scalar(select(func.count()).where(table.c.shop_id == shop))
        if count:
            yield f"{table.name} has rows of shop {shop}, which is gone: {count}."


def _keeps(model: type[AccessToken | ShopKey]) -> Any:
    return select(model.shop_id).where(model.shop_id == SHOP).exists()


SHOPS = (
    never(
        "an installed shop has a data key",
        select(_DOMAIN).where(_THIS, Shop.state == INSTALLED, ~_keeps(ShopKey)),
        "{shop} is installed, but has no data key.",
        Cost.CHEAP,
    ),
    never(
        "a shop is installed or uninstalled",
        select(_DOMAIN, Shop.state.label("state")).where(
            _THIS,
            or_(
                Shop.state.not_in((INSTALLED, UNINSTALLED)),
                and_(Shop.state == INSTALLED, Shop.uninstalled_at.is_not(None)),
            ),
        ),
        "{shop} is {state}, and when it was uninstalled does not fit that.",
        Cost.CHEAP,
    ),
    never(
        "an uninstalled shop has no token",
        select(_DOMAIN).where(_THIS, Shop.state == UNINSTALLED, _keeps(AccessToken)),
        "{shop} is uninstalled, but its token is still there.",
        Cost.CHEAP,
    ),
    never(
        "an uninstalled shop's work was stopped",
        select(Task.id.label("id"), Task.kind.label("kind"))
        .join(Shop, Shop.id == Task.shop_id)
        .where(
            Task.shop_id == SHOP,
            Shop.state == UNINSTALLED,
            Task.state.in_(ACTIVE),
            Task.created_at < Shop.uninstalled_at,
        ),
        "Task {id} ({kind}) goes on, though the shop was uninstalled after it was asked for.",
        Cost.CHEAP,
    ),
    never(
        "another zone or currency is taken over",
        select(_DOMAIN, Shop.told_timezone.label("zone"), Shop.told_currency.label("currency")).where(
            _THIS,
            or_(Shop.timezone != Shop.told_timezone, Shop.currency != Shop.told_currency),
            ~owed(REBUILD),
        ),
        "{shop} is said to be in {zone} and to sell in {currency}, and nobody counts it anew.",
        Cost.CHEAP,
    ),
    never(
        "the shop's history is not from the future",
        select(_DOMAIN).where(_THIS, or_(Shop.imported_at > moment("soon"), Shop.installed_at > moment("soon"))),
        "{shop} was installed or read at a moment that is yet to come.",
        Cost.CHEAP,
    ),
    promise("nothing is left of a redacted shop", _left_of_it),
)
