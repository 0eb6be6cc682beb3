"""Reports > Match Shopify's numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request

from shopify_app import table
from shopify_app.clock import Instant, LocalDay, day_start, local_day, parse_instant
from shopify_app.db.base import Session
from shopify_app.embedded.addresses import Back
from shopify_app.embedded.answers import wants_json
from shopify_app.embedded.body import json_body
from shopify_app.embedded.parts import parts
from shopify_app.embedded.request import current_shop
from shopify_app.embedded.screen import answer, link, show, unchanged, version, words
from shopify_app.errors import Malformed
from shopify_app.retention.asking import Asked, read_asked
from shopify_app.retention.chart import months_until
from shopify_app.retention.matching import presenting, queries
from shopify_app.retention.matching.ask_shopify import REPORTS, shopify_figures
from shopify_app.retention.matching.figures import Currency, causes, ours, rounding
from shopify_app.retention.matching.match import ROWS, Compared, Typed, compare, read_typed
from shopify_app.retention.matching.presenting import Line
from shopify_app.retention.matching.report import missing
from shopify_app.retention.matching.sums import Sums
from shopify_app.retention.measure import measure
from shopify_app.retention.panel import Standing, standing
from shopify_app.retention.presenting import Choice, Fact, period_text
from shopify_app.retention.progress import Progress
from shopify_app.retention.registry import METRICS
from shopify_app.retention.sight import Lack
from shopify_app.retention.window import Basis, Unit, Window, parse_window
from shopify_app.shops.access import OPTIONAL, allows
from shopify_app.shops.queries import get_shop

blueprint = Blueprint("matching", __name__, url_prefix="/reports/match")

MONTHS = 13
_FIRST_READ = 2000
"""A year before any report: the first year of the calendar cannot be told in every zone."""
LATE = timedelta(hours=12)
"""How far behind Shopify says that its reports may be."""
_TYPED = "shopify_"
"""Fields of the address are named so, and by their row."""
_READ = "read"
"""In the address, when the figures were read in Shopify by ourselves."""


@dataclass(frozen=True, slots=True)
class MatchPage:
    """Our figures of a month beside Shopify's."""

    progress: Progress
    problem: str | None
    missing: Lack | None
    """See Sight."""
    incomplete: str | None
    """Since when Shopify lets us read orders, where the period begins earlier."""
    months: list[Choice]
    window: str
    period: str
    lines: list[Line]
    reports: str
    """The permission that reading Shopify's own numbers takes."""
    may_read: str
    """What pressing the button does; with the permission, or without."""
    read: str | None
    """When the numbers shown were read from Shopify, where it was not by hand."""
    typed: bool
    facts: list[Fact]
    file_href: str
    file: str
    back: Back


@dataclass(frozen=True, slots=True)
class _Match:
    """What was compared, before it is said."""

    asked: Asked
    sums: Sums
    rows: list[Compared]
    problems: Mapping[str, str]


@blueprint.get("")
def match_shopify() -> Response:
    """The comparison, as a page, as JSON or as a file."""
    with parts().database.reading() as session:
        now = standing(session, current_shop().id)
        found = _match(session, now)
    # What is left out of all counts, tests for one, is on this page too: the facts version does not tell of it.
    etag = version(now.etag, found.sums, presenting.documents(found.rows), found.problems)
    if request.args.get("format") != "csv" and (same := unchanged(etag)):
        return same
    if request.args.get("format") == "csv":
        return _file(found)
    if wants_json():
        return answer(_document(found, now), etag)
    return show("reports/match.html", _page(found, now), words().text("Match Shopify's numbers"), etag)


@blueprint.post("/shopify")
def read_shopify() -> Response:
    """Ask Shopify for its own figures of a period; the answer is where the page shows them, as if typed in."""
    here, database, clock = current_shop(), parts().database, parts().clock
    with database.reading() as session:
        today = local_day(clock(), ZoneInfo(get_shop(session, here.id).timezone))
    window = parse_window(str(json_body().get("window", "")), today)
    told = shopify_figures(database, parts().admin, here.id, window, here.currency, clock)
    fields = {f"{_TYPED}{row}": text for row, text in told.items()}
    go = link("/reports/match", {"window": window.name, **fields, _READ: f"{clock():%Y-%m-%dT%H:%MZ}"})
    lacks = words().text("Shopify did not tell every number. What is missing can be typed in.")
    return answer({"go": go, **({"message": lacks} if missing(told) else {})})


def _match(session: Session, now: Standing) -> _Match:
    asked = _asked(now)
    shop, currency = current_shop().id, Currency(presenting.minor_units(now.shop.currency))
    zone, utc = (_span(asked.window, each) for each in (ZoneInfo(now.shop.timezone), ZoneInfo("UTC")))
    sums = queries.period(session, shop, now.shop.currency, zone, utc)
    figures = measure(session, shop, asked.window, Basis.SHOPIFY, Unit.ORDER)
    measured = {
        name: figure.value if now.sight.customers or METRICS[name].drill == "all" else None
        for name, figure in figures.items()
    }
    theirs, problems = _typed()
    if theirs:
        since = Instant((_read_at() or parts().clock()) - LATE)
        late = queries.late(session, shop, now.shop.currency, zone, since)
        people = queries.people(session, shop, asked.window, utc)
        again = queries.again(session, shop, asked.window)
        sums = replace(sums, late=late, again=again, people_by_utc=people)
    found = causes(sums, measured, currency)
    rows = compare(ours(sums, measured, currency), theirs, found, rounding(sums, currency))
    return _Match(asked, sums, rows, problems)


def _asked(now: Standing) -> Asked:
    """As for every report, but a month unless another period is named, and always as Shopify counts."""
    (first, last), _ = months_until(now.today, 2)
    usual = f"{first.isoformat()}..{last.isoformat()}"
    query = {"window": request.args.get("window") or usual, "basis": Basis.SHOPIFY.value}
    return read_asked(query, now.today, usual)


def _span(window: Window, zone: ZoneInfo) -> queries.Span:
    after = LocalDay(window.end + timedelta(days=1))
    return queries.Span(None if window.start is None else day_start(window.start, zone), day_start(after, zone))


def _typed() -> tuple[dict[str, Typed], dict[str, str]]:
    """What was typed in for each row, and why some of it cannot be read."""
    found: dict[str, Typed] = {}
    problems: dict[str, str] = {}
    for name in ROWS:
        text = request.args.get(_TYPED + name, "").strip()
        if text:
            try:
                found[name] = read_typed(text, name)
            except Malformed as error:
                problems[name] = error.message
    return found, problems


def _page(found: _Match, now: Standing) -> MatchPage:
    spoken, asked, since = words(), found.asked, now.sight.since
    carried = {name: text for name in (*(_TYPED + row for row in ROWS), _READ) if (text := request.args.get(name))}
    return MatchPage(
        progress=now.progress,
        problem=spoken.text(asked.problem) if asked.problem else None,
        months=_months(asked, since),
        window=asked.window.name,
        missing=now.sight.missing(spoken),
        incomplete=_incomplete(asked.window, since),
        period=period_text(asked.window, spoken),
        lines=[
            presenting.line(
                row,
                request.args.get(_TYPED + row.name, ""),
                spoken.text(found.problems[row.name]) if row.name in found.problems else None,
                spoken,
                now.shop.currency,
            )
            for row in (found.rows if now.sight.orders else ())
        ],
        reports=REPORTS,
        may_read=_may_read(now.shop.scopes),
        read=_read(now),
        typed=any(row.theirs is not None for row in found.rows),
        facts=presenting.facts(found.sums, spoken, now.shop.currency),
        file_href=link("/reports/match", {"window": asked.window.name, **carried, "format": "csv"}),
        file=_name(asked),
        back=Back(spoken.text("Numbers"), link("/reports/numbers")),
    )


def _may_read(scopes: str) -> str:
    if allows(scopes, REPORTS):
        return words().text("They come from Shopify's reports and fill the fields below. You can also type them in.")
    (need,) = (need for need in OPTIONAL if need.scope == REPORTS)
    return words().text(need.without)


def _read_at() -> Instant | None:
    """When the figures were read, by the address: what lies in the future, or long ago, was not written by us."""
    try:
        at = parse_instant(request.args.get(_READ, ""))
    except (ValueError, OverflowError):
        return None
    return at if at.year > _FIRST_READ and at <= parts().clock() else None


def _read(now: Standing) -> str | None:
    at, zone = _read_at(), ZoneInfo(now.shop.timezone)
    if at is None:
        return None
    return words().text(
        "Read from Shopify's reports on {day} at {time}.",
        day=words().day(local_day(at, zone)),
        time=words().time(at, zone),
    )


def _incomplete(window: Window, since: LocalDay | None) -> str | None:
    if since is None or (window.start is not None and window.start >= since):
        return None
    return words().text(
        "Shopify lets Wafa read your orders since {day}. Older ones, and what was refunded of them, are not in it.",
        day=words().day(since),
    )


def _months(asked: Asked, since: LocalDay | None) -> list[Choice]:
    """The last months, newest first, as far as they can be seen; and the period asked for when it is none of them."""
    ready = [
        Choice(name, words().month(first), name == asked.window.name)
        for first, last in reversed(months_until(asked.today, MONTHS))
        for name in [f"{first.isoformat()}..{last.isoformat()}"]
        if since is None or last >= since
    ]
    if any(choice.chosen for choice in ready):
        return ready
    return [Choice(asked.window.name, period_text(asked.window, words()), chosen=True), *ready]


def _name(asked: Asked) -> str:
    return f"match_{asked.window.name.replace('..', '_')}.csv"


def _document(found: _Match, now: Standing) -> dict[str, object]:
    if found.asked.problem:
        raise Malformed(found.asked.problem)
    if found.problems:
        raise Malformed(next(iter(found.problems.values())))
    return {
        "shop": current_shop().domain,
        "window": found.asked.window.name,
        "currency": now.shop.currency,
        "rows": presenting.documents(found.rows),
    }


def _file(found: _Match) -> Response:
    if found.asked.problem or found.problems:
        raise Malformed(found.asked.problem or next(iter(found.problems.values())))
    text = "".join(table.line(row) for row in presenting.file_rows(found.rows))
    response = Response(text, mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{_name(found.asked)}"'
    return response
