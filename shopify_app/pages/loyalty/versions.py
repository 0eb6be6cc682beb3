"""Loyalty > Earlier versions: what the programme said since when, what changed and by whom; and going back to one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request
from msgspec import to_builtins

from shopify_app.clock import Instant, local_day
from shopify_app.db.base import Session
from shopify_app.embedded.answers import wants_json
from shopify_app.embedded.body import json_body
from shopify_app.embedded.parts import parts
from shopify_app.embedded.request import current_shop
from shopify_app.embedded.screen import answer, link, show, unchanged, version, words
from shopify_app.errors import Malformed
from shopify_app.loyalty.programme.change_telling import change_text, changes
from shopify_app.loyalty.programme.queries import deciders_of, versions_of
from shopify_app.loyalty.programme.rule import Version
from shopify_app.pages.loyalty.deciding import holding, let_hold_of_all
from shopify_app.pages.loyalty.previewing import Preview, preview_of
from shopify_app.retention.panel import keep_sums, standing
from shopify_app.retention.window_sums.queries import WindowSums
from shopify_app.table import Column, Table

blueprint = Blueprint("loyalty_versions", __name__, url_prefix="/loyalty/versions")

NEWEST = 5
"""So many stand on the programme's own page."""
_SHOWN = 100
_UNKNOWN = "This version is not there."


@dataclass(frozen=True, slots=True)
class Line:
    """One version."""

    number: int
    since: Instant
    day: str
    changed: list[str]
    """What it says otherwise than the one before."""
    who: str
    href: str | None
    """Where going back to it is looked at; None for the one that holds, and for one of another currency."""


@dataclass(frozen=True, slots=True)
class VersionsPage:
    """Loyalty > Earlier versions."""

    lines: Sequence[Line]
    more: bool
    back: str | None
    """Since when the version held that somebody thinks of going back to."""
    number: int
    preview: Preview | None


FILE: Table[Line] = Table(
    "programme_versions",
    (
        Column("version", "number", "Version", lambda line: line.number),
        Column("since", "moment", "Since", lambda line: line.since),
        Column("changed", "text", "What changed", lambda line: "; ".join(line.changed)),
        Column("by", "text", "By whom", lambda line: line.who),
    ),
)


def newest(session: Session, zone: ZoneInfo) -> list[Line]:
    """The last versions, where there is more than one."""
    every = versions_of(session, current_shop().id)
    return _lines(session, every, zone)[:NEWEST] if len(every) > 1 else []


def _lines(session: Session, every: Sequence[Version], zone: ZoneInfo) -> list[Line]:
    deciders, holds = deciders_of(session, current_shop().id), every[-1]
    before = [None, *every]
    lines = [
        Line(
            number=one.number,
            since=one.since,
            day=words().day(local_day(one.since, zone)),
            changed=_changed(last, one),
            who=words().text("Staff member {number}", number=deciders[one.number]),
            href=_href(one, holds),
        )
        for last, one in zip(before, every, strict=False)
    ]
    return lines[::-1]


def _changed(before: Version | None, one: Version) -> list[str]:
    if before is None:
        return [words().text("The first version")]
    return [change_text(each, words()) for each in changes(before.rule, one.rule, words())]


def _href(one: Version, holds: Version) -> str | None:
    if one.rule == holds.rule or one.rule.currency != holds.rule.currency:
        return None
    return link("/loyalty/versions", {"back": str(one.number)}) + "#answer"


@blueprint.get("")
def versions() -> Response:
    """All versions, newest first, and what going back to one would change."""
    here = current_shop().id
    with parts().database.reading() as session:
        now, every = standing(session, here), versions_of(session, here)
        zone = ZoneInfo(now.shop.timezone)
        lines = _lines(session, every, zone) if every else []
        if request.args.get("format") == "csv":
            return _file(lines, now.shop.currency)
        wanted = _wanted(every, request.args.get("back")) if "back" in request.args else None
        etag = version(now.etag, [one.number for one in every])
        if same := unchanged(etag):
            return same
        if wants_json():
            return answer(
                {"versions": [_document(one, line) for one, line in zip(every[::-1], lines, strict=True)]}, etag
            )
        sums = WindowSums(session, here)
        preview = preview_of(session, wanted.rule, every, sums, now) if wanted else None
    keep_sums(sums, now)
    page = VersionsPage(
        lines=lines[:_SHOWN],
        more=len(lines) > _SHOWN,
        back=words().day(local_day(wanted.since, zone)) if wanted else None,
        number=wanted.number if wanted else 0,
        preview=preview,
    )
    return show("loyalty/versions.html", page, words().text("Earlier versions"), etag)


def _wanted(every: Sequence[Version], asked: object) -> Version:
    found = next((one for one in every if str(one.number) == str(asked)), None)
    if found is None:
        raise Malformed(_UNKNOWN)
    return found


def _document(one: Version, line: Line) -> dict[str, Any]:
    return FILE.document(line, one.rule.currency) | {"rule": to_builtins(one.rule)}


def _file(lines: Sequence[Line], currency: str) -> Response:
    response = Response("".join(FILE.lines(lines, currency)), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="programme_versions.csv"'
    return response


@blueprint.post("/go-back")
def go_back() -> Response:
    """Let an earlier version hold again from now on, as a new one: no earlier order changes."""
    asked = json_body().get("version")
    with parts().database.transaction() as session:
        held = holding(session)
        rule = _wanted(versions_of(session, current_shop().id), asked).rule
        if rule.currency != held.currency:
            raise Malformed("This version is in another currency.")
        let_hold_of_all(session, rule)
    on = words().text("Changed back. Orders from now on follow it.")
    paused = words().text("Changed back: earning is paused, as it was.")
    return answer({"go": link("/loyalty"), "message": on if rule.earning else paused})
