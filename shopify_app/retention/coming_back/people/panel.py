"""Reports > Coming back > the people of a cohort, or those behind one of its cells."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, Response, request, stream_with_context

from shopify_app.customers.access.kinds import CUSTOMERS
from shopify_app.customers.access.panel import note_seen, note_taken
from shopify_app.db.base import Session
from shopify_app.embedded.addresses import Back
from shopify_app.embedded.answers import wants_json
from shopify_app.embedded.parts import parts
from shopify_app.embedded.request import current_shop
from shopify_app.embedded.screen import answer, link, show, unchanged, words
from shopify_app.errors import Malformed
from shopify_app.retention.coming_back.asking import Asking, not_later
from shopify_app.retention.coming_back.grid import LAST
from shopify_app.retention.coming_back.panel import PATH, asked_for, before_text, may_tell, problem_text
from shopify_app.retention.coming_back.people.presenting import PEOPLE, PersonLine, person_line, whom_text
from shopify_app.retention.coming_back.people.queries import Behind, Person, Place, people_behind
from shopify_app.retention.panel import BIGGEST_ID, Standing, standing
from shopify_app.retention.past.queries import position
from shopify_app.retention.past.telling import LookedBack, told_back
from shopify_app.retention.progress import Progress
from shopify_app.retention.sight import Lack
from shopify_app.retention.window import parse_day

blueprint = Blueprint("coming_back_people", __name__, url_prefix=f"{PATH}/people")

ROWS = 25
"""People on one page."""
FILE_ROWS = 1000
"""People read at a time for a file."""


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """The people of a cohort."""

    progress: Progress
    problem: str | None
    missing: Lack | None
    before: str | None
    looked_back: LookedBack | None
    whom: str
    may_tell: bool
    rows: list[PersonLine]
    first_href: str | None
    next_href: str | None
    file: str
    file_href: str
    back: Back


@blueprint.get("")
def people() -> Response:
    """A page of the people, newest first; all of them as a file."""
    shop = current_shop().id
    with parts().database.reading() as session:
        now = standing(session, shop)
        if same := unchanged(now.etag):
            return same
        asking = asked_for(session, now)
        if asking.problem and (wants_json() or _is_file()):
            raise Malformed(asking.problem[0])
        behind = _behind(asking)
        if _is_file():
            return _file(now, behind, asking.looked.currency)
        note_seen(CUSTOMERS)
        after = request.args.get("after")
        found = people_behind(session, shop, behind, _place(after), ROWS + 1) if may_tell(now) else []
    if wants_json():
        return answer(_document(found, asking), now.etag)
    title = words().text("Who they are")
    return show(
        "reports/people.html", _page(now, asking, behind, found), title, now.etag, 400 if asking.problem else 200
    )


def _is_file() -> bool:
    return request.args.get("format") == "csv"


def _behind(asking: Asking) -> Behind:
    """Whom the address means; Malformed where it means nobody."""
    looked, viewed = asking.looked, asking.viewed
    day = not_later(parse_day(request.args.get("cohort", "")), looked.asked.as_of)
    cohort = viewed.period.span(viewed.period.of(day))
    text = request.args.get("later")
    later = None if text is None else viewed.period.span(cohort.number + _later(text, LAST[viewed.period]))
    if later is not None:
        not_later(later.start, looked.asked.as_of)
    return Behind(
        cohort, later, viewed.show, looked.asked.basis, looked.asked.unit, looked.asked.as_of, looked.replaced
    )


def _later(text: str, most: int) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > len(str(most)) or int(text) > most:
        raise Malformed("This column of the table does not exist.")
    return int(text)


def _place(after: str | None) -> Place | None:
    if after is None:
        return None
    day, _, customer = after.partition("_")
    try:
        # No id has more digits, and no column would take it.
        return date.fromisoformat(day), min(int(customer[:19]), BIGGEST_ID - 1)
    except ValueError:
        raise Malformed("This page of the list does not exist. Start again from the first page.") from None


def _after(found: list[Person], rows: int) -> str | None:
    """Where the next page begins; None where there is none."""
    last = found[rows - 1] if len(found) > rows else None
    return f"{last.first.isoformat()}_{last.customer_id}" if last else None


def _page(now: Standing, asking: Asking, behind: Behind, found: list[Person]) -> PeoplePage:
    spoken, currency = words(), asking.looked.currency

    def here(**other: str) -> str:
        return link(f"{PATH}/people", {**_query(asking), **other})

    after = _after(found, ROWS)
    return PeoplePage(
        progress=now.progress,
        problem=problem_text(asking),
        missing=now.sight.missing(spoken),
        before=before_text(now),
        looked_back=told_back(
            asking.looked, spoken, f"{PATH}/people", lambda path, query: link(path, {**_query(asking), **query})
        ),
        whom=whom_text(behind, asking.viewed.period, spoken),
        may_tell=may_tell(now),
        rows=[person_line(one, spoken, currency) for one in found[:ROWS]],
        first_href=here() if "after" in request.args else None,
        next_href=here(after=after) if after else None,
        file=_file_name(behind),
        file_href=here(format="csv"),
        back=Back(spoken.text("Coming back"), link(PATH, asking.query())),
    )


def _query(asking: Asking) -> dict[str, str]:
    own = {name: request.args[name] for name in ("cohort", "later") if name in request.args}
    return {**asking.query(newest="", split=""), **own}


def _document(found: list[Person], asking: Asking) -> dict[str, object]:
    currency = asking.looked.currency
    rows = [PEOPLE.document(one, currency) for one in found[:ROWS]]
    return {"people": rows, "currency": currency, "after": _after(found, ROWS)}


def _file_name(behind: Behind) -> str:
    later = "" if behind.later is None else f"_{behind.later.start.isoformat()}"
    return f"people_{behind.cohort.start.isoformat()}{later}.csv"


def _file(now: Standing, behind: Behind, currency: str) -> Response:
    note_taken(CUSTOMERS)
    shop, database, known = current_shop().id, parts().database, None

    def read(session: Session, after: Place | None) -> list[Person]:
        return people_behind(session, shop, behind, after, FILE_ROWS)

    def every() -> Iterator[Person]:
        nonlocal known
        after: Place | None = None
        while may_tell(now):
            with database.reading() as session:
                where = position(session, shop) if behind.replaced else None
                if known is not None and where != known:
                    # Half a file says so, and other rows would not.
                    raise Malformed("Something has changed meanwhile. Try again.")
                known, some = where, read(session, after)
            yield from some
            if len(some) < FILE_ROWS:
                return
            after = some[-1].first, some[-1].customer_id

    def encoded() -> Iterator[bytes]:
        for line in PEOPLE.lines(every(), currency):
            yield line.encode()

    response = Response(stream_with_context(encoded()), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{_file_name(behind)}"'
    return response
