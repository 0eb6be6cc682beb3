"""Reading and adding versions of a shop's programme, and its draft."""

from collections.abc import Sequence

from msgspec import json
from sqlalchemy import delete, exists, func, insert, select
from sqlalchemy.orm import Session

from shopify_app.clock import Instant
from shopify_app.db.base import ShopId
from shopify_app.db.dialect import bulk_upsert
from shopify_app.loyalty.ledger.endings import Ending, Endings, endings
from shopify_app.loyalty.programme.model import ProgrammeDraft, ProgrammeVersion
from shopify_app.loyalty.programme.rule import Rule, Version
from shopify_app.shops.model import INSTALLED, Shop


def versions_of(session: Session, shop: ShopId) -> Sequence[Version]:
    """All versions, oldest first; none where no programme was ever switched on."""
    columns = ProgrammeVersion.number, ProgrammeVersion.since, ProgrammeVersion.rule
    mine = select(*columns).where(ProgrammeVersion.shop_id == shop).order_by(ProgrammeVersion.number)
    return [Version(number, since, json.decode(rule, type=Rule)) for number, since, rule in session.execute(mine)]


def endings_of(session: Session, shop: ShopId) -> Endings:
    """What the versions have said of the end of points."""
    said = [Ending(one.since, one.rule.ends_after, one.rule.extended) for one in versions_of(session, shop)]
    return endings(said)


def add_version(session: Session, shop: ShopId, rule: Rule, actor: str, since: Instant) -> None:
    """Let this rule hold from that moment on; the caller has locked the shop."""
    newest = select(func.max(ProgrammeVersion.number)).where(ProgrammeVersion.shop_id == shop)
    row = {
        "shop_id": shop,
        "number": (session.scalar(newest) or 0) + 1,
        "since": since,
        "rule": json.encode(rule).decode(),
        "actor": actor,
    }
    session.execute(insert(ProgrammeVersion), row)


def draft_of(session: Session, shop: ShopId) -> Rule | None:
    """What was saved and not switched on."""
    text = session.scalar(select(ProgrammeDraft.rule).where(ProgrammeDraft.shop_id == shop))
    return None if text is None else json.decode(text, type=Rule)


def save_draft(session: Session, shop: ShopId, rule: Rule, actor: str, now: Instant) -> None:
    """Keep a draft in place of the one before."""
    row = {"shop_id": shop, "rule": json.encode(rule).decode(), "saved_at": now, "actor": actor}
    bulk_upsert(session, ProgrammeDraft, [row])


def drop_draft(session: Session, shop: ShopId) -> None:
    """Forget the draft."""
    session.execute(delete(ProgrammeDraft).where(ProgrammeDraft.shop_id == shop))


def shops_with_programme(session: Session) -> list[ShopId]:
    """Installed shops that have ever switched one on."""
    own = exists().where(ProgrammeVersion.shop_id == Shop.id)
    return [ShopId(shop) for shop in session.scalars(select(Shop.id).where(Shop.state == INSTALLED, own))]
