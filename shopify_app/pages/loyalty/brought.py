"""Loyalty > Balances from another app: a file is looked through, then given, and taken back as far as nobody spent."""

import hashlib
import re
import secrets
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request, stream_with_context

from shopify_app.crypto import keyed_hash
from shopify_app.customers.access.kinds import POINTS
from shopify_app.customers.access.panel import note_seen, note_taken
from shopify_app.db.base import Session
from shopify_app.embedded.answers import wants_json
from shopify_app.embedded.parts import parts
from shopify_app.embedded.request import current_shop
from shopify_app.embedded.screen import answer, link, show, words
from shopify_app.errors import AppError, Malformed, NotFound
from shopify_app.loyalty.brought.file import MOST_BYTES, TOO_LARGE, BadFile, BalanceFile, open_file
from shopify_app.loyalty.brought.lines.arriving import Desk, take_in
from shopify_app.loyalty.brought.lines.line import FOUND
from shopify_app.loyalty.brought.lines.queries import lines_left, look_again, outcomes_of
from shopify_app.loyalty.brought.lines.sealing import opened
from shopify_app.loyalty.brought.model import AT_WORK, BRING, CHECKED, CHECKING, GIVEN, GIVING, UNDOING, BroughtFile
from shopify_app.loyalty.brought.queries import (
    add_file,
    file_at_work,
    file_of,
    given_before,
    let_go_of,
    move_file,
    newest_files,
    put_away,
)
from shopify_app.loyalty.programme.queries import versions_of
from shopify_app.pages.loyalty.brought_telling import (
    LEFT,
    BroughtPage,
    FilePage,
    document,
    left_row,
    lines_of_files,
    told_file,
)
from shopify_app.pages.loyalty.large import is_large, is_typed, must_type, refused
from shopify_app.retention.panel import standing
from shopify_app.shops.queries import lock_shop, touch
from shopify_app.tasks.queries import hasten, latest
from shopify_app.tasks.queries import request as request_task

blueprint = Blueprint("brought_balances", __name__, url_prefix="/loyalty/import")

_AT_ONCE = 1000
"""Lines of one transaction as they arrive, and of one query as they are downloaded."""
_SHOWN = 20
_ID = re.compile("[0-9a-f]{32}")


class OneAtATime(AppError):
    """Another file is at work."""

    status = 409

    def __init__(self) -> None:
        super().__init__("Another file is being looked through, given or taken back. Wait until that is done.")


@blueprint.before_request
def _is_one() -> None:
    """No other address is that of a file; not every text can be looked for."""
    if not _ID.fullmatch((request.view_args or {}).get("file_id", "0" * 32)):
        raise NotFound


@blueprint.get("")
def index() -> Response:
    """What a file must be like, and what became of earlier ones."""
    shop = current_shop().id
    with parts().database.reading() as session:
        now, versions, files = standing(session, shop), versions_of(session, shop), newest_files(session, shop, _SHOWN)
    if wants_json():
        return answer({"files": [document(file) for file in files]})
    page = BroughtPage(
        none=None if versions else words().text("There is no programme yet. Choose one first."),
        files=lines_of_files(files, ZoneInfo(now.shop.timezone)),
    )
    return show("loyalty/brought.html", page, words().text("Balances from another app"))


@blueprint.post("")
def bring() -> Response:
    """Take in a file, which is the request's body, and have it looked through; nothing is given by it."""
    spoken = words()
    try:
        data = _received()
        file = open_file(data)
        # To its end before anything is kept: a file that breaks off somewhere is refused as a whole.
        file.count()
    except BadFile as bad:
        values = {name: spoken.number(value) for name, value in bad.values.items()}
        return refused("file", spoken.text(bad.key, **values))
    file_id = _take_in(file, data)
    return answer({"go": link(f"/loyalty/import/{file_id}"), "message": spoken.text("It is being looked through.")})


def _received() -> bytes:
    if (request.content_length or 0) > MOST_BYTES:
        raise BadFile(TOO_LARGE, n=MOST_BYTES // 1_000_000)
    return request.stream.read(MOST_BYTES + 1)


def _take_in(file: BalanceFile, data: bytes) -> str:
    here, now, database, file_id = current_shop(), parts().clock(), parts().database, secrets.token_hex(16)
    lookup_key = parts().config.lookup_key
    digest = keyed_hash(lookup_key, f"file {here.id} {hashlib.sha256(data).hexdigest()}")
    with database.transaction() as session:
        lock_shop(session, here.id)
        versions = versions_of(session, here.id)
        if not versions:
            raise Malformed("There is no programme yet. Choose one first.")
        if file_at_work(session, here.id):
            raise OneAtATime
        put_away(session, here.id, now)
        row = {"file_id": file_id, "digest": digest, "again": request.args.get("again") == "1"}
        add_file(session, here.id, row | {"rule": versions[-1].number, "actor": here.staff_id, "asked_at": now})
    desk = Desk(parts().keys, lookup_key)
    for lines in file.pieces(_AT_ONCE):
        with database.transaction() as session:
            take_in(session, here.id, desk, file_id, lines)
    with database.transaction() as session:
        lock_shop(session, here.id)
        if file_at_work(session, here.id) or not move_file(session, here.id, file_id, CHECKING):
            raise OneAtATime
        _start(session)
    return file_id


def _start(session: Session) -> None:
    here, now = current_shop(), parts().clock()
    request_task(session, here.id, BRING, None, here.staff_id, now)
    hasten(session, here.id, BRING, now)
    touch(session, here.id)


@blueprint.get("/<file_id>")
def one(file_id: str) -> Response:
    """How far a file is: whom it would give how much, what it gave, and which lines it does not."""
    shop = current_shop().id
    with parts().database.reading() as session:
        file = file_of(session, shop, file_id)
        if wants_json():
            return answer({"file": document(file, outcomes_of(session, shop, file_id))})
        zone = ZoneInfo(standing(session, shop).shop.timezone)
        task = latest(session, shop, BRING) if file.state in AT_WORK else None
        page: FilePage = told_file(session, file, zone, task)
    if page.lines:
        note_seen(POINTS)
    return show("loyalty/brought_file.html", page, words().text("Balances from another app"))


@blueprint.post("/<file_id>/give")
def give(file_id: str) -> Response:
    """Give what was found; much of it, or a second time, only to whoever types the number of points."""
    here, now = current_shop(), parts().clock()
    with parts().database.transaction() as session:
        lock_shop(session, here.id)
        file = file_of(session, here.id, file_id)
        rule = next(each.rule for each in versions_of(session, here.id) if each.number == file.rule)
        people, points = outcomes_of(session, here.id, file_id).get(FOUND, (0, 0))
        twice = file.again and given_before(session, here.id, file) is not None
        if (twice or is_large(points, rule)) and file.state == CHECKED and not is_typed(points):
            return refused("confirm", must_type(points))
        if people and move_file(
            session, here.id, file_id, GIVING, given_at=now, found_people=people, found_points=points
        ):
            _start(session)
    return _gone_to(file_id, words().text("The points are being given."))


@blueprint.post("/<file_id>/undo")
def undo(file_id: str) -> Response:
    """Take back what nobody has spent."""
    here = current_shop()
    with parts().database.transaction() as session:
        lock_shop(session, here.id)
        if _may_begin(session, file_of(session, here.id, file_id)) and move_file(session, here.id, file_id, UNDOING):
            _start(session)
    return _gone_to(file_id, words().text("The points are being taken back."))


@blueprint.post("/<file_id>/again")
def again(file_id: str) -> Response:
    """Look again for whoever was not found, or go on where the work has stopped."""
    here = current_shop()
    with parts().database.transaction() as session:
        lock_shop(session, here.id)
        file = file_of(session, here.id, file_id)
        if file.state in AT_WORK:
            _start(session)
        elif file.state == GIVEN and _may_begin(session, file) and look_again(session, here.id, file_id):
            move_file(session, here.id, file_id, CHECKING)
            _start(session)
    return _gone_to(file_id, words().text("It is being looked through."))


def _may_begin(session: Session, file: BroughtFile) -> bool:
    """Whether points of it were given, and no other file is at work, which alone the task would see."""
    if file.state not in (CHECKED, GIVEN) or not file.given_at:
        return False
    if file_at_work(session, current_shop().id):
        raise OneAtATime
    return True


@blueprint.post("/<file_id>/put-away")
def let_go(file_id: str) -> Response:
    """Do not give what was found, and delete what is kept of the file."""
    here = current_shop()
    with parts().database.transaction() as session:
        lock_shop(session, here.id)
        file = file_of(session, here.id, file_id)
        if file.state == CHECKED:
            let_go_of(session, here.id, file, parts().clock())
            touch(session, here.id)
    return answer({"go": link("/loyalty/import"), "message": words().text("The file was put away.")})


def _gone_to(file_id: str, said: str) -> Response:
    return answer({"go": link(f"/loyalty/import/{file_id}"), "message": said})


@blueprint.get("/<file_id>/left")
def left(file_id: str) -> Response:
    """The lines that are not given, as they stood in the file, with the reason: it can be mended and brought again."""
    shop = current_shop().id
    with parts().database.reading() as session:
        file = file_of(session, shop, file_id)
        if wants_json():
            return answer({"left": document(file, outcomes_of(session, shop, file_id))["left"]})
    note_taken(POINTS)
    response = Response(stream_with_context(_left_lines(file_id)), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="not-given.csv"'
    return response


def _left_lines(file_id: str) -> Iterator[str]:
    shop, database, keys, spoken = current_shop().id, parts().database, parts().keys, words()
    yield from LEFT.lines((), "")
    after = 0
    while True:
        with database.reading() as session:
            found = lines_left(session, shop, file_id, after, _AT_ONCE)
            rows: list[Any] = [
                left_row(one.outcome, opened(session, shop, keys, file_id, one), spoken) for one in found
            ]
        if not found:
            return
        after = found[-1].place
        yield "".join(list(LEFT.lines(rows, ""))[1:])
