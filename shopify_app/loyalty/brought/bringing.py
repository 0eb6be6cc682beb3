"""Looking through a file, giving what it says, and taking back what nobody has spent: each in one transaction."""

from collections.abc import Mapping, Sequence

from shopify_app.clock import Instant
from shopify_app.customers.contacts.contact import EMAIL, PHONE
from shopify_app.db.base import Session, ShopId
from shopify_app.loyalty.brought.lines.finding import Known, whom
from shopify_app.loyalty.brought.lines.line import FOUND, HAD, TWICE, UNKNOWN, WAITING, Line
from shopify_app.loyalty.brought.lines.queries import (
    accounts_with_brought,
    delete_lines,
    erase_lines,
    found_in,
    holders_of_many,
    known_numbers,
    next_lines,
    outcomes_of,
    set_lines,
)
from shopify_app.loyalty.brought.model import ANY_FILE, CHECKED, CHECKING, GIVEN, GIVING, UNDONE, BroughtFile, prefix_of
from shopify_app.loyalty.brought.queries import add_to_file, file_of, move_file, note_erased
from shopify_app.loyalty.ledger.queries import accounts_of
from shopify_app.loyalty.to_many.giving import Handout, hand_out, take_back_lots
from shopify_app.loyalty.to_many.queries import lots_under
from shopify_app.shops.queries import lock_shop, touch

# Whoever is merged or forgotten meanwhile is so before the shop's row is held, or after all of this: see the lines'
# own queries, which settle both.


def look_through(session: Session, shop: ShopId, file_id: str, limit: int) -> int:
    """Find whom the next lines mean; how many those were. Nothing is given by it."""
    lock_shop(session, shop)
    file = file_of(session, shop, file_id)
    lines = next_lines(session, shop, file_id, WAITING, limit) if file.state == CHECKING else []
    if lines:
        set_lines(session, shop, file_id, _judged(session, shop, file, lines))
    elif file.state == CHECKING:
        _end_of_look(session, shop, file)
    touch(session, shop)
    return len(lines)


def _end_of_look(session: Session, shop: ShopId, file: BroughtFile) -> None:
    people, points = outcomes_of(session, shop, file.file_id).get(FOUND, (0, 0))
    # Nobody new was found after some had been given: all is as it was.
    after = GIVEN if file.people and not people else CHECKED
    move_file(session, shop, file.file_id, after, found_people=people, found_points=points)


def _judged(session: Session, shop: ShopId, file: BroughtFile, lines: Sequence[Line]) -> list[Line]:
    known = _known(session, shop, lines)
    means = {line.place: whom(line, known) for line in lines}
    people = {one for one in means.values() if isinstance(one, int)}
    taken = found_in(session, shop, file.file_id, people)
    had = _had(session, shop, file, people)
    judged = []
    for line in lines:
        customer = means[line.place]
        if isinstance(customer, str):
            judged.append(line._replace(outcome=customer))
        elif customer in taken:
            judged.append(line._replace(outcome=TWICE))
        elif customer in had:
            judged.append(line._replace(outcome=had[customer]))
        else:
            taken.add(customer)
            judged.append(line._replace(outcome=FOUND, customer_id=customer))
    return judged


def _known(session: Session, shop: ShopId, lines: Sequence[Line]) -> Known:
    return Known(
        known_numbers(session, shop, {line.customer_id for line in lines if line.customer_id is not None}),
        holders_of_many(session, shop, EMAIL, {line.email_hash for line in lines if line.email_hash}),
        holders_of_many(session, shop, PHONE, {line.phone_hash for line in lines if line.phone_hash}),
    )


def _had(session: Session, shop: ShopId, file: BroughtFile, people: set[int]) -> Mapping[int, str]:
    """Of these people those who have had points from this file, or, unless that is wanted, from another."""
    owners = {account: customer for customer, account in accounts_of(session, shop, people).items()}
    had: dict[int, str] = {}
    for account, file_id in accounts_with_brought(session, shop, owners.keys()):
        if file_id == file.file_id:
            had[owners[account]] = TWICE
        elif not file.again:
            had.setdefault(owners[account], HAD)
    return had


def give_next(session: Session, shop: ShopId, key: bytes, file_id: str, limit: int, now: Instant) -> int:
    """Give the next lines that were found, and let go of them; how many those were."""
    lock_shop(session, shop)
    file = file_of(session, shop, file_id)
    lines = next_lines(session, shop, file_id, FOUND, limit) if file.state == GIVING else []
    if lines:
        _give(session, shop, key, file, lines, now)
    elif file.state == GIVING:
        move_file(session, shop, file_id, GIVEN, found_people=0, found_points=0)
        if not outcomes_of(session, shop, file_id):
            note_erased(session, shop, [file_id], now)
        touch(session, shop)
    return len(lines)


def _give(session: Session, shop: ShopId, key: bytes, file: BroughtFile, lines: Sequence[Line], now: Instant) -> None:
    known = known_numbers(session, shop, {line.customer_id for line in lines if line.customer_id is not None})
    first: dict[int, Line] = {}
    for line in lines:
        if line.customer_id in known and line.customer_id is not None:
            first.setdefault(line.customer_id, line)
    unless = None if file.again else ANY_FILE
    handout = Handout(prefix_of(file.file_id), file.given_at or now, file.actor, file.rule, unless)
    given = hand_out(session, shop, key, handout, {one: line.points for one, line in first.items()}, now)
    done = {first[customer].place for customer in given}
    # Two who were two when they were looked for, and are one now; or somebody who is none any more.
    left = [line._replace(outcome=TWICE if line.customer_id in known else UNKNOWN) for line in lines]
    set_lines(session, shop, file.file_id, [line for line in left if line.place not in done])
    delete_lines(session, shop, file.file_id, done)
    add_to_file(session, shop, file.file_id, people=len(given), points=sum(given.values()))


def take_back_next(
    session: Session, shop: ShopId, key: bytes, file_id: str, after: str, limit: int, now: Instant
) -> str | None:
    """Take back what is left of the next lots; behind which to go on, None where all is done."""
    lock_shop(session, shop)
    lots = lots_under(session, shop, prefix_of(file_id), after, limit)
    if lots:
        add_to_file(session, shop, file_id, taken_back=take_back_lots(session, shop, key, lots, now))
        return lots[-1][0]
    erase_lines(session, shop, [file_id])
    if move_file(session, shop, file_id, UNDONE, undone_at=now):
        note_erased(session, shop, [file_id], now)
    touch(session, shop)
    return None
