"""Loading accounts with what moved them, and writing what booking gave."""

import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import and_, delete, func, insert, select, tuple_, update
from sqlalchemy.orm import Session

from shopify_app.clock import Instant
from shopify_app.db.base import ShopId
from shopify_app.db.dialect import along_an_index, among, bulk_upsert, insert_many, rows_changed
from shopify_app.loyalty.ledger.booking import Booked, Cause
from shopify_app.loyalty.ledger.entry import Anchor, Entry, Head, head_mac
from shopify_app.loyalty.ledger.model import (
    GRANT,
    PointsAccount,
    PointsAnchor,
    PointsCause,
    PointsEntry,
    PointsMember,
    PointsTotal,
)
from shopify_app.loyalty.ledger.rows import BOOKED, CAUSE, booked_from, row_of

_ACCOUNTS_FROM, _ACCOUNTS = 1 << 40, 1 << 62
_AT_ONCE = 500


def accounts_of(session: Session, shop: ShopId, customers: Collection[int]) -> dict[int, int]:
    """The account of each of the customers who has one."""
    if not customers:
        return {}
    columns = PointsMember.customer_id, PointsMember.account_id
    mine = PointsMember.shop_id == shop, among(session, PointsMember.customer_id, customers)
    return dict(session.execute(select(*columns).where(*mine)).all())


def new_head(now: Instant) -> Head:
    """The head of a new account, under a number that tells nothing."""
    return Head(_ACCOUNTS_FROM + secrets.randbelow(_ACCOUNTS), now)


def add_members(session: Session, shop: ShopId, members: Mapping[int, int]) -> None:
    """Give new accounts to customers who have none; the database refuses a second one."""
    rows = [{"shop_id": shop, "customer_id": one, "account_id": account} for one, account in members.items()]
    if rows:
        session.execute(insert(PointsMember), rows)


def give_account(session: Session, shop: ShopId, old: int, kept: int) -> None:
    """The account of a customer who was merged into one without any."""
    own = PointsMember.shop_id == shop, PointsMember.customer_id == old
    session.execute(update(PointsMember).where(*own).values(customer_id=kept))


def leave_account(session: Session, shop: ShopId, customers: Collection[int]) -> int:
    """Cut accounts from these customers; how many had one. The accounts stay, and name nobody."""
    own = PointsMember.shop_id == shop, among(session, PointsMember.customer_id, customers)
    return rows_changed(session.execute(delete(PointsMember).where(*own))) if customers else 0


def lock_heads(session: Session, shop: ShopId, accounts: Collection[int]) -> dict[int, Head]:
    """The accounts' heads, which nobody else can change before the transaction ends."""
    own = PointsAccount.shop_id == shop, among(session, PointsAccount.account_id, accounts)
    # One order for everybody: two who lock the same two accounts never wait for each other.
    statement = select(*_HEAD).where(*own).order_by(PointsAccount.account_id).with_for_update()
    return {row[0]: Head(*row) for row in session.execute(statement)} if accounts else {}


_HEAD_NAMES = Head.__struct_fields__[1:]
_HEAD = (PointsAccount.account_id, *(getattr(PointsAccount, name) for name in _HEAD_NAMES))


def causes_in(session: Session, shop: ShopId, accounts: Collection[int]) -> dict[int, dict[str, Booked]]:
    """All that ever moved points of these accounts."""
    found: dict[int, dict[str, Booked]] = {account: {} for account in accounts}
    own = PointsCause.shop_id == shop, among(session, PointsCause.account_id, accounts)
    # Columns instead of objects: a batch reads thousands.
    for row in session.execute(select(*_CAUSE).where(*own)) if accounts else ():
        found[row[0]][row[1]] = booked_from(*row[1:])
    return found


_CAUSE = tuple(getattr(PointsCause, name) for name in ("account_id", *CAUSE, *BOOKED))


def places_of(session: Session, shop: ShopId, causes: Collection[str]) -> dict[str, int]:
    """In which account each of these causes is, of those that ever gave anything."""
    found: dict[str, int] = {}
    wanted = sorted(causes)
    for start in range(0, len(wanted), _AT_ONCE):
        named = PointsCause.cause.in_(wanted[start : start + _AT_ONCE])
        columns = PointsCause.cause, PointsCause.account_id
        rows = session.execute(select(*columns).where(PointsCause.shop_id == shop, named))
        found |= dict(rows.all())
    return found


def causes_named(session: Session, shop: ShopId, causes: Collection[str]) -> dict[str, tuple[int, Cause]]:
    """Those of these causes that ever gave anything, each with the account that it is in."""
    found: dict[str, tuple[int, Cause]] = {}
    wanted = sorted(causes)
    for start in range(0, len(wanted), _AT_ONCE):
        named = PointsCause.shop_id == shop, PointsCause.cause.in_(wanted[start : start + _AT_ONCE])
        for account, *row in session.execute(select(*_CAUSE).where(*named)):
            booked = booked_from(*row)
            found[booked.cause.key] = account, booked.cause
    return found


def given_by_orders(session: Session, shop: ShopId) -> int:
    """What all orders gave, with their bonuses."""
    sorts = PointsCause.cause.like("order/%") | PointsCause.cause.like("nth/%")
    given = select(func.coalesce(func.sum(PointsCause.points), 0)).where(PointsCause.shop_id == shop, sorts)
    return int(session.execute(given).scalar_one())


def add_entries(session: Session, shop: ShopId, entries: Iterable[tuple[int, Entry, bytes]]) -> None:
    """Write entries of accounts with their seals; the database refuses a second one in any place or of any cause."""
    rows = [[shop, account, mac, *_values(entry)] for account, entry, mac in entries]
    insert_many(session, PointsEntry, ("shop_id", "account_id", "mac", *Entry.__struct_fields__), rows)


_values = attrgetter(*Entry.__struct_fields__)


def store_causes(session: Session, shop: ShopId, causes: Iterable[tuple[int, Booked]]) -> None:
    """Write causes as they are now, each with the account that it is in."""
    bulk_upsert(session, PointsCause, [_cause_row(shop, account, booked) for account, booked in causes])


def store_heads(session: Session, shop: ShopId, heads: Iterable[Head], key: bytes) -> None:
    """Write heads that the caller has locked, or just made."""
    bulk_upsert(session, PointsAccount, [_head_row(shop, head, key) for head in heads])


def add_totals(session: Session, shop: ShopId, opened: int, before: Iterable[Head], after: Iterable[Head]) -> None:
    """Let the shop's sums follow its accounts."""
    old, new = _sums(before), _sums(after)
    more = {name: new[name] - old[name] for name in new} | {"accounts": opened}
    if not any(more.values()):
        return
    grown = {name: getattr(PointsTotal, name) + more[name] for name in more}
    statement = update(PointsTotal).where(PointsTotal.shop_id == shop).values(**grown)
    if not rows_changed(session.execute(statement.execution_options(synchronize_session=False))):
        session.execute(insert(PointsTotal), {"shop_id": shop, **more})


def _sums(heads: Iterable[Head]) -> dict[str, int]:
    every = list(heads)
    sums = {name: sum(getattr(head, name) for head in every) for name in ("available", "pending", "debt")}
    return sums | {"holders": sum(head.balance > 0 for head in every)}


def total_of(session: Session, shop: ShopId) -> PointsTotal:
    """What all accounts have; zeros where there are none."""
    found = session.scalar(select(PointsTotal).where(PointsTotal.shop_id == shop))
    return found or PointsTotal(shop_id=shop, accounts=0, holders=0, available=0, pending=0, debt=0)


def head_of(session: Session, shop: ShopId, customer: int) -> Head | None:
    """What a customer's account has; None for whoever has none."""
    mine = PointsMember.shop_id == shop, PointsMember.customer_id == customer
    same = and_(PointsAccount.shop_id == shop, PointsAccount.account_id == PointsMember.account_id)
    row = session.execute(select(*_HEAD).join(PointsMember, same).where(*mine)).first()
    return None if row is None else Head(*row)


def _head_row(shop: ShopId, head: Head, key: bytes) -> dict[str, Any]:
    values = {name: getattr(head, name) for name in _HEAD_NAMES}
    return {"shop_id": shop, "account_id": head.account, **values, "seal": head_mac(key, head)}


def _cause_row(shop: ShopId, account: int, booked: Booked) -> dict[str, Any]:
    return {"shop_id": shop, "account_id": account, "told": booked.told, **row_of(booked)}


def entries_of(session: Session, shop: ShopId, account: int, before: int | None, limit: int) -> Sequence[PointsEntry]:
    """Entries of an account, newest first, from before a place."""
    mine = [PointsEntry.shop_id == shop, PointsEntry.account_id == account]
    mine += [] if before is None else [PointsEntry.seq < before]
    statement = select(PointsEntry).where(*mine).order_by(PointsEntry.seq.desc()).limit(limit)
    return session.scalars(statement).all()


LogPlace = tuple[Instant, int, int]
"""When an entry was written, its account and its place there."""


def log_of(session: Session, shop: ShopId, before: LogPlace | None, limit: int) -> Sequence[PointsEntry]:
    """Entries of all accounts, those written last first, from before a place."""
    key = PointsEntry.known_at, PointsEntry.account_id, PointsEntry.seq
    mine = [PointsEntry.shop_id == shop] + ([] if before is None else [tuple_(*key) < tuple_(*before)])
    statement = select(PointsEntry).where(*mine).order_by(*(column.desc() for column in key)).limit(limit)
    with along_an_index(session):
        return session.scalars(statement).all()


def customers_of(session: Session, shop: ShopId, accounts: Collection[int]) -> dict[int, int]:
    """Whose these accounts are; of somebody who was forgotten nothing is known."""
    columns = PointsMember.account_id, PointsMember.customer_id
    mine = PointsMember.shop_id == shop, among(session, PointsMember.account_id, accounts)
    return dict(session.execute(select(*columns).where(*mine)).all()) if accounts else {}


def due_accounts(session: Session, shop: ShopId, now: Instant, rules: int, limit: int) -> Sequence[int]:
    """Accounts with something to book: points that are still called pending and can be spent, or that ended.

    And those of which nobody has worked out when points end, by so many rules about it.
    """
    due = PointsCause.sort == GRANT, PointsCause.released < PointsCause.points, PointsCause.available_at <= now
    pending = select(PointsCause.account_id).where(PointsCause.shop_id == shop, *due)
    mine = select(PointsAccount.account_id).where(PointsAccount.shop_id == shop)
    found: set[int] = set()
    for each in (
        pending.order_by(PointsCause.available_at),
        mine.where(PointsAccount.ends_at <= now).order_by(PointsAccount.ends_at),
        mine.where(PointsAccount.endings < rules).order_by(PointsAccount.endings),
    ):
        found |= set(session.scalars(each.limit(limit - len(found)))) if len(found) < limit else set()
    return sorted(found)


EndPlace = tuple[Instant, int]
"""When points end, and of which account."""


class EndRow(NamedTuple):
    """Points of a customer that end together."""

    ends_at: Instant
    account_id: int
    customer_id: int
    points: int


def ending_accounts(
    session: Session, shop: ShopId, before: Instant, after: EndPlace | None, limit: int
) -> Sequence[EndRow]:
    """Whose next points end before a moment, soonest first, from behind a place; of people who are known."""
    key = PointsAccount.ends_at, PointsAccount.account_id
    own = [PointsAccount.shop_id == shop, PointsAccount.ends_at < before, PointsAccount.ending > 0]
    own += [] if after is None else [tuple_(*key) > tuple_(*after)]
    same = and_(PointsMember.shop_id == shop, PointsMember.account_id == PointsAccount.account_id)
    statement = select(*key, PointsMember.customer_id, PointsAccount.ending).join(PointsMember, same).where(*own)
    with along_an_index(session):
        rows: Iterable[Any] = session.execute(statement.order_by(*key).limit(limit))
        return [EndRow(*row) for row in rows]


def ending_sum(session: Session, shop: ShopId, before: Instant) -> tuple[int, int]:
    """How many customers' next points end before a moment, and how many points; 0 and 0 for none."""
    own = PointsAccount.shop_id == shop, PointsAccount.ends_at < before
    sums = func.count(), func.coalesce(func.sum(PointsAccount.ending), 0)
    same = and_(PointsMember.shop_id == shop, PointsMember.account_id == PointsAccount.account_id)
    counted = select(*sums).select_from(PointsAccount).join(PointsMember, same)
    accounts, points = session.execute(counted.where(*own)).one()
    return accounts, int(points)


def account_numbers(session: Session, shop: ShopId, after: int, limit: int) -> Sequence[int]:
    """Accounts after a number, those among them of which nothing but entries or causes is left."""
    found: set[int] = set()
    for model in (PointsAccount, PointsEntry, PointsCause):
        own = select(model.account_id).where(model.shop_id == shop, model.account_id > after).distinct()
        found |= set(session.scalars(own.order_by(model.account_id).limit(limit)))
    return sorted(found)[:limit]


def sealed_heads(session: Session, shop: ShopId, accounts: Collection[int]) -> dict[int, tuple[Head, bytes]]:
    """Heads with their seals."""
    own = PointsAccount.shop_id == shop, among(session, PointsAccount.account_id, accounts)
    rows = session.execute(select(*_HEAD, PointsAccount.seal).where(*own))
    return {row[0]: (Head(*row[:-1]), row[-1]) for row in rows}


def sealed_entries(session: Session, shop: ShopId, accounts: Collection[int]) -> dict[int, list[tuple[Entry, bytes]]]:
    """All entries of these accounts with their seals, in the order of their places."""
    found: dict[int, list[tuple[Entry, bytes]]] = {account: [] for account in accounts}
    own = PointsEntry.shop_id == shop, among(session, PointsEntry.account_id, accounts)
    columns = [getattr(PointsEntry, name) for name in Entry.__struct_fields__]
    statement = select(PointsEntry.account_id, PointsEntry.mac, *columns).where(*own)
    for account, mac, *values in session.execute(statement.order_by(PointsEntry.account_id, PointsEntry.seq)):
        found[account].append((Entry(*values), mac))
    return found


def last_places(session: Session, shop: ShopId, before: Instant) -> Iterator[tuple[int, int, bytes]]:
    """Of each account its last entry from before a moment: account, place and seal."""
    early = PointsEntry.shop_id == shop, PointsEntry.known_at < before
    last = select(PointsEntry.account_id, func.max(PointsEntry.seq).label("seq")).where(*early)
    found = last.group_by(PointsEntry.account_id).subquery()
    same = and_(PointsEntry.account_id == found.c.account_id, PointsEntry.seq == found.c.seq)
    columns = PointsEntry.account_id, PointsEntry.seq, PointsEntry.mac
    statement = select(*columns).join(found, same).where(PointsEntry.shop_id == shop)
    rows: Iterable[Any] = session.execute(statement.execution_options(yield_per=_AT_ONCE))
    yield from rows


def newest_anchor(session: Session, shop: ShopId, below: int | None = None) -> Anchor | None:
    """The last anchor, or the last with a lower number."""
    own = [PointsAnchor.shop_id == shop] + ([] if below is None else [PointsAnchor.number < below])
    columns = (getattr(PointsAnchor, name) for name in Anchor.__struct_fields__)
    row = session.execute(select(*columns).where(*own).order_by(PointsAnchor.number.desc()).limit(1)).first()
    return None if row is None else Anchor(*row)


def add_anchor(session: Session, shop: ShopId, anchor: Anchor) -> None:
    """Keep an anchor; the database refuses a second one of its number."""
    values = {name: getattr(anchor, name) for name in anchor.__struct_fields__}
    session.execute(insert(PointsAnchor), {"shop_id": shop, **values})
