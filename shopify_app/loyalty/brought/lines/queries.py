"""Reading, writing and forgetting lines, and finding whom they may mean."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import and_, delete, func, or_, select, update

from shopify_app.customers.contacts.contact import EMAIL, PHONE, Contact
from shopify_app.customers.contacts.model import CustomerContact
from shopify_app.customers.model import Customer, CustomerAlias
from shopify_app.customers.nobody import is_erased
from shopify_app.db.base import Session, ShopId
from shopify_app.db.dialect import among, bulk_upsert, insert_many, rows_changed
from shopify_app.loyalty.brought.lines.line import FOUND, LOOKED_FOR_AGAIN, WAITING, Line
from shopify_app.loyalty.brought.model import ANY_FILE, BroughtFile, BroughtLine
from shopify_app.loyalty.ledger.model import PointsCause

_QUIETLY = {"synchronize_session": False}


_COLUMNS = [getattr(BroughtLine, name) for name in Line._fields]


def add_lines(session: Session, shop: ShopId, file_id: str, lines: Sequence[Line]) -> None:
    """Keep lines that are new."""
    insert_many(session, BroughtLine, ("shop_id", "file_id", *Line._fields), [[shop, file_id, *one] for one in lines])


def set_lines(session: Session, shop: ShopId, file_id: str, lines: Sequence[Line]) -> None:
    """Write lines that the caller has read, having locked the shop."""
    bulk_upsert(session, BroughtLine, [{"shop_id": shop, "file_id": file_id, **one._asdict()} for one in lines])


def next_lines(session: Session, shop: ShopId, file_id: str, outcome: str, limit: int) -> list[Line]:
    """The first lines of which this came."""
    mine = BroughtLine.shop_id == shop, BroughtLine.file_id == file_id, BroughtLine.outcome == outcome
    return [
        Line(*row) for row in session.execute(select(*_COLUMNS).where(*mine).order_by(BroughtLine.place).limit(limit))
    ]


def lines_left(session: Session, shop: ShopId, file_id: str, after: int, limit: int) -> list[Line]:
    """Lines that are not to be given, from behind a place on."""
    mine = BroughtLine.shop_id == shop, BroughtLine.file_id == file_id, BroughtLine.place > after
    left = select(*_COLUMNS).where(*mine, BroughtLine.outcome.not_in((WAITING, FOUND)))
    return [Line(*row) for row in session.execute(left.order_by(BroughtLine.place).limit(limit))]


def outcomes_of(session: Session, shop: ShopId, file_id: str) -> dict[str, tuple[int, int]]:
    """By outcome, how many lines there are, and their points."""
    sums = BroughtLine.outcome, func.count(), func.coalesce(func.sum(BroughtLine.points), 0)
    mine = BroughtLine.shop_id == shop, BroughtLine.file_id == file_id
    return {
        outcome: (lines, int(points))
        for outcome, lines, points in session.execute(select(*sums).where(*mine).group_by(BroughtLine.outcome))
    }


def look_again(session: Session, shop: ShopId, file_id: str) -> int:
    """Have those looked for again who were not found; how many."""
    mine = BroughtLine.shop_id == shop, BroughtLine.file_id == file_id, BroughtLine.outcome.in_(LOOKED_FOR_AGAIN)
    waiting = update(BroughtLine).where(*mine).values(outcome=WAITING)
    return rows_changed(session.execute(waiting.execution_options(**_QUIETLY)))


def delete_lines(session: Session, shop: ShopId, file_id: str, places: Collection[int]) -> None:
    """Nothing is to be done of these any more."""
    mine = BroughtLine.shop_id == shop, BroughtLine.file_id == file_id, among(session, BroughtLine.place, places)
    session.execute(delete(BroughtLine).where(*mine).execution_options(**_QUIETLY))


def erase_lines(session: Session, shop: ShopId, files: Collection[str]) -> None:
    """Delete every line of these files."""
    mine = BroughtLine.shop_id == shop, BroughtLine.file_id.in_(files)
    session.execute(delete(BroughtLine).where(*mine).execution_options(**_QUIETLY))


# ---- whom they mean ----


def named_now(session: Session, shop: ShopId, numbers: Collection[int]) -> dict[int, int]:
    """What customers are called by now who were merged into others; only those."""
    found: dict[int, int] = {}
    wanted = set(numbers)
    while wanted:
        columns = CustomerAlias.customer_id, CustomerAlias.kept_id
        mine = CustomerAlias.shop_id == shop, among(session, CustomerAlias.customer_id, wanted)
        fresh = {old: kept for old, kept in session.execute(select(*columns).where(*mine)).tuples() if old not in found}
        found |= fresh
        wanted = set(fresh.values())
    return {number: _end_of(found, number) for number in numbers if number in found}


def _end_of(aliases: Mapping[int, int], number: int) -> int:
    met: set[int] = set()
    while number in aliases and number not in met:
        met.add(number)
        number = aliases[number]
    return number


def known_numbers(session: Session, shop: ShopId, numbers: Collection[int]) -> set[int]:
    """Those that are customers of the shop."""
    mine = Customer.shop_id == shop, among(session, Customer.customer_id, numbers)
    return set(session.scalars(select(Customer.customer_id).where(*mine))) if numbers else set()


def holders_of_many(session: Session, shop: ShopId, kind: str, hashes: Collection[str]) -> dict[str, list[int]]:
    """By hash, the customers whose own e-mail address or phone it is."""
    found: dict[str, list[int]] = {}
    wanted = sorted(hashes)
    for start in range(0, len(wanted), 500):
        named = CustomerContact.hash.in_(wanted[start : start + 500])
        columns = CustomerContact.hash, CustomerContact.customer_id
        mine = CustomerContact.shop_id == shop, CustomerContact.kind == kind, named
        for value, customer in session.execute(select(*columns).where(*mine)):
            found.setdefault(value, []).append(customer)
    return found


def found_in(session: Session, shop: ShopId, file_id: str, customers: Collection[int]) -> set[int]:
    """Those of these customers who are to be given the points of some line."""
    mine = BroughtLine.shop_id == shop, BroughtLine.file_id == file_id, BroughtLine.outcome == FOUND
    theirs = select(BroughtLine.customer_id).where(*mine, among(session, BroughtLine.customer_id, customers))
    return {one for one in session.scalars(theirs) if one is not None} if customers else set()


def accounts_with_brought(session: Session, shop: ShopId, accounts: Collection[int]) -> set[tuple[int, str]]:
    """Of these accounts, those with points from a file, each with the id of the file."""
    # Behind all of them comes what has the sign after the stroke in its place.
    brought = PointsCause.cause > ANY_FILE, PointsCause.cause < f"{ANY_FILE[:-1]}0", PointsCause.points > 0
    mine = select(PointsCause.account_id, PointsCause.cause).where(
        PointsCause.shop_id == shop, among(session, PointsCause.account_id, accounts), *brought
    )
    return {(account, cause.split("/")[1]) for account, cause in session.execute(mine).tuples()} if accounts else set()


# ---- people who are merged or forgotten ----


def join_lines(session: Session, shop: ShopId, merged: Mapping[int, int]) -> None:
    """Customers were merged into others: what was brought for them is for those; whoever was forgotten gets none."""
    gone = [old for old, kept in merged.items() if is_erased(kept)]
    for old, kept in merged.items():
        if old not in gone:
            own = BroughtLine.shop_id == shop, BroughtLine.customer_id == old
            session.execute(update(BroughtLine).where(*own).values(customer_id=kept).execution_options(**_QUIETLY))
    forget_lines(session, shop, gone, ())


def forget_lines(session: Session, shop: ShopId, customers: Collection[int], contacts: Collection[Contact]) -> int:
    """Delete the lines about these people, by number and by what they can be reached at; how many there were."""
    emails = [one.hash for one in contacts if one.kind == EMAIL]
    phones = [one.hash for one in contacts if one.kind == PHONE]
    theirs = or_(
        among(session, BroughtLine.customer_id, customers),
        BroughtLine.email_hash.in_(emails),
        and_(
            # A family shares one: whoever is named by something else stays.
            BroughtLine.phone_hash.in_(phones),
            BroughtLine.email_hash.is_(None),
            BroughtLine.customer_id.is_(None),
        ),
    )
    mine = BroughtLine.shop_id == shop, theirs
    counted = select(BroughtLine.file_id, func.count()).where(*mine).group_by(BroughtLine.file_id)
    counts = dict(session.execute(counted).tuples().all())
    for file_id, lines in counts.items():
        own = BroughtFile.shop_id == shop, BroughtFile.file_id == file_id
        more = update(BroughtFile).where(*own).values(forgotten=BroughtFile.forgotten + lines)
        session.execute(more.execution_options(**_QUIETLY))
    if counts:
        session.execute(delete(BroughtLine).where(*mine).execution_options(**_QUIETLY))
    return sum(counts.values())
