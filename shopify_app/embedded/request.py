"""The shop and the staff member behind the request that is being answered."""

from dataclasses import dataclass

from flask import g, request

from shopify_app.db.base import Session, ShopId
from shopify_app.embedded.addresses import place_in_admin
from shopify_app.embedded.id_token import IdToken
from shopify_app.embedded.locale import pick_locale
from shopify_app.embedded.parts import parts
from shopify_app.shops.approval import OPENING, look_again
from shopify_app.shops.model import Shop
from shopify_app.shops.queries import get_shop, staff_locale


@dataclass(frozen=True, slots=True)
class CurrentShop:
    """Whose admin the request comes from; whatever a page shows or changes must be of this shop."""

    id: ShopId
    domain: str
    name: str
    staff_id: str
    locale: str
    """The language of the answer, one of language.LOCALES."""
    currency: str
    timezone: str
    scopes: str
    place: dict[str, str]
    """What every link carries: shop, host, locale."""


def current_shop() -> CurrentShop:
    """The shop of the request that a panel is answering."""
    found: CurrentShop = g.current_shop
    return found


def enter(token: IdToken, raw: str) -> None:
    """Make the shop of a checked token the current one, installing it when it has no working tokens."""
    here = parts()
    shop = here.installs.by_id_token(token.shop_domain, raw, here.clock)
    with here.database.reading() as session:
        row = get_shop(session, shop)
        g.current_shop = _current(session, row, token)
    g.locale = g.current_shop.locale
    look_again(here.database, row, token.staff_id, OPENING, here.clock())


def _current(session: Session, row: Shop, token: IdToken) -> CurrentShop:
    shop = ShopId(row.id)
    saved = staff_locale(session, shop, token.staff_id)
    return CurrentShop(
        id=shop,
        domain=row.domain,
        name=row.name,
        staff_id=token.staff_id,
        locale=pick_locale(saved, request.args.get("locale"), row),
        currency=row.currency,
        timezone=row.timezone,
        scopes=row.scopes,
        place=place_in_admin(row.domain, request.args),
    )
