"""Reports > Coming back: who of the people that first bought in a period came back, and when."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import Any

from flask import Blueprint, Response, request

from shopify_app.clock import Instant
from shopify_app.db.base import DatabaseRefused, Session
from shopify_app.embedded.answers import wants_json
from shopify_app.embedded.parts import parts
from shopify_app.embedded.request import current_shop
from shopify_app.embedded.screen import answer, link, show, unchanged, words
from shopify_app.errors import Malformed
from shopify_app.retention import presenting as usual
from shopify_app.retention import queries
from shopify_app.retention.coming_back import presenting
from shopify_app.retention.coming_back.asking import Asking, read_viewed
from shopify_app.retention.coming_back.cohorts import Cohort
from shopify_app.retention.coming_back.documents import CELLS, cell_rows, document, groups_document
from shopify_app.retention.coming_back.grouping import Groups, Measured, measured, shown_groups
from shopify_app.retention.coming_back.looking import Found, cohorts, page_of, prepare
from shopify_app.retention.history.queries import Tallies, keep
from shopify_app.retention.panel import Standing, began_later, keep_sums, looked_at, standing
from shopify_app.retention.past.telling import LookedBack, told_back
from shopify_app.retention.presenting import Choice
from shopify_app.retention.progress import Progress
from shopify_app.retention.sight import Lack
from shopify_app.retention.timing.page import Found as Timing
from shopify_app.retention.timing.page import TimingPart, timing_document, timing_part
from shopify_app.retention.timing.reading import read_timing

blueprint = Blueprint("coming_back", __name__, url_prefix="/reports/coming-back")

PATH = "/reports/coming-back"


@dataclass(frozen=True, slots=True)
class Forms:
    """What the page's three forms offer, and what each keeps of the address."""

    periods: list[Choice]
    shows: list[Choice]
    bases: list[Choice]
    units: list[Choice]
    as_of: str
    table: dict[str, str]
    """Kept by the form of the table."""
    groups: dict[str, str]
    """By that of the groups."""
    compare: dict[str, str]
    """By that of the comparison."""


@dataclass(frozen=True, slots=True)
class ComingBackPage:
    """Reports > Coming back."""

    progress: Progress
    problem: str | None
    missing: Lack | None
    before: str | None
    """What of the time before is not known, where Shopify shows us the last weeks alone."""
    looked_back: LookedBack | None
    empty: bool
    nothing: str | None
    """Said in the table's place where there are orders and no table."""
    too_few: str | None
    finding: str | None
    may_choose: bool
    """Whether there is anything that could be looked at in another way."""
    forms: Forms
    first_head: str
    amounts: str | None
    """What amounts are in, where the table has any."""
    grid: presenting.Grid | None
    newer_href: str | None
    older_href: str | None
    file_href: str
    took: str | None
    """How long adding up took, where the page had to go through all orders."""
    groups: Groups | None
    timing: TimingPart | None
    gaps_href: str


@blueprint.get("")
def coming_back() -> Response:
    """Cohorts, as the address asks to see them."""
    began, shop = parts().clock(), current_shop().id
    with parts().database.reading() as session:
        now = standing(session, shop)
        if same := unchanged(now.etag):
            return same
        tallies, asking = Tallies(session, shop), asked_for(session, now)
        if may_tell(now):
            prepare(asking, tallies)
        every = cohorts(session, shop, asking, now.sight, tallies) if may_tell(now) else []
        asking = asking.began_by(every[0].span.number if every else None)
        found = page_of(every, asking.viewed.newest, presenting.ROWS[asking.viewed.period])
        timing = read_timing(session, shop, asking.looked, tallies, asking.viewed.against) if every else None
        took = _took(began) if asking.looked.asked.looks_back and every else None
        response = _answer(session, now, asking, found, timing, took)
    keep_tallies(tallies, now)
    keep_sums(asking.looked.sums, now)
    return response


def asked_for(session: Session, now: Standing) -> Asking:
    """What the address asks for."""
    looked = looked_at(session, now)
    return Asking(looked, read_viewed(request.args, looked.asked.as_of))


def may_tell(now: Standing) -> bool:
    """While older orders are still to be read, nobody's first order is known."""
    return now.progress.stage == "read" and now.sight.customers and now.sight.orders


def _answer(
    session: Session, now: Standing, asking: Asking, found: Found, timing: Timing | None, took: str | None
) -> Response:
    is_file = request.args.get("format") == "csv"
    if asking.problem and (is_file or wants_json()):
        raise Malformed(asking.problem[0])
    if is_file:
        return _file(asking, found)
    began = parts().clock()
    groups = measured(session, current_shop().id, asking) if found.every else None
    if wants_json():
        fast = timing_document(timing) if timing else None
        return answer({**_document(asking, found, groups), "timing": fast}, now.etag)
    told = timing_part(timing, words()) if timing else None
    worked_out = took, shown_groups(groups, asking, words(), _took(began), _sorted(asking)), told
    page = _page(session, now, asking, found, worked_out)
    return show("reports/coming_back.html", page, words().text("Coming back"), now.etag, 400 if asking.problem else 200)


def _page(
    session: Session,
    now: Standing,
    asking: Asking,
    found: Found,
    worked_out: tuple[str | None, Groups, TimingPart | None],
) -> ComingBackPage:
    shop, spoken, looked, viewed = current_shop().id, words(), asking.looked, asking.viewed
    asked = looked.asked
    ever = queries.first_day(session, shop, asked.basis, now.today, looked.replaced)
    took, groups, timing = worked_out
    few = presenting.too_few(found.every, spoken)
    return ComingBackPage(
        progress=now.progress,
        problem=problem_text(asking),
        missing=now.sight.missing(spoken),
        before=before_text(now) if now.progress.stage == "read" else None,
        looked_back=told_back(looked, spoken, PATH, lambda path, query: link(path, {**asking.query(), **query})),
        empty=ever is None and now.progress.stage == "read",
        nothing=None if found.every or ever is None else began_later(now, ever, asked.as_of) or _nothing(now),
        too_few=few,
        may_choose=bool(found.every) or (asked.looks_back and ever is not None),
        finding=None if few else presenting.finding(found.shown, viewed.period, spoken),
        forms=_forms(asking),
        first_head=presenting.first_head(viewed.period, spoken),
        amounts=_amounts(asking),
        grid=_grid(asking, found),
        newer_href=_at(asking, found.newer),
        older_href=_at(asking, found.older),
        file_href=link(PATH, asking.query(format="csv")),
        took=took,
        groups=groups if found.every else None,
        timing=timing,
        gaps_href=link(f"{PATH}/gaps", {name: value for name, value in asked.query().items() if name != "window"}),
    )


def _forms(asking: Asking) -> Forms:
    spoken, asked, viewed, query = words(), asking.looked.asked, asking.viewed, asking.query()
    groups, compared = ("split", "sort"), ("window", "against")
    return Forms(
        periods=presenting.period_choices(viewed, spoken),
        shows=presenting.show_choices(viewed, spoken),
        bases=usual.basis_choices(asked, spoken),
        units=usual.unit_choices(asked, spoken),
        as_of=asked.as_of.isoformat() if asked.looks_back else "",
        table={name: query[name] for name in (*groups, *compared) if name in query},
        groups={name: value for name, value in query.items() if name not in groups},
        compare={name: value for name, value in asking.query(split="", sort="").items() if name not in compared},
    )


def _grid(asking: Asking, found: Found) -> presenting.Grid | None:
    if not found.every:
        return None

    def here(cohort: Cohort, age: int | None) -> str:
        asked = asking.query(newest="", split="", cohort=cohort.span.start.isoformat())
        return link(f"{PATH}/people", asked if age is None else {**asked, "later": str(age)})

    return presenting.grid(found.shown, asking.viewed, words(), asking.looked.currency, here)


def _sorted(asking: Asking) -> Callable[[str], str]:
    return lambda sort: link(PATH, asking.query(sort="" if sort == "people" else sort))


def _at(asking: Asking, newest: Cohort | None) -> str | None:
    """The page on which this cohort is the newest."""
    return None if newest is None else link(PATH, asking.query(newest=newest.span.start.isoformat()))


def _amounts(asking: Asking) -> str | None:
    if asking.viewed.show.kind != "money":
        return None
    return words().text("Amounts are in {currency}.", currency=words().currency(asking.looked.currency))


def problem_text(asking: Asking) -> str | None:
    """What could not be read of the address, and what is shown instead."""
    return " ".join(words().text(key) for key in asking.problem) if asking.problem else None


def before_text(now: Standing) -> str | None:
    """Since when orders can be read, and who is left out therefore."""
    if now.sight.since is None:
        return None
    return words().text(
        "Shopify lets Wafa read your orders since {day}. Only people who first bought after that are shown.",
        day=words().day(now.sight.since),
    )


def _nothing(now: Standing) -> str:
    if now.progress.stage != "read":
        return words().text("Who comes back is known once all orders have been read.")
    if not now.sight.customers:
        return words().text("Wafa cannot see who bought, so nobody can tell who comes back.")
    return words().text("None of your orders names a customer, so nobody can tell who comes back.")


def _took(began: Instant) -> str:
    seconds = Fraction((parts().clock() - began) / timedelta(milliseconds=100)).limit_denominator(1000) / 10
    return words().text("Worked out from all orders in {seconds} s.", seconds=words().number(seconds, 1))


def _document(asking: Asking, found: Found, groups: Measured | None) -> dict[str, Any]:
    asked = asking.looked.asked
    told = {"as_of": asked.as_of.isoformat(), "seen": asked.seen.value, "basis": asked.basis.value}
    by = {"unit": asked.unit.value, "by": asking.viewed.period.value}
    cells = document(found.every, asking.looked.currency)
    return {**told, **by, **cells, "groups": groups_document(groups.groups) if groups else None}


def _file(asking: Asking, found: Found) -> Response:
    lines = CELLS.lines(cell_rows(found.every), asking.looked.currency)
    response = Response("".join(lines), mimetype="text/csv")
    name = f"coming-back_{asking.viewed.period.value}_{asking.looked.asked.as_of.isoformat()}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def keep_tallies(tallies: Tallies, now: Standing) -> None:
    """Keep what was added up for a page, for the next one."""
    rows = tallies.to_keep(now.today)
    # The page itself is made: where this cannot be written, the next reader adds up again.
    with suppress(*DatabaseRefused):
        if rows:
            with parts().database.transaction() as session:
                keep(session, rows)
