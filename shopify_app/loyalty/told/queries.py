"""Keeping what the ledger was told, and reading it by accounts."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import select

from shopify_app.db.base import Session, ShopId
from shopify_app.db.dialect import among, insert_many
from shopify_app.loyalty.ledger.rows import BOOKED, CAUSE, booked_from, row_of
from shopify_app.loyalty.told.model import PointsTold
from shopify_app.loyalty.told.telling import Told

_WORD = ("number", "account_id", "after", "known_at", "is_gone", "facts")
_BOOKED = (*BOOKED[:-1], "number")
_AT_ONCE = 500
_NAMES = (*CAUSE, *BOOKED[:-1], *_WORD)


def add_told(session: Session, shop: ShopId, told: Iterable[Told]) -> None:
    """Keep these words; the database refuses a second one of a cause and number."""
    rows = [_row(one) for one in told]
    insert_many(session, PointsTold, ("shop_id", *_NAMES), [[shop, *(row[name] for name in _NAMES)] for row in rows])


def told_in(session: Session, shop: ShopId, accounts: Collection[int]) -> dict[int, list[Told]]:
    """All that was told of what is, or was, in these accounts."""
    found: dict[int, list[Told]] = {account: [] for account in accounts}
    own = PointsTold.shop_id == shop, among(session, PointsTold.account_id, accounts)
    word, cause = ([getattr(PointsTold, name) for name in names] for names in (_WORD, (*CAUSE, *_BOOKED)))
    for row in session.execute(select(*word, *cause).where(*own)):
        told = _told(row)
        found[told.account].append(told)
    return found


def words_of(session: Session, shop: ShopId, causes: Collection[str]) -> dict[str, list[Told]]:
    """All that was told of each of these causes, in turn; none of what is from before it was kept."""
    found: dict[str, list[Told]] = {}
    word, columns = ([getattr(PointsTold, name) for name in names] for names in (_WORD, (*CAUSE, *_BOOKED)))
    wanted = sorted(causes)
    for start in range(0, len(wanted), _AT_ONCE):
        own = PointsTold.shop_id == shop, PointsTold.cause.in_(wanted[start : start + _AT_ONCE])
        for row in session.execute(select(*word, *columns).where(*own).order_by(PointsTold.number)):
            told = _told(row)
            found.setdefault(told.booked.cause.key, []).append(told)
    return found


def _told(row: Sequence[Any]) -> Told:
    number, account, after, known_at, is_gone, facts = row[: len(_WORD)]
    return Told(number, account, after, known_at, is_gone, booked_from(*row[len(_WORD) :]), facts)


def _row(one: Told) -> dict[str, object]:
    word = {name: getattr(one, name) for name in ("number", "after", "known_at", "is_gone", "facts")}
    return {**row_of(one.booked), **word, "account_id": one.account}
