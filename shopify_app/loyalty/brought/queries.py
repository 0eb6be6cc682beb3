"""Reading and moving files of balances; every move is one conditional UPDATE."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import select, update

from shopify_app.clock import Instant
from shopify_app.db.base import Session, ShopId
from shopify_app.db.dialect import insert_once, rows_changed
from shopify_app.errors import NotFound
from shopify_app.loyalty.brought.lines.queries import erase_lines
from shopify_app.loyalty.brought.model import ARRIVING, AT_WORK, CHECKED, GIVEN, PUT_AWAY, TRANSITIONS, BroughtFile

_QUIETLY = {"synchronize_session": False}


def add_file(session: Session, shop: ShopId, row: Mapping[str, Any]) -> bool:
    """Write down that a file arrives; False where one of this id is known."""
    sums = ("lines", "found_people", "found_points", "people", "points", "forgotten", "taken_back")
    return insert_once(session, BroughtFile, {"shop_id": shop, "state": ARRIVING, **dict.fromkeys(sums, 0), **row})


def file_of(session: Session, shop: ShopId, file_id: str) -> BroughtFile:
    """One file of this shop as it is now; NotFound where there is none."""
    mine = select(BroughtFile).where(BroughtFile.shop_id == shop, BroughtFile.file_id == file_id)
    found = session.scalar(mine.execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    return found


def newest_files(session: Session, shop: ShopId, limit: int) -> Sequence[BroughtFile]:
    """The files that were brought last, but for those that were put away and never given."""
    mine = select(BroughtFile).where(BroughtFile.shop_id == shop, BroughtFile.state.not_in((ARRIVING, PUT_AWAY)))
    return session.scalars(mine.order_by(BroughtFile.asked_at.desc(), BroughtFile.file_id).limit(limit)).all()


def file_at_work(session: Session, shop: ShopId) -> BroughtFile | None:
    """The one with which the task has something to do."""
    mine = select(BroughtFile).where(BroughtFile.shop_id == shop, BroughtFile.state.in_(AT_WORK))
    return session.scalar(mine.order_by(BroughtFile.asked_at).limit(1).execution_options(populate_existing=True))


def given_before(session: Session, shop: ShopId, file: BroughtFile) -> BroughtFile | None:
    """Another of the same content that was given last, and not taken back."""
    same = BroughtFile.digest == file.digest, BroughtFile.file_id != file.file_id
    mine = select(BroughtFile).where(BroughtFile.shop_id == shop, *same, BroughtFile.people > 0)
    mine = mine.where(BroughtFile.undone_at.is_(None))
    return session.scalar(mine.order_by(BroughtFile.given_at.desc()).limit(1))


def move_file(session: Session, shop: ShopId, file_id: str, state: str, **values: Any) -> bool:
    """Put a file into another state; False where it is in one that does not lead there."""
    before = [name for name, following in TRANSITIONS.items() if state in following]
    own = BroughtFile.shop_id == shop, BroughtFile.file_id == file_id, BroughtFile.state.in_(before)
    statement = update(BroughtFile).where(*own).values(state=state, **values).execution_options(**_QUIETLY)
    return rows_changed(session.execute(statement)) == 1


def add_to_file(session: Session, shop: ShopId, file_id: str, **more: int) -> None:
    """Let its figures grow."""
    grown = {name: getattr(BroughtFile, name) + value for name, value in more.items()}
    own = BroughtFile.shop_id == shop, BroughtFile.file_id == file_id
    session.execute(update(BroughtFile).where(*own).values(**grown).execution_options(**_QUIETLY))


def put_away(session: Session, shop: ShopId, now: Instant, but: str | None = None) -> None:
    """Let go of files that arrive or were looked through and are not given: another takes their place."""
    mine = select(BroughtFile).where(BroughtFile.shop_id == shop, BroughtFile.state.in_((ARRIVING, CHECKED)))
    for file in session.scalars(mine.where(BroughtFile.file_id != (but or ""))).all():
        let_go_of(session, shop, file, now)


def let_go_of(session: Session, shop: ShopId, file: BroughtFile, now: Instant) -> None:
    """Delete what is kept of its lines; what was given of it stays given."""
    erase_lines(session, shop, [file.file_id])
    kept = {"erased_at": now, "found_people": 0, "found_points": 0}
    # Whoever was looked for again after some had been given: those stay.
    if not (file.people and move_file(session, shop, file.file_id, GIVEN, **kept)):
        move_file(session, shop, file.file_id, PUT_AWAY, **kept)
    note_erased(session, shop, [file.file_id], now)


def note_erased(session: Session, shop: ShopId, files: Collection[str], now: Instant) -> None:
    """Say since when nothing is kept of their lines."""
    own = BroughtFile.shop_id == shop, BroughtFile.file_id.in_(files), BroughtFile.erased_at.is_(None)
    session.execute(update(BroughtFile).where(*own).values(erased_at=now).execution_options(**_QUIETLY))


def shops_with_old_lines(session: Session, before: Instant) -> list[ShopId]:
    """Shops of which lines are kept that were brought before a moment."""
    old = BroughtFile.asked_at < before, BroughtFile.erased_at.is_(None)
    return [ShopId(shop) for shop in session.scalars(select(BroughtFile.shop_id).where(*old).distinct())]


def let_go_of_old(session: Session, shop: ShopId, before: Instant, now: Instant) -> None:
    """Delete the lines of files that were brought before a moment; what was not given of them never will be."""
    old = BroughtFile.shop_id == shop, BroughtFile.asked_at < before, BroughtFile.erased_at.is_(None)
    for file in session.scalars(select(BroughtFile).where(*old)).all():
        let_go_of(session, shop, file, now)
