"""Reports: the numbers, how each is worked out, and the orders behind it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request

from shopify_app.clock import LocalDay, local_day
from shopify_app.db.base import Session, ShopId
from shopify_app.embedded.answers import wants_json
from shopify_app.embedded.parts import parts
from shopify_app.embedded.request import current_shop
from shopify_app.embedded.screen import answer, link, show, unchanged, version, words
from shopify_app.errors import Malformed, NotFound
from shopify_app.money import Minor, Money
from shopify_app.orders.queries import order_record
from shopify_app.retention import csv_file, presenting, queries
from shopify_app.retention.asking import USUAL_WINDOW, Asked, read_asked
from shopify_app.retention.chart import SIZES, Drawing, draw, months_until
from shopify_app.retention.explaining import Back, Explanation, Measured, explain, file_name, other_basis
from shopify_app.retention.measure import Figure, as_json, measure, resolved
from shopify_app.retention.presenting import Card, Choice, MonthLine
from shopify_app.retention.progress import IMPORT, Progress, is_known, progress
from shopify_app.retention.registry import METRICS, Metric
from shopify_app.retention.sight import Sight
from shopify_app.retention.story import Story, Telling, as_document, tell
from shopify_app.retention.window import previous
from shopify_app.shops.model import Shop
from shopify_app.shops.queries import get_shop
from shopify_app.tasks.queries import latest

blueprint = Blueprint("reports", __name__, url_prefix="/reports")

ROWS = 25
"""Orders on one page of the list behind a number."""
BIGGEST_ID = 2**63
"""No id of Shopify's is this big, and no database column."""
FILE_ROWS = 1000
"""Orders read at a time for a file."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a page needs to know before it measures anything."""

    shop: Shop
    today: LocalDay
    progress: Progress
    sight: Sight
    etag: str


@dataclass(frozen=True, slots=True)
class NumbersPage:
    """Reports > Numbers."""

    progress: Progress
    back_to: str | None
    problem: str | None
    empty: bool
    too_few: str | None
    windows: list[Choice]
    bases: list[Choice]
    units: list[Choice]
    as_of: str
    """Empty for today, so that an address kept for later goes with the days."""
    period: str
    compared: str | None
    match_href: str
    missing: str | None
    before: str | None
    """See Sight for both."""
    cards: list[Card]
    chart: "Chart | None"
    nothing: str
    """Said in the chart's place where there is none."""


@dataclass(frozen=True, slots=True)
class Chart:
    """Months of net sales as bars and as a table."""

    text: str
    note: str
    drawings: list[Drawing]
    months: list[MonthLine]


@dataclass(frozen=True, slots=True)
class ExplainPage:
    """How one number is worked out."""

    progress: Progress
    back_to: str | None
    problem: str | None
    told: Explanation


@dataclass(frozen=True, slots=True)
class OrderPage:
    """One order's story."""

    story: Story
    back: Back


def standing(session: Session, shop_id: ShopId) -> Standing:
    """Where the shop stands now, and the version of any page that shows it."""
    shop = get_shop(session, shop_id)
    task = latest(session, shop_id, IMPORT)
    today = local_day(parts().clock(), ZoneInfo(shop.timezone))
    reading = progress(task, shop.imported_at is not None, words())
    seen = (task and task.id, reading)
    etag = version(shop.facts_version, shop.generation, shop.imported_at, shop.currency, seen, today)
    sight = Sight.of(shop.scopes, shop.installed_at, ZoneInfo(shop.timezone))
    return Standing(shop, today, reading, sight, etag)


def back_to(state: Progress, first: LocalDay | None) -> str | None:
    """While orders are being read, newest first: how far back the numbers reach already."""
    if state.stage == "read" or first is None:
        return None
    return words().text("So far the numbers below are about orders since {day}.", day=words().day(first))


def explain_link(name: str, asked: Asked) -> str:
    """Where a number is explained, under what was asked for."""
    return link(f"/reports/numbers/{name}", asked.query())


@blueprint.get("/numbers")
def numbers() -> Response:
    """All numbers of one period."""
    with parts().database.reading() as session:
        now = standing(session, current_shop().id)
        if same := unchanged(now.etag):
            return same
        asked = _asked(session, now)
        if wants_json():
            return _numbers_json(session, now, asked)
        page = _numbers_page(session, now, asked)
    return show("reports/numbers.html", page, words().text("Numbers"), now.etag, 400 if asked.problem else 200)


def _numbers_json(session: Session, now: Standing, asked: Asked) -> Response:
    figures = measure(session, current_shop().id, asked.window, asked.basis, asked.unit)
    return answer(_document(session, asked, figures), now.etag)


def _document(session: Session, asked: Asked, figures: dict[str, Figure]) -> dict[str, Any]:
    if asked.problem:
        raise Malformed(asked.problem)
    shop = current_shop()
    window = resolved(session, shop.id, asked.window, asked.basis)
    return as_json(shop.domain, asked.as_of, window, asked.basis, asked.unit, figures)


def _numbers_page(session: Session, now: Standing, asked: Asked) -> NumbersPage:
    shop, spoken, currency = current_shop().id, words(), now.shop.currency
    figures = measure(session, shop, asked.window, asked.basis, asked.unit)
    before = previous(asked.window)
    first = queries.first_day(session, shop, asked.basis, now.today)
    if now.progress.stage != "read" or not presenting.worth_comparing(before, first):
        before = None
    earlier = measure(session, shop, before, asked.basis, asked.unit) if before else {}
    compared = presenting.period_text(before, spoken) if before else None
    return NumbersPage(
        progress=now.progress,
        back_to=back_to(now.progress, first),
        problem=_problem(asked),
        empty=first is None and now.progress.stage == "read",
        too_few=_too_few(figures, asked, now),
        windows=presenting.window_choices(asked, spoken),
        bases=presenting.basis_choices(asked, spoken),
        units=presenting.unit_choices(asked, spoken),
        as_of="" if asked.as_of == asked.today else asked.as_of.isoformat(),
        period=presenting.period_text(resolved(session, shop, asked.window, asked.basis), spoken),
        compared=spoken.text("Changes are against {period}.", period=compared) if compared else None,
        match_href=link("/reports/match"),
        missing=now.sight.missing(spoken),
        before=now.sight.before(spoken) if now.progress.stage == "read" else None,
        cards=_cards(figures, earlier, asked, now, first) if first else [],
        chart=_chart(session, asked, currency) if now.progress.stage == "read" else None,
        nothing=_no_chart(asked, now),
    )


def _chart(session: Session, asked: Asked, currency: str) -> Chart | None:
    """Twelve months up to the last one with anything in it; None where there is none."""
    shop, spoken = current_shop().id, words()
    last = queries.last_day(session, shop, asked.basis, asked.as_of)
    if last is None:
        return None
    months = queries.monthly(session, shop, asked.basis, months_until(last), asked.as_of)
    return Chart(
        text=presenting.chart_text(months, spoken, currency),
        note=presenting.chart_note(months, spoken, currency),
        drawings=[draw(months, spoken, currency, size) for size in SIZES],
        months=[presenting.month_line(month, spoken, currency, _month_link(month, asked)) for month in months],
    )


def _problem(asked: Asked) -> str | None:
    if asked.problem is None or asked.instead is None:
        return None
    return f"{words().text(asked.problem)} {words().text(asked.instead)}"


def _cards(
    figures: Mapping[str, Figure], earlier: Mapping[str, Figure], asked: Asked, now: Standing, first: LocalDay
) -> list[Card]:
    return [
        shown(
            presenting.card(figure, earlier.get(name), words(), now.shop.currency, explain_link(name, asked)),
            METRICS[name],
            asked,
            reached(now, first),
            now.sight,
        )
        for name, figure in figures.items()
    ]


def reached(now: Standing, first: LocalDay) -> LocalDay | None:
    """How far back orders have been read; None when all have been."""
    return None if now.progress.stage == "read" else first


def shown(card: Card, metric: Metric, asked: Asked, back: LocalDay | None, sight: Sight) -> Card:
    """The card, without its number where that is not known, or not yet."""
    if not sight.customers and metric.drill != "all":
        return presenting.unseen(card, words())
    return card if is_known(metric, asked.window, back) else presenting.waiting(card, words())


def _no_chart(asked: Asked, now: Standing) -> str:
    if now.progress.stage != "read":
        return words().text("The chart comes once all orders have been read.")
    return words().text("Nothing was sold up to {day}.", day=words().day(asked.as_of))


def _too_few(figures: Mapping[str, Figure], asked: Asked, now: Standing) -> str | None:
    # A short period always has few; only over a long one does it say something about the shop.
    if now.progress.stage == "reading" or asked.window.name not in ("all", "365d") or not now.sight.customers:
        return None
    return presenting.too_few_text(figures, now.sight.who, words())


def _month_link(month: queries.Month, asked: Asked) -> str:
    last = min(month.end, asked.as_of)
    return link("/reports/numbers", asked.query(window=f"{month.start.isoformat()}..{last.isoformat()}"))


@blueprint.get("/numbers/<name>")
def explain_number(name: str) -> Response:
    """How one number is worked out, and the orders behind it."""
    metric = METRICS.get(name)
    if metric is None:
        raise NotFound
    with parts().database.reading() as session:
        now = standing(session, current_shop().id)
        asked = _asked(session, now)
        if request.args.get("format") == "csv":
            return _file(metric, asked, resolved(session, current_shop().id, asked.window, asked.basis).start, now)
        if same := unchanged(now.etag):
            return same
        measured = _measured(session, metric, asked)
        if wants_json():
            figures = {metric.name: measured.figure}
            listed = _rows_document(measured, now.shop.currency)
            return answer({**_document(session, asked, figures), **listed}, now.etag)
        page = _explain_page(session, measured, asked, now)
    title = words().text(metric.title)
    return show("reports/explain.html", page, title, now.etag, 400 if asked.problem else 200)


@blueprint.get("/orders/<int:order_id>")
def order(order_id: int) -> Response:
    """One order: what it is, whether it counts, and what it was before."""
    if order_id >= BIGGEST_ID:
        raise NotFound
    with parts().database.reading() as session:
        now = standing(session, current_shop().id)
        record = order_record(session, current_shop().id, order_id)
        if same := unchanged(now.etag):
            return same
        places = queries.places_of(session, current_shop().id, order_id)
        asked = _asked(session, now)
    if wants_json():
        return answer(as_document(record, places, now.shop.currency), now.etag)
    telling = Telling(words(), ZoneInfo(now.shop.timezone), now.shop.currency)
    back = Back(words().text("Numbers"), link("/reports/numbers", asked.query()))
    page = OrderPage(tell(record, places, telling), back)
    title = words().text("Order {name}", name=words().isolated(record.order.name))
    return show("reports/order.html", page, title, now.etag)


def _asked(session: Session, now: Standing) -> Asked:
    return read_asked(request.args, now.today, "all" if wants_json() else _usual_window(session, now))


def _usual_window(session: Session, now: Standing) -> str:
    """What is read first while reading goes on; else the last year, or all time where that has no orders."""
    if now.progress.stage != "read":
        return "30d"
    newest = queries.newest_day(session, current_shop().id)
    recent = newest is not None and newest > now.today - timedelta(days=365)
    return USUAL_WINDOW if recent else "all"


def _measured(session: Session, metric: Metric, asked: Asked) -> Measured:
    shop, after = current_shop().id, request.args.get("after")
    other = other_basis(asked.basis)
    behind = queries.Behind(asked.basis, asked.window, asked.unit, metric.drill)
    rows, next_after = queries.orders_behind(session, shop, behind, after, ROWS)
    return Measured(
        figure=measure(session, shop, asked.window, asked.basis, asked.unit)[metric.name],
        other=measure(session, shop, asked.window, other, asked.unit)[metric.name],
        window=resolved(session, shop, asked.window, asked.basis),
        rows=rows,
        after=after,
        next_after=next_after,
    )


def _explain_page(session: Session, measured: Measured, asked: Asked, now: Standing) -> ExplainPage:
    first = queries.first_day(session, current_shop().id, asked.basis, now.today)
    return ExplainPage(
        progress=now.progress,
        back_to=back_to(now.progress, first),
        problem=_problem(asked),
        told=explain(measured, asked, words(), now.shop.currency, link),
    )


def _rows_document(measured: Measured, currency: str) -> dict[str, Any]:
    def amount(minor: int) -> str:
        return str(Money(Minor(minor), currency).decimal())

    rows = [
        {
            "order_id": str(row.order_id),
            "day": row.day.isoformat(),
            "value": amount(row.value),
            "net": amount(row.net),
        }
        for row in measured.rows
    ]
    return {"orders": rows, "after": measured.next_after}


def _file(metric: Metric, asked: Asked, start: LocalDay | None, now: Standing) -> Response:
    if asked.problem:
        raise Malformed(asked.problem)
    shop, database = current_shop().id, parts().database
    behind = queries.Behind(asked.basis, asked.window, asked.unit, metric.drill)

    def read(after: str | None) -> csv_file.Page:
        with database.reading() as session:
            return queries.orders_behind(session, shop, behind, after, FILE_ROWS)

    def encoded() -> Iterator[bytes]:
        for line in csv_file.lines(csv_file.all_rows(read), now.shop.currency):
            yield line.encode()

    response = Response(encoded(), mimetype="text/csv")
    name = file_name(metric.name, start, asked.window.end)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
