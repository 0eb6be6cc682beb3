"""Keeping the lines of a file as they arrive, in the caller's transaction: people only as hashes, or sealed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from shopify_app.customers.contacts.contact import EMAIL, PHONE, contact_hash, dialled, mailbox
from shopify_app.customers.queries import redacted_ids
from shopify_app.db.base import Session, ShopId
from shopify_app.errors import AppError
from shopify_app.loyalty.brought.amount import plain, points_in
from shopify_app.loyalty.brought.file import FileLine
from shopify_app.loyalty.brought.lines.line import NOBODY, WAITING, Line
from shopify_app.loyalty.brought.lines.queries import add_lines, named_now
from shopify_app.loyalty.brought.lines.sealing import sealed
from shopify_app.loyalty.brought.model import ARRIVING
from shopify_app.loyalty.brought.queries import add_to_file, file_of
from shopify_app.shops.keys import ShopKeys
from shopify_app.shops.queries import lock_shop

_GID = "gid://shopify/Customer/"
_NUMBER = re.compile("[0-9]{1,18}")


class Overtaken(AppError):
    """Somebody brings another file at the same time."""

    status = 409

    def __init__(self) -> None:
        super().__init__("Another file was brought meanwhile. Only one can be looked through at a time.")


@dataclass(frozen=True, slots=True)
class Desk:
    """With what lines are taken in."""

    keys: ShopKeys
    lookup_key: bytes


def number_in(text: str) -> int | None:
    """Shopify's number of a customer, as it writes it in its own files and elsewhere; None where it is none."""
    digits = plain(text).removeprefix(_GID)
    return int(digits) or None if _NUMBER.fullmatch(digits) else None


def take_in(session: Session, shop: ShopId, desk: Desk, file_id: str, lines: Sequence[FileLine]) -> None:
    """Keep some lines; of whoever was forgotten nothing is kept. Overtaken where another file took this one's place."""
    lock_shop(session, shop)
    if file_of(session, shop, file_id).state != ARRIVING:
        raise Overtaken
    told = [(line, number_in(line.number)) for line in lines]
    numbers = {number for _, number in told if number is not None}
    now_are = named_now(session, shop, numbers)
    gone = redacted_ids(session, shop, {*numbers, *now_are.values()}, desk.lookup_key)
    kept = [
        _line(session, shop, desk, file_id, line, number and now_are.get(number, number))
        for line, number in told
        if number not in gone and now_are.get(number or 0) not in gone
    ]
    add_lines(session, shop, file_id, kept)
    add_to_file(session, shop, file_id, lines=len(lines), forgotten=len(lines) - len(kept))


def _line(session: Session, shop: ShopId, desk: Desk, file_id: str, line: FileLine, number: int | None) -> Line:
    points, box, phone = points_in(line.points), mailbox(line.email), dialled(line.phone)
    email_hash = contact_hash(desk.lookup_key, shop, EMAIL, box) if box else None
    phone_hash = contact_hash(desk.lookup_key, shop, PHONE, phone) if phone else None
    named = number is not None or email_hash or phone_hash
    outcome = points if isinstance(points, str) else WAITING if named else NOBODY
    some = points if isinstance(points, int) else 0
    return Line(
        line.place, outcome, some, number, email_hash, phone_hash, sealed(session, shop, desk.keys, file_id, line)
    )
