"""Reports: the numbers, how each is worked out, and the orders behind it."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request

from shopify_app.clock import Instant, LocalDay, day_start, local_day, next_day
from shopify_app.customers.access.kinds import ORDERS
from shopify_app.customers.access.panel import note_seen
from shopify_app.customers.contacts.queries import reading_of
from shopify_app.db.base import DatabaseRefused, Session, ShopId
from shopify_app.embedded.addresses import Back
from shopify_app.embedded.answers import wants_json
from shopify_app.embedded.parts import parts
from shopify_app.embedded.request import current_shop
from shopify_app.embedded.screen import answer, link, show, unchanged, version, words
from shopify_app.errors import NotFound
from shopify_app.orders.queries import order_record
from shopify_app.retention import presenting, queries
from shopify_app.retention.asking import USUAL_WINDOW, Asked
from shopify_app.retention.chart import SIZES, Drawing, draw, months_until
from shopify_app.retention.history.queries import Tallies
from shopify_app.retention.history.queries import keep as keep_grids
from shopify_app.retention.measure import Figure, resolved
from shopify_app.retention.past.looking import Looked, document, look, measured
from shopify_app.retention.past.queries import stored_reports
from shopify_app.retention.past.telling import LookedBack, StoredLine, stored_line, told_back
from shopify_app.retention.presenting import Card, Choice, MonthLine
from shopify_app.retention.progress import IMPORT, Progress, is_known, progress
from shopify_app.retention.registry import METRICS, Metric
from shopify_app.retention.sight import Lack, Sight
from shopify_app.retention.story import Story, Telling, as_document, tell
from shopify_app.retention.window import previous
from shopify_app.retention.window_sums.queries import WindowSums, keep
from shopify_app.shops.model import Shop
from shopify_app.shops.queries import get_shop
from shopify_app.tasks.queries import latest

blueprint = Blueprint("reports", __name__, url_prefix="/reports")

ROWS = 25
"""Orders on one page of the list behind a number."""
BIGGEST_ID = 2**63
"""No id of Shopify's is this big, and no database column."""
WORTH_SAYING = 1000
"""From so many thousandths of a point on, possible duplicates are pointed at."""


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
    looked_back: LookedBack | None
    empty: bool
    not_begun: str | None
    """Said in the numbers' place where the whole period was before the first order."""
    too_few: str | None
    windows: list[Choice]
    bases: list[Choice]
    units: list[Choice]
    as_of: str
    """Empty for today, so that an address kept for later goes with the days."""
    period: str
    compared: str | None
    match_href: str
    duplicates: str | None
    """How far possible duplicates keep the share of repeat buyers down, where it is worth looking at them."""
    duplicates_href: str
    missing: Lack | None
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
    stored: list[StoredLine]
    """What was stored of each once it was over; empty where nothing was."""


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
    read = (shop.imported_at, shop.read_since)
    etag = version(shop.facts_version, shop.generation, read, shop.currency, seen, today)
    sight = Sight.of(shop.scopes, shop.installed_at, ZoneInfo(shop.timezone), approved=shop.approved)
    return Standing(shop, today, reading, sight, etag)


def back_to(now: Standing, first: LocalDay | None) -> str | None:
    """While orders are being read, newest first: how far back the numbers reach already."""
    reaches = reached(now, first)
    if reaches is None or reaches > now.today:
        return None
    return words().text("So far the numbers below are about orders since {day}.", day=words().day(reaches))


def explain_link(name: str, asked: Asked) -> str:
    """Where a number is explained, under what was asked for."""
    return link(f"/reports/numbers/{name}", asked.query())


@blueprint.get("/numbers")
def numbers() -> Response:
    """All numbers of one period."""
    with parts().database.reading() as session:
        now = standing(session, current_shop().id)
        told = _about_duplicates(session, now)
        etag = version(now.etag, told)
        if same := unchanged(etag):
            return same
        looked = looked_at(session, now)
        if wants_json():
            response = answer(document(session, now.shop, looked, measured(session, now.shop, looked)), etag)
        else:
            page = _numbers_page(session, now, looked, told)
            status = 400 if looked.asked.problem else 200
            response = show("reports/numbers.html", page, words().text("Numbers"), etag, status)
    keep_sums(looked.sums, now)
    return response


def _about_duplicates(session: Session, now: Standing) -> str | None:
    """As of the last night that looked through the customers; nothing where the share would hardly move."""
    reading = reading_of(session, current_shop().id)
    shift = reading.shift if reading is not None else None
    if shift is None or abs(shift) < WORTH_SAYING or now.progress.stage != "read":
        return None
    points = words().number(Fraction(abs(shift), 1000), 1)
    if shift > 0:
        return words().text("“Bought more than once” may be {points} points higher, all time.", points=points)
    return words().text("“Bought more than once” may be {points} points lower, all time.", points=points)


def _numbers_page(session: Session, now: Standing, looked: Looked, duplicates: str | None) -> NumbersPage:
    shop, spoken, asked = current_shop().id, words(), looked.asked
    figures = measured(session, now.shop, looked)
    before = previous(asked.window)
    first = queries.first_day(session, shop, asked.basis, now.today, looked.replaced)
    if now.progress.stage != "read" or not presenting.worth_comparing(before, first):
        before = None
    earlier = measured(session, now.shop, looked, window=before) if before else {}
    compared = presenting.period_text(before, spoken) if before else None
    not_begun = began_later(now, first, asked.window.end)
    return NumbersPage(
        progress=now.progress,
        back_to=back_to(now, first),
        problem=problem(asked),
        looked_back=told_back(looked, spoken, "/reports/numbers", link),
        empty=first is None and now.progress.stage == "read",
        not_begun=not_begun,
        too_few=None if not_begun else _too_few(figures, asked, now),
        windows=presenting.window_choices(asked, spoken),
        bases=presenting.basis_choices(asked, spoken),
        units=presenting.unit_choices(asked, spoken),
        as_of=asked.as_of.isoformat() if asked.looks_back else "",
        period=presenting.period_text(resolved(session, shop, asked.window, asked.basis, looked.replaced), spoken),
        compared=spoken.text("Changes are against {period}.", period=compared) if compared else None,
        match_href=link("/reports/match"),
        duplicates=duplicates,
        duplicates_href=link("/customers/duplicates"),
        missing=now.sight.missing(spoken),
        before=now.sight.before(spoken) if now.progress.stage == "read" else None,
        cards=_cards(figures, earlier, looked, now, first) if first else [],
        chart=_chart(session, looked) if now.progress.stage == "read" else None,
        nothing=_no_chart(asked, now),
    )


def began_later(now: Standing, first: LocalDay | None, last: LocalDay) -> str | None:
    """When the first order was, where that was after the last day that is looked at."""
    if first is None or first <= last or now.progress.stage != "read":
        return None
    return now.sight.began(first, words())


def _chart(session: Session, looked: Looked) -> Chart | None:
    """Twelve months up to the last one with anything in it; None where there is none."""
    shop, spoken, asked, currency = current_shop().id, words(), looked.asked, looked.currency
    last = queries.last_day(session, shop, asked.basis, asked.as_of, looked.replaced)
    if last is None:
        return None
    months = queries.monthly(session, shop, asked.basis, months_until(last), asked.as_of, looked.summing)
    reports = {report.start: report for report in stored_reports(session, shop, months[0].start, asked.as_of)}
    return Chart(
        text=presenting.chart_text(months, spoken, currency),
        note=presenting.chart_note(months, spoken, currency),
        drawings=[draw(months, spoken, currency, size) for size in SIZES],
        months=[presenting.month_line(month, spoken, currency, _month_link(month, asked)) for month in months],
        stored=[stored_line(reports.get(month.start), asked, spoken, link) for month in months] if reports else [],
    )


def keep_sums(sums: WindowSums, now: Standing) -> None:
    """Keep what was added up for a page, for the next one."""
    rows = sums.to_keep(now.today)
    # The page itself is made: where this cannot be written, the next reader adds up again.
    with suppress(*DatabaseRefused):
        if rows:
            with parts().database.transaction() as session:
                keep(session, current_shop().id, rows, now.today)


def keep_tallies(tallies: Tallies, now: Standing) -> None:
    """The same of what was summed over all customers."""
    rows = tallies.to_keep(now.today)
    with suppress(*DatabaseRefused):
        if rows:
            with parts().database.transaction() as session:
                keep_grids(session, rows)


def problem(asked: Asked) -> str | None:
    """What could not be read of the address, and what is shown instead."""
    if asked.problem is None or asked.instead is None:
        return None
    return f"{words().text(asked.problem)} {words().text(asked.instead)}"


def _cards(
    figures: Mapping[str, Figure], earlier: Mapping[str, Figure], looked: Looked, now: Standing, first: LocalDay
) -> list[Card]:
    return [
        shown(
            presenting.card(figure, earlier.get(name), words(), looked.currency, explain_link(name, looked.asked)),
            METRICS[name],
            looked.asked,
            reached(now, first),
            now.sight,
        )
        for name, figure in figures.items()
    ]


def reached(now: Standing, first: LocalDay | None) -> LocalDay | None:
    """The first day of which all orders have been read, tomorrow where there is none yet; None when all have been.

    What has been counted may be of earlier days: an order that was dated back, or one that has changed just now.
    """
    if now.progress.stage == "read":
        return None
    if now.shop.read_since is not None:
        return _whole_day(now.shop.read_since, ZoneInfo(now.shop.timezone))
    # Orders that are read once more are known already.
    return first if first and now.shop.imported_at else next_day(now.today)


def _whole_day(moment: Instant, zone: ZoneInfo) -> LocalDay:
    day = local_day(moment, zone)
    return day if moment <= day_start(day, zone) else next_day(day)


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


@blueprint.get("/orders/<int:order_id>")
def order(order_id: int) -> Response:
    """One order: what it is, whether it counts, and what it was before."""
    if order_id >= BIGGEST_ID:
        raise NotFound
    with parts().database.reading() as session:
        now = standing(session, current_shop().id)
        record = order_record(session, current_shop().id, order_id)
        # That Shopify has answered shows, also where it said nothing new.
        etag = version(now.etag, record.asked_again)
        if same := unchanged(etag):
            return same
        places = queries.places_of(session, current_shop().id, order_id)
        asked = looked_at(session, now).asked
    if record.order.customer_id is not None:
        note_seen(ORDERS)
    if wants_json():
        return answer(as_document(record, places, now.shop.currency), etag)
    telling = Telling(words(), ZoneInfo(now.shop.timezone), now.shop.currency)
    back = Back(words().text("Numbers"), link("/reports/numbers", asked.query()))
    page = OrderPage(tell(record, places, telling), back)
    title = words().text("Order {name}", name=words().isolated(page.story.name))
    return show("reports/order.html", page, title, etag)


def looked_at(session: Session, now: Standing) -> Looked:
    """What the address asks for."""
    usual = "all" if wants_json() else _usual_window(session, now)
    return look(session, now.shop, request.args, parts().clock(), usual)


def _usual_window(session: Session, now: Standing) -> str:
    """What is read first while reading goes on; else the last year, or all time where that has no orders."""
    if now.progress.stage != "read":
        return "30d"
    newest = queries.newest_day(session, current_shop().id)
    recent = newest is not None and newest > now.today - timedelta(days=365)
    return USUAL_WINDOW if recent else "all"
