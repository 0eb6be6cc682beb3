"""Reports > Value."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request

from shopify_app.clock import LocalDay
from shopify_app.customers.access.kinds import CUSTOMERS
from shopify_app.customers.access.panel import note_seen
from shopify_app.db.base import Session
from shopify_app.embedded.answers import wants_json
from shopify_app.embedded.parts import parts
from shopify_app.embedded.request import current_shop
from shopify_app.embedded.screen import answer, link, show, unchanged, words
from shopify_app.retention import presenting as figures_in_words
from shopify_app.retention import queries
from shopify_app.retention.forecasts import presenting as forecasts_in_words
from shopify_app.retention.forecasts.checking import Check
from shopify_app.retention.forecasts.presenting import ValuedLine
from shopify_app.retention.forecasts.queries import Standing as StandingForecast
from shopify_app.retention.forecasts.queries import Valued, most_valuable, standing_forecast
from shopify_app.retention.history.queries import Tallies
from shopify_app.retention.measure import Figure
from shopify_app.retention.panel import (
    Standing,
    back_to,
    explain_link,
    keep_sums,
    keep_tallies,
    looked_at,
    problem,
    reached,
    shown,
    standing,
)
from shopify_app.retention.past.looking import Looked, document, measured
from shopify_app.retention.presenting import Card, Choice
from shopify_app.retention.progress import Progress
from shopify_app.retention.registry import METRICS
from shopify_app.retention.sight import Lack
from shopify_app.retention.value import presenting
from shopify_app.retention.value.presenting import BEST_CUSTOMERS, BestLine
from shopify_app.retention.value.spending import SPENDING, Spending, spending
from shopify_app.retention.window import Basis, Unit, Window, previous

blueprint = Blueprint("value", __name__, url_prefix="/reports/value")

NAMES = ("returning_revenue_share", "customer_value", "average_order_value", "purchase_frequency")

_MOST_VALUABLE = 10


@dataclass(frozen=True, slots=True)
class ValuePage:
    """Reports > Value."""

    progress: Progress
    back_to: str | None
    problem: str | None
    missing: Lack | None
    before: str | None
    empty: bool
    windows: list[Choice]
    period: str
    compared: str | None
    cards: list[Card]
    best: str | None
    lines: list[BestLine]
    csv_href: str
    ahead: "Ahead | None"


@dataclass(frozen=True, slots=True)
class Ahead:
    """What to expect of the customers there are."""

    sentence: str | None
    too_early: str | None
    checked: str | None
    alarming: bool
    worked_out: str
    lines: list[ValuedLine]
    check_href: str
    csv_href: str


Expected = tuple[StandingForecast, list[Valued]]


@blueprint.get("")
def value() -> Response:
    """What customers are worth."""
    with parts().database.reading() as session:
        now = standing(session, current_shop().id)
        if same := unchanged(now.etag):
            return same
        looked = looked_at(session, now)
        tallies = Tallies(session, current_shop().id)
        found = spending(tallies(SPENDING, Basis.KEPT, Unit.ORDER))
        if request.args.get("format") == "csv":
            return _file(found, now)
        expected = _expected(session, now)
        if wants_json():
            told = document(session, now.shop, looked, _chosen(session, now, looked))
            best = presenting.document(found, now.shop.currency)
            # The numbers of a day before the currency changed are in the one of then.
            more = {"currency": looked.currency, "who_brings_the_sales": best}
            response = answer({**told, **more, "next_12_months": _ahead_document(expected, now)}, now.etag)
        else:
            page = _page(session, now, looked, found, expected)
            status = 400 if looked.asked.problem else 200
            response = show("reports/value.html", page, words().text("Value"), now.etag, status)
    keep_sums(looked.sums, now)
    keep_tallies(tallies, now)
    if expected and expected[1]:
        note_seen(CUSTOMERS)
    return response


def _expected(session: Session, now: Standing) -> Expected | None:
    """The last forecast, and of whom most is expected; None where it is not known who bought."""
    shop = current_shop().id
    forecast = standing_forecast(session, shop) if now.progress.stage == "read" and now.sight.customers else None
    return (forecast, most_valuable(session, shop, _MOST_VALUABLE)) if forecast and forecast.customers else None


def _ahead_document(expected: Expected | None, now: Standing) -> dict[str, Any] | None:
    return forecasts_in_words.document(*expected, words(), now.shop.currency) if expected else None


def _ahead(expected: Expected, now: Standing) -> Ahead:
    forecast, valued = expected
    spoken, currency = words(), now.shop.currency
    check = Check.read(forecast.back_test) if forecast.back_test else None
    return Ahead(
        sentence=forecasts_in_words.together(forecast, spoken, currency),
        too_early=forecasts_in_words.too_early(forecast, spoken),
        checked=forecasts_in_words.checked(check, spoken) if check else None,
        alarming=check is not None and check.alarming,
        worked_out=forecasts_in_words.worked_out(forecast, spoken),
        lines=forecasts_in_words.lines(valued, spoken, currency),
        check_href=link("/reports/value/forecast"),
        csv_href=link("/reports/value/forecast", {"format": "csv"}),
    )


def _chosen(session: Session, now: Standing, looked: Looked) -> dict[str, Figure]:
    figures = measured(session, now.shop, looked)
    return {name: figures[name] for name in NAMES}


def _page(session: Session, now: Standing, looked: Looked, found: Spending, expected: Expected | None) -> ValuePage:
    spoken, asked = words(), looked.asked
    first = queries.first_day(session, current_shop().id, asked.basis, now.today, looked.replaced)
    read = now.progress.stage == "read"
    before = previous(asked.window)
    if not read or not figures_in_words.worth_comparing(before, first):
        before = None
    compared = figures_in_words.period_text(before, spoken) if before else None
    known = read and now.sight.customers
    return ValuePage(
        progress=now.progress,
        back_to=back_to(now, first),
        problem=problem(asked),
        missing=now.sight.missing(spoken),
        before=now.sight.before(spoken) if read else None,
        empty=first is None and read,
        windows=figures_in_words.window_choices(asked, spoken),
        period=figures_in_words.period_text(asked.window, spoken),
        compared=spoken.text("Changes are against {period}.", period=compared) if compared else None,
        cards=_cards(session, now, looked, before, reached(now, first)) if first else [],
        best=presenting.sentence(found, spoken) if known else None,
        lines=presenting.lines(found, spoken, now.shop.currency) if known else [],
        csv_href=link("/reports/value", {"format": "csv"}),
        ahead=_ahead(expected, now) if expected else None,
    )


def _cards(session: Session, now: Standing, looked: Looked, before: Window | None, seen: LocalDay | None) -> list[Card]:
    """Each number that the page is about, with its change against the period before, where there is one."""
    spoken, asked = words(), looked.asked
    earlier = measured(session, now.shop, looked, window=before) if before else {}
    return [
        shown(
            figures_in_words.card(figure, earlier.get(name), spoken, looked.currency, explain_link(name, asked)),
            METRICS[name],
            asked,
            seen,
            now.sight,
        )
        for name, figure in _chosen(session, now, looked).items()
    ]


def _file(found: Spending, now: Standing) -> Response:
    lines = BEST_CUSTOMERS.lines(presenting.rows(found), now.shop.currency)
    response = Response("".join(lines), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="best-customers.csv"'
    return response
