"""Loyalty > Points for past orders: counted first, then given, and taken back as far as nobody has spent them."""

import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request, stream_with_context

from shopify_app.changes.gift import portion
from shopify_app.clock import LocalDay, day_start, local_day
from shopify_app.customers.access.kinds import POINTS
from shopify_app.customers.access.panel import note_seen, note_taken
from shopify_app.db.base import Session
from shopify_app.embedded.answers import wants_json
from shopify_app.embedded.body import json_body
from shopify_app.embedded.parts import parts
from shopify_app.embedded.request import current_shop
from shopify_app.embedded.screen import answer, link, show, words
from shopify_app.errors import AppError, Malformed, NotFound
from shopify_app.loyalty.gift.model import (
    COUNTED,
    COUNTING,
    GIFT,
    GIVEN,
    GIVING,
    UNDOING,
    UNDONE,
    OpeningGift,
    prefix_of,
)
from shopify_app.loyalty.gift.queries import add_gift, gift_of, move_gift, newest_gifts
from shopify_app.loyalty.programme.queries import versions_of
from shopify_app.loyalty.programme.rule import Rule, Version
from shopify_app.loyalty.programme.telling import points_text
from shopify_app.loyalty.simulator.queries import START, Place
from shopify_app.pages.loyalty.large import (
    Line,
    UndoTold,
    amount_text,
    back_text,
    is_large,
    is_typed,
    must_type,
    refused,
    undo_told,
)
from shopify_app.retention.panel import standing
from shopify_app.retention.presenting import Choice
from shopify_app.shops.queries import lock_shop, touch
from shopify_app.table import Column, Table
from shopify_app.tasks.queries import hasten, latest
from shopify_app.tasks.queries import request as request_task
from shopify_app.tasks.view import TaskView

blueprint = Blueprint("opening_gift", __name__, url_prefix="/loyalty/gift")

MONTHS = (3, 6, 12)
MOST = 1_000_000
SHOWN, ROWS = 10, 500
_DAYS_OF_A_MONTH = 30.4375
_ID = re.compile("[0-9a-f]{32}")
SENTENCES = {
    COUNTING: "Being counted.",
    COUNTED: "Counted, and not given.",
    GIVING: "Being given.",
    GIVEN: "Given on {day}.",
    UNDOING: "Being taken back.",
    UNDONE: "Taken back on {day}.",
}
WORKING = {
    COUNTING: "It is being worked out. You can leave this page.",
    GIVING: "The points are being given. You can leave this page.",
    UNDOING: "The points are being taken back. You can leave this page.",
}
GOING = {
    COUNTING: "Going through your orders: {done} of {total}. You can leave this page.",
    GIVING: "The points are being given: {done} of {total} orders. You can leave this page.",
    UNDOING: "The points are being taken back: {done} of {total} customers. You can leave this page.",
}


@dataclass(frozen=True, slots=True)
class Share:
    """What a customer would get."""

    customer: int
    points: int
    is_enough: bool


SHARES: Table[Any] = Table(
    "points_for_past_orders",
    (
        Column("customer_id", "number", "Customer", lambda row: row.customer, personal=True),
        Column("points", "count", "Points", lambda row: row.points, personal=True),
        Column("enough_for_a_reward", "yes", "Enough for a reward", lambda row: row.is_enough, personal=True),
    ),
)


class OneAtATime(AppError):
    """Another gift is under way, or has been given."""

    status = 409

    def __init__(self) -> None:
        super().__init__("Points for past orders are under way, or were given already. Undo them first.")


@dataclass(frozen=True, slots=True)
class Told:
    """One gift."""

    state: str
    sentence: str
    amount: str
    """How many people, how many points, worth what."""
    path: str
    number: int
    """Its points."""
    confirm: str | None
    """What must be typed before it is given; None where nothing must."""
    lines: Sequence[Line]
    """Some who would get something."""
    whole: bool
    """Whether these are all."""
    notes: Sequence[str]
    """How it was counted, and who could have a reward at once."""
    file_href: str
    undo: UndoTold | None
    """What taking it back would take, where that is asked."""


@dataclass(frozen=True, slots=True)
class GiftPage:
    """Points for past orders."""

    none: str | None
    """Why there can be none."""
    months: Sequence[Choice]
    gift: Told | None
    working: str | None
    bar: int
    full: int
    gift_id: str
    can_ask: bool


@blueprint.before_request
def _is_one() -> None:
    """No other address is that of a gift; not every text can be looked for."""
    if not _ID.fullmatch((request.view_args or {}).get("gift_id", "0" * 32)):
        raise NotFound


@blueprint.get("")
def index() -> Response:
    """The newest gift and how far it is, or what may be asked for."""
    shop = current_shop().id
    with parts().database.reading() as session:
        versions, gifts = versions_of(session, shop), newest_gifts(session, shop, 1)
        now, gift = standing(session, shop), gifts[0] if gifts else None
        task = latest(session, shop, GIFT)
        told = _told(session, gift, versions, ZoneInfo(now.shop.timezone)) if gift else None
    if told and told.lines:
        note_seen(POINTS)
    if wants_json():
        undo = told.undo if told else None
        would = {"would_take_back": {"people": undo.people, "points": undo.points}} if undo else {}
        return answer({"gift": _document(gift) if gift else None} | would)
    page = GiftPage(
        none=None if versions else words().text("There is no programme yet. Choose one first."),
        months=[Choice(str(one), _months(one), one == MONTHS[-1]) for one in MONTHS],
        gift=told,
        working=_working(gift, task) if gift else None,
        bar=task.done if task else 0,
        full=task.total or 0 if task else 0,
        gift_id=secrets.token_hex(16),
        can_ask=bool(versions) and (gift is None or gift.state in (COUNTED, UNDONE)),
    )
    return show("loyalty/gift.html", page, words().text("Points for past orders"))


def _months(number: int) -> str:
    return words().plural("The last {n} month", "The last {n} months", number)


def _working(gift: OpeningGift, task: TaskView | None) -> str | None:
    if task is None or not task.active or gift.state not in WORKING:
        return None
    # What the task counted while it was at something else says nothing.
    if not task.total or task.phase != gift.state:
        return words().text(WORKING[gift.state])
    done, total = words().number(task.done), words().number(task.total)
    return words().text(GOING[gift.state], done=done, total=total)


def _told(session: Session, gift: OpeningGift, versions: Sequence[Version], zone: ZoneInfo) -> Told:
    spoken, rule = words(), next(one.rule for one in versions if one.number == gift.rule)
    lines: list[Line] = []
    if gift.state == COUNTED:
        found, _, _ = portion(session, current_shop().id, gift, START, ROWS)
        lines = [Line(customer, spoken.number(points)) for customer, points in list(found.items())[:SHOWN]]
    at = gift.undone_at if gift.state == UNDONE else gift.given_at
    path = f"/loyalty/gift/{gift.gift_id}"
    asked = gift.state == GIVEN
    return Told(
        state=gift.state,
        sentence=spoken.text(SENTENCES[gift.state], day=spoken.day(local_day(at, zone)) if at else ""),
        amount=_amount(gift, rule),
        path=path,
        number=gift.points,
        confirm=must_type(gift.points) if is_large(gift.points, rule) else None,
        lines=lines,
        whole=len(lines) >= gift.people,
        notes=_notes(gift, rule, zone) if gift.state == COUNTED else [],
        file_href=link(f"{path}/shares", {"format": "csv"}),
        undo=undo_told(session, prefix_of(gift.gift_id), rule, path, "/loyalty/gift") if asked else None,
    )


def _amount(gift: OpeningGift, rule: Rule) -> str:
    """How much it is by what is known: while it is given, what was counted; once it was taken back, what is left."""
    if gift.state == COUNTING:
        return ""
    if gift.state == UNDONE:
        return back_text(gift.points, gift.taken_back)
    if gift.state == GIVING:
        people, points = gift.found_people, gift.found_points
        return "" if people is None or points is None else amount_text(people, points, rule)
    return amount_text(gift.people, gift.points, rule)


def _notes(gift: OpeningGift, rule: Rule, zone: ZoneInfo) -> list[str]:
    spoken = words()
    counted = spoken.text(
        "Counted: orders from {first} until {last}, at today's rate of {rate} for each {amount}.",
        first=spoken.day(local_day(gift.since, zone)),
        last=spoken.day(local_day(gift.until, zone)),
        rate=points_text(rule.points, spoken),
        amount=spoken.money(rule.per, rule.currency),
    )
    if gift.found_reach is None:
        return [counted]
    reach = spoken.plural(
        "With these points alone {n} customer could have a reward at once.",
        "With these points alone {n} customers could have a reward at once.",
        gift.found_reach,
    )
    return [counted, reach]


def _document(gift: OpeningGift) -> dict[str, Any]:
    named = ("gift_id", "state", "months", "most", "people", "points", "taken_back")
    return {name: getattr(gift, name) for name in named}


@blueprint.get("/<gift_id>/shares")
def their_shares(gift_id: str) -> Response:
    """Who would get how much of what was counted, all of them, as a file."""
    shop = current_shop().id
    with parts().database.reading() as session:
        gift = gift_of(session, shop, gift_id)
        rule = next((one.rule for one in versions_of(session, shop) if one.number == gift.rule), None)
    if wants_json() or rule is None:
        return answer({"gift": _document(gift)})
    note_taken(POINTS)
    response = Response(stream_with_context(_share_lines(gift, rule.cheapest)), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="points_for_past_orders.csv"'
    return response


def _share_lines(gift: OpeningGift, cheapest: int) -> Iterator[str]:
    shop, database, place = current_shop().id, parts().database, START
    yield from SHARES.lines((), "")
    while True:
        with database.reading() as session:
            found, read, after = portion(session, shop, gift, place)
        if not read:
            return
        place = Place(*after)
        rows = [Share(customer, points, points >= cheapest) for customer, points in found.items()]
        yield "".join(list(SHARES.lines(rows, ""))[1:])


@blueprint.post("/count")
def count() -> Response:
    """Count who would get how much; nothing is given by it."""
    here, now, body = current_shop(), parts().clock(), json_body()
    wanted, months, most = body.get("gift"), str(body.get("months", "")), str(body.get("most") or "").strip()
    if not isinstance(wanted, str) or not _ID.fullmatch(wanted) or months not in map(str, MONTHS):
        raise Malformed("This request could not be read.")
    if most and not (most.isascii() and most.isdecimal() and len(most) <= len(str(MOST)) and 0 < int(most) <= MOST):
        said = words().text("Write a whole number from {low} to {high}.", low=1, high=words().number(MOST))
        return refused("most", said)
    with parts().database.transaction() as session:
        zone = ZoneInfo(lock_shop(session, here.id).timezone)
        versions, gifts = versions_of(session, here.id), newest_gifts(session, here.id, 1)
        if not versions:
            raise Malformed("There is no programme yet. Choose one first.")
        if gifts and gifts[0].gift_id != wanted and gifts[0].state not in (COUNTED, UNDONE):
            raise OneAtATime
        until = versions[0].since
        back = timedelta(days=round(int(months) * _DAYS_OF_A_MONTH))
        since = day_start(LocalDay(local_day(until, zone) - back), zone)
        row = {"gift_id": wanted, "state": COUNTING, "months": int(months), "most": int(most) if most else None}
        row |= {"rule": versions[-1].number, "since": since, "until": until, "people": 0, "points": 0}
        add_gift(session, here.id, row | {"taken_back": 0, "actor": here.staff_id, "asked_at": now})
        _start(session, wanted)
    return answer({"go": link("/loyalty/gift"), "message": words().text("It is being worked out.")})


def _start(session: Session, gift_id: str) -> None:
    here, now = current_shop(), parts().clock()
    request_task(session, here.id, GIFT, {"gift": gift_id}, here.staff_id, now)
    hasten(session, here.id, GIFT, now)
    touch(session, here.id)


@blueprint.post("/<gift_id>/give")
def give_it(gift_id: str) -> Response:
    """Give what was counted; a large one only to whoever types its number."""
    here, now = current_shop(), parts().clock()
    with parts().database.transaction() as session:
        gift = gift_of(session, here.id, gift_id)
        rule = next(one.rule for one in versions_of(session, here.id) if one.number == gift.rule)
        if is_large(gift.points, rule) and not is_typed(gift.points):
            return refused("confirm", must_type(gift.points))
        # It is counted anew while it is given: orders may have changed.
        if move_gift(session, here.id, gift_id, GIVING, people=0, points=0, given_at=now):
            _start(session, gift_id)
    return answer({"go": link("/loyalty/gift"), "message": words().text("The points are being given.")})


@blueprint.post("/<gift_id>/undo")
def undo_it(gift_id: str) -> Response:
    """Take back what nobody has spent."""
    here = current_shop()
    with parts().database.transaction() as session:
        gift_of(session, here.id, gift_id)
        if move_gift(session, here.id, gift_id, UNDOING):
            _start(session, gift_id)
    return answer({"go": link("/loyalty/gift"), "message": words().text("The points are being taken back.")})
