"""Customers: the list of everybody who has bought, in any order, with any number as a column."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, Response, make_response, redirect, request, stream_with_context

from shopify_app.customers.access.kinds import CUSTOMERS, NAMES
from shopify_app.customers.access.panel import note_seen, note_taken
from shopify_app.customers.names.asking import MOST, find, names_of
from shopify_app.db.base import Session
from shopify_app.embedded.answers import wants_json
from shopify_app.embedded.parts import parts
from shopify_app.embedded.request import current_shop
from shopify_app.embedded.screen import answer, link, show, unchanged, version, words
from shopify_app.errors import Malformed
from shopify_app.language import Words
from shopify_app.retention.panel import BIGGEST_ID, Standing, back_to, keep_sums, standing
from shopify_app.retention.people.listing import presenting
from shopify_app.retention.people.listing.asking import Wanted, read_wanted
from shopify_app.retention.people.listing.columns import ALWAYS, FORESEEN, LATENESS, PEOPLE, Listed
from shopify_app.retention.people.listing.presenting import Head, Line, View
from shopify_app.retention.people.listing.queries import (
    Listing,
    count_listed,
    orders_named,
    people_listed,
)
from shopify_app.retention.people.queries import with_those_ahead
from shopify_app.retention.people.views.model import SavedView
from shopify_app.retention.people.views.queries import saved_views
from shopify_app.retention.presenting import Choice
from shopify_app.retention.progress import Progress
from shopify_app.retention.rfm.queries import shops_limit
from shopify_app.retention.sight import Lack
from shopify_app.retention.window import Basis, Unit, parse_window
from shopify_app.retention.window_sums.queries import WindowSums

blueprint = Blueprint("people", __name__, url_prefix="/customers")

ROWS, FILE_ROWS = 25, 1000
"""Customers on a page, and those read at a time for a file."""
PATH, FILE = "/customers", "customers.csv"


@dataclass(frozen=True, slots=True)
class Form:
    """What the form on the page offers, and what stands in it."""

    typed: dict[str, str]
    """The fields as they were sent, readable or not."""
    problems: dict[str, str]
    bought: list[Choice]
    sorts: list[Choice]
    columns: list[Choice]
    narrowed: bool
    """Whether anything but the search is asked for that is not seen before the form is opened."""
    currency: str


@dataclass(frozen=True, slots=True)
class Paging:
    """The ways to the other pages of the list, and its file."""

    first_href: str | None
    next_href: str | None
    file_href: str


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """The list of customers."""

    progress: Progress
    back_to: str | None
    missing: Lack | None
    before: str | None
    """See Sight for both."""
    views: list[View]
    saved: View | None
    """The list that is shown, where it was saved."""
    to_save: str | None
    """What is shown as an address, where it has no name yet."""
    form: Form
    problem: str | None
    """Why the search may not have found somebody."""
    nothing: bool
    """Whether there is nobody to list, for whatever reason."""
    none_yet: bool
    """Whether that is because nobody has bought anything yet."""
    total: str
    late: bool
    """Whether the list tells of somebody that they are late."""
    heads: list[Head]
    lines: list[Line]
    guests: str | None
    paging: Paging
    file: str
    all_href: str


@dataclass(frozen=True, slots=True)
class Read:
    """A page of the list as it was read."""

    total: int
    rows: Sequence[Listed]
    after: str | None
    guests: int
    saved: Sequence[SavedView]


@dataclass(frozen=True, slots=True)
class Search:
    """Whom a text means; `found` is None where nothing was searched for."""

    found: frozenset[int] | None = None
    problem: str | None = None


@blueprint.get("")
def people() -> Response:
    """A page of the list; all of it as a file."""
    here = current_shop()
    chosen = request.args.getlist("columns")
    wanted = read_wanted(request.args, chosen, here.currency)
    if len(chosen) > 1 and not wanted.problems:
        # A form sends each column by itself: one address for one list.
        return make_response(redirect(link(PATH, wanted.query(here.currency))))
    if request.args.get("format") == "csv":
        return _file(wanted, _search(wanted))
    with parts().database.reading() as session:
        now, saved = standing(session, here.id), saved_views(session, here.id)
        limit = shops_limit(session, here.id)
        etag = version(now.etag, limit, wanted.columns, [(view.id, view.name, view.query) for view in saved])
        if same := unchanged(etag):
            return same
    # Shopify is asked while nothing here waits for it, and not at all for a page that has not changed.
    search = _search(wanted)
    with parts().database.reading() as session:
        sums = WindowSums(session, here.id)
        read = _read(session, now, wanted, _listing(now, wanted, search, limit), sums, saved)
    if search.problem:
        # Whoever tries again must not be told that nothing has changed.
        etag = version(etag, search.problem)
    keep_sums(sums, now)
    if read.rows:
        note_seen(CUSTOMERS)
    if wants_json():
        return answer(_document(wanted, read, now), etag)
    page = _page(now, wanted, search, read)
    return show("customers/people.html", page, words().text("Customers"), etag, 400 if wanted.problems else 200)


@blueprint.get("/names")
def names() -> Response:
    """What Shopify calls the customers of a page; nothing of it is kept."""
    asked = [_id(text) for text in request.args.get("ids", "").split(",") if text]
    if len(asked) > MOST:
        raise Malformed("This request could not be read.")
    if asked:
        note_seen(NAMES)
    told = names_of(parts().admin, current_shop().id, asked)
    known = {str(customer): name for customer, name in told.by_customer.items() if name}
    return answer({"names": known, "problem": words().text(told.problem) if told.problem else None})


def _id(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > len(str(BIGGEST_ID)):
        raise Malformed("This request could not be read.")
    return int(text)


def _search(wanted: Wanted) -> Search:
    """Whom the search field means, asked of Shopify before anything is read here."""
    text = wanted.filters.q
    if not text or wanted.problems:
        return Search()
    shop, here = current_shop().id, parts()
    found = find(here.database, here.admin, shop, text, here.config.lookup_key)
    with here.database.reading() as session:
        bought = orders_named(session, shop, text)
    numbered = {int(text)} if text.isascii() and text.isdigit() and int(text) < BIGGEST_ID else set()
    return Search(frozenset({*found.customers, *bought, *numbered}), found.problem)


def _read(
    session: Session, now: Standing, wanted: Wanted, listing: Listing, sums: WindowSums, saved: Sequence[SavedView]
) -> Read:
    """A page of the list; nobody where what is asked cannot be met."""
    shop = current_shop().id
    ever = sums(parse_window("all", now.today), Basis.KEPT, Unit.ORDER)
    if wanted.problems:
        if wants_json():
            _refuse(wanted)
        return Read(0, [], None, ever.guest_orders, saved)
    if wanted.filters.any:
        total = count_listed(session, shop, listing)
    else:
        # Kept with the sums of all time.
        total = with_those_ahead(session, shop, ever, now.today).customers
    rows, after = people_listed(session, shop, listing, total, request.args.get("after"), ROWS)
    return Read(total, rows, after, ever.guest_orders, saved)


def _refuse(wanted: Wanted) -> NoReturn:
    raise Malformed(next(iter(wanted.problems.values())))


def _listing(now: Standing, wanted: Wanted, search: Search, limit: int | None) -> Listing:
    ahead = not FORESEEN.isdisjoint(wanted.columns)
    return Listing(wanted.filters, wanted.order, now.today, limit, search.found, ahead)


def _page(now: Standing, wanted: Wanted, search: Search, read: Read) -> PeoplePage:
    spoken, currency, query = words(), now.shop.currency, wanted.query(now.shop.currency)
    views = _views(query, read.saved, currency, spoken)
    nothing = not read.total and not wanted.filters.any and not wanted.problems
    unnamed = not nothing and not wanted.problems and not wanted.filters.q and not any(view.shown for view in views)
    return PeoplePage(
        progress=now.progress,
        back_to=back_to(now, None),
        missing=now.sight.missing(spoken),
        before=now.sight.before(spoken) if now.progress.stage == "read" else None,
        views=views,
        saved=next((view for view in views if view.shown and view.saved), None),
        to_save=urlencode(query) if unnamed else None,
        form=_form(wanted, spoken, currency),
        problem=spoken.text(search.problem) if search.problem else None,
        nothing=nothing,
        none_yet=nothing and now.progress.stage == "read" and now.sight.orders and now.sight.customers,
        total=presenting.total_text(read.total, wanted, spoken),
        late=wanted.filters.late or not LATENESS.isdisjoint(wanted.columns),
        heads=presenting.heads(wanted.columns, spoken),
        lines=[presenting.line(one, wanted.columns, spoken, currency) for one in read.rows],
        guests=presenting.guests_text(read.guests, spoken),
        paging=_paging(query, read.after),
        file=FILE,
        all_href=link(PATH),
    )


def _views(query: dict[str, str], saved: Sequence[SavedView], currency: str, spoken: Words) -> list[View]:
    ready = [(title, wanted.query(currency)) for title, wanted in presenting.READY]
    own = [View(spoken.text(title), link(PATH, asked), asked == query) for title, asked in ready]
    theirs = [(view, dict(parse_qsl(view.query))) for view in saved]
    return [*own, *(View(view.name, link(PATH, asked), asked == query, view.id) for view, asked in theirs)]


def _form(wanted: Wanted, spoken: Words, currency: str) -> Form:
    problems = {name: spoken.text(key) for name, key in wanted.problems.items()}
    plain = {"q", "bought", "late", "sort", "columns"}
    typed = {name: value for name, value in request.args.items() if name not in ("columns", "after")}
    return Form(
        typed=typed,
        problems=problems,
        bought=presenting.bought_choices(wanted, spoken),
        sorts=presenting.sort_choices(wanted, spoken),
        columns=presenting.column_choices(wanted, spoken),
        narrowed=bool(wanted.query(currency).keys() - plain or problems.keys() - plain),
        currency=currency,
    )


def _paging(query: dict[str, str], after: str | None) -> Paging:
    return Paging(
        first_href=link(PATH, query) if "after" in request.args else None,
        next_href=link(PATH, {**query, "after": after}) if after else None,
        file_href=link(PATH, {**query, "format": "csv"}),
    )


def _document(wanted: Wanted, read: Read, now: Standing) -> dict[str, Any]:
    table, currency = PEOPLE.only((ALWAYS, *wanted.columns)), now.shop.currency
    return {
        "customers": [table.document(one, currency) for one in read.rows],
        "total": read.total,
        "sort": wanted.order.text,
        "currency": currency,
        "orders_without_customer": read.guests,
        "views": [{"id": view.id, "name": view.name, "query": view.query} for view in read.saved],
        "after": read.after,
    }


def _file(wanted: Wanted, search: Search) -> Response:
    if wanted.problems:
        _refuse(wanted)
    shop, database = current_shop().id, parts().database
    with database.reading() as session:
        now = standing(session, shop)
        listing = _listing(now, wanted, search, shops_limit(session, shop))
        total = count_listed(session, shop, listing)
    note_taken(CUSTOMERS, lines=total)

    def rows() -> Iterator[Listed]:
        after: str | None = None
        while True:
            with database.reading() as session:
                found, after = people_listed(session, shop, listing, total, after, FILE_ROWS)
            yield from found
            if after is None:
                return

    def encoded() -> Iterator[bytes]:
        table = PEOPLE.only((ALWAYS, *wanted.columns))
        yield from (line.encode() for line in table.lines(rows(), now.shop.currency))

    response = Response(stream_with_context(encoded()), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{FILE}"'
    return response
