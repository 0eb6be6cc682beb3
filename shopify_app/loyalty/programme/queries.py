"""Reading and adding versions of a shop's programme, and its draft."""

from collections.abc import Sequence
from typing import NamedTuple

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


def deciders_of(session: Session, shop: ShopId) -> dict[int, str]:
    """Who has decided on each version, by its number."""
    mine = select(ProgrammeVersion.number, ProgrammeVersion.actor).where(ProgrammeVersion.shop_id == shop)
    return dict(session.execute(mine).tuples().all())


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


class DatedDraft(NamedTuple):
    """A draft that is switched on by itself, when, and who has said so."""

    rule: Rule
    starts_at: Instant
    actor: str


def dated_draft(session: Session, shop: ShopId) -> DatedDraft | None:
    """The draft, where it is to be switched on by itself."""
    columns = ProgrammeDraft.rule, ProgrammeDraft.starts_at, ProgrammeDraft.actor
    dated = ProgrammeDraft.shop_id == shop, ProgrammeDraft.starts_at.is_not(None)
    row = session.execute(select(*columns).where(*dated)).first()
    return None if row is None or row[1] is None else DatedDraft(json.decode(row[0], type=Rule), row[1], row[2])


def shops_with_dated_drafts(session: Session) -> list[ShopId]:
    """Installed shops whose draft is to be switched on by itself."""
    dated = exists().where(ProgrammeDraft.shop_id == Shop.id, ProgrammeDraft.starts_at.is_not(None))
    return [ShopId(shop) for shop in session.scalars(select(Shop.id).where(Shop.state == INSTALLED, dated))]


def save_draft(
    session: Session, shop: ShopId, rule: Rule, actor: str, now: Instant, starts_at: Instant | None = None
) -> None:
    """Keep a draft in place of the one before; with `starts_at` the caller has asked for its task."""
    row = {"shop_id": shop, "rule": json.encode(rule).decode(), "saved_at": now, "actor": actor}
    bulk_upsert(session, ProgrammeDraft, [row | {"starts_at": starts_at}])


def drop_draft(session: Session, shop: ShopId) -> None:
    """Forget the draft."""
    session.execute(delete(ProgrammeDraft).where(ProgrammeDraft.shop_id == shop))


def shops_with_programme(session: Session) -> list[ShopId]:
    """Installed shops that have ever switched one on."""
    own = exists().where(ProgrammeVersion.shop_id == Shop.id)
    return [ShopId(shop) for shop in session.scalars(select(Shop.id).where(Shop.state == INSTALLED, own))]
