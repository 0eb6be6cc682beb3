"""Customers > one of them > Points: giving points by hand, taking them, and undoing it."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request

from shopify_app.db.base import Session
from shopify_app.embedded.body import json_body
from shopify_app.embedded.parts import parts
from shopify_app.embedded.request import current_shop
from shopify_app.embedded.screen import answer, link, words
from shopify_app.errors import Malformed, NotFound
from shopify_app.loyalty.by_hand.giving import Deed, Undoing, do_by_hand, left_this_month, undo, undoing
from shopify_app.loyalty.ledger.entry import Head, ledger_key
from shopify_app.loyalty.programme.queries import versions_of
from shopify_app.loyalty.programme.rule import Rule
from shopify_app.loyalty.programme.telling import points_text
from shopify_app.retention.people.one.panel import POINTS, found_whom
from shopify_app.retention.presenting import Choice
from shopify_app.shops.queries import get_shop, lock_shop

blueprint = Blueprint("points_by_hand", __name__, url_prefix=f"/customers/<int:customer_id>{POINTS}/by-hand")

GIVE, TAKE = "give", "take"
WAYS = {GIVE: "Give", TAKE: "Take"}
MOST, LONGEST = 1_000_000, 200
_DEED = re.compile("[0-9a-f]{32}")
SUMS = {
    "available": "What can be spent goes from {before} to {after}.",
    "pending": "What is pending goes from {before} to {after}.",
    "debt": "What is owed goes from {before} to {after}.",
}
_WHOLE = "Write a whole number from {low} to {high}."


@dataclass(frozen=True, slots=True)
class ByHand:
    """What staff may do for a customer, and what it would do."""

    ways: Sequence[Choice]
    typed: str
    problem: str | None
    left: str
    preview: Sequence[str]
    """Empty before a number was typed."""
    points: int
    deed: str
    customer_path: str
    path: str
    action: str
    """What the button says."""
    write_off: str | None
    """Where what is owed would be written off."""
    undoing: "UndoTold | None"
    """What undoing would do that was asked for, and takes more than what is left of it."""


@dataclass(frozen=True, slots=True)
class UndoTold:
    """What undoing takes, before it is done."""

    sentences: Sequence[str]
    url: str
    seen: str
    back: str
    """Where nothing is undone."""


def by_hand(session: Session, customer: int, account: Head | None, rule: Rule) -> ByHand:
    """The section, with the preview of what was typed."""
    spoken, shop = words(), get_shop(session, current_shop().id)
    left = left_this_month(session, current_shop().id, rule, ZoneInfo(shop.timezone), parts().clock())
    way = TAKE if request.args.get("way") == TAKE else GIVE
    typed = request.args.get("by_hand", "").strip()
    points = _points(typed) if typed else None
    can = min(left if way == GIVE else _to_spend(account), MOST)
    sound = points is not None and 0 < points <= can
    path = f"/customers/{customer}{POINTS}"
    owed = account.debt if account else 0
    return ByHand(
        ways=[Choice(value, spoken.text(title), value == way) for value, title in WAYS.items()],
        typed=typed,
        problem=None if sound or not typed else _problem(can),
        left=spoken.plural(
            "Your staff can give {n} more point by hand this month.",
            "Your staff can give {n} more points by hand this month.",
            left,
        ),
        preview=_preview(points if way == GIVE else -points, account) if sound and points else [],
        points=(points if way == GIVE else -points) if sound and points else 0,
        deed=secrets.token_hex(16),
        customer_path=path,
        path=f"{path}/by-hand",
        action=_action(points or 0, way),
        write_off=link(path, {"way": GIVE, "by_hand": str(owed)}) if owed else None,
        undoing=_undoing(session, customer, path),
    )


def _undoing(session: Session, customer: int, path: str) -> UndoTold | None:
    """Of the deed that the address names."""
    deed, shop = request.args.get("undo", ""), current_shop().id
    if not _DEED.fullmatch(deed):
        return None
    key = ledger_key(parts().config.lookup_key, shop)
    told = undoing(session, shop, key, customer, deed, parts().clock())
    if told is None or not told.reaches_further:
        return None
    return UndoTold(_undone_sentences(told), link(f"{path}/by-hand/{deed}/undo"), told.seen, link(path))


def _undone_sentences(told: Undoing) -> list[str]:
    spoken = words()
    sums = [(said, getattr(told, name)) for name, said in SUMS.items()]
    given, left = spoken.number(told.given), spoken.number(told.left)
    return [
        spoken.text(
            "Points given: {given}. Left of them: {left}. Undoing takes the rest from other points, or it is owed.",
            given=given,
            left=left,
        ),
        *(
            spoken.text(said, before=spoken.number(before), after=spoken.number(after))
            for said, (before, after) in sums
            if before != after
        ),
    ]


def _action(points: int, way: str) -> str:
    told = points_text(points, words())
    return words().text("Give {points}", points=told) if way == GIVE else words().text("Take {points}", points=told)


def _to_spend(account: Head | None) -> int:
    return account.available if account else 0


def _problem(can: int) -> str:
    if can < 1:
        return words().text("There are none left for that.")
    return words().text(_WHOLE, low=words().number(1), high=words().number(can))


def _points(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= len(str(MOST)) else None


def _preview(points: int, account: Head | None) -> list[str]:
    spoken, before = words(), account.balance if account else 0
    after = points_text(abs(points), spoken)
    said = [
        spoken.text("This customer gets {points}, and can spend them at once.", points=after)
        if points > 0
        else spoken.text("This customer loses {points}.", points=after),
        spoken.text(
            "The balance goes from {before} to {after}.",
            before=spoken.number(before),
            after=spoken.number(before + points),
        ),
    ]
    if account and account.debt and points > 0:
        said.append(spoken.text("What is owed is taken from it first."))
    return said


@blueprint.post("")
def give_or_take(customer_id: int) -> Response:
    """Do it, with the reason; asked for twice with one id, it is done once."""
    here, now = current_shop(), parts().clock()
    with parts().database.transaction() as session:
        # Who it is, and what the programme says, is only sure while nobody else can change it.
        lock_shop(session, here.id)
        _found(session, customer_id)
        versions = versions_of(session, here.id)
        deed, problem = _deed()
        if not versions:
            raise Malformed("There is no programme yet. Choose one first.")
        if deed is None:
            return _refused(problem)
        key = ledger_key(parts().config.lookup_key, here.id)
        do_by_hand(session, here.id, key, customer_id, deed, versions[-1].rule, here.staff_id, now)
    done = words().text("Done. It can be undone in the list below.")
    return answer({"go": link(f"/customers/{customer_id}{POINTS}"), "message": done})


def _refused(problem: str) -> Response:
    response = answer({"error": problem, "errors": {"reason": problem}})
    response.status_code = 422
    return response


def _found(session: Session, customer_id: int) -> None:
    found = found_whom(session, customer_id)
    if found.erased or found.now != customer_id:
        raise NotFound


def _deed() -> tuple[Deed | None, str]:
    """What was sent, or what is wrong with its reason."""
    sent = json_body()
    key, reason, text = sent.get("deed"), sent.get("reason"), str(sent.get("points", ""))
    points = _points(text.removeprefix("-"))
    if not isinstance(key, str) or not _DEED.fullmatch(key) or not points or points > MOST:
        raise Malformed("This request could not be read.")
    reason = reason.strip() if isinstance(reason, str) else ""
    if not 0 < len(reason) <= LONGEST or not reason.isprintable():
        return None, words().plural(
            "Say why, in at most {n} character.", "Say why, in at most {n} characters.", LONGEST
        )
    return Deed(key, -points if text.startswith("-") else points, reason), ""


@blueprint.post("/<deed>/undo")
def undo_it(customer_id: int, deed: str) -> Response:
    """Take back what was given by hand, or give back what was taken.

    Where that reaches into other points, or leaves a debt, nothing is done before whoever asks has seen it.
    """
    here, now = current_shop(), parts().clock()
    if not _DEED.fullmatch(deed):
        raise NotFound
    with parts().database.transaction() as session:
        lock_shop(session, here.id)
        _found(session, customer_id)
        key = ledger_key(parts().config.lookup_key, here.id)
        told = undoing(session, here.id, key, customer_id, deed, now)
        if told and told.reaches_further and json_body().get("seen") != told.seen:
            page = link(f"/customers/{customer_id}{POINTS}", {"undo": deed})
            return answer({"done": False, "seen": told.seen, "go": f"{page}#by-hand"})
        undo(session, here.id, key, customer_id, deed, here.staff_id, now)
    return answer({"done": True, "go": link(f"/customers/{customer_id}{POINTS}"), "message": words().text("Undone.")})
