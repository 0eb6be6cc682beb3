"""Reports > Value > how good the forecast is; and what is expected of every customer, as a file."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Blueprint, Response, request, stream_with_context

from shopify_app.customers.access.kinds import CUSTOMERS
from shopify_app.customers.access.panel import note_taken
from shopify_app.embedded.addresses import Back
from shopify_app.embedded.answers import wants_json
from shopify_app.embedded.parts import parts
from shopify_app.embedded.request import current_shop
from shopify_app.embedded.screen import answer, link, show, unchanged, words
from shopify_app.retention.forecasts import presenting
from shopify_app.retention.forecasts.checking import Check
from shopify_app.retention.forecasts.presenting import EXPECTED, CheckLine
from shopify_app.retention.forecasts.queries import Valued, count_forecasts, most_valuable, standing_forecast
from shopify_app.retention.panel import Standing, standing
from shopify_app.retention.progress import Progress
from shopify_app.retention.sight import Lack

blueprint = Blueprint("forecast", __name__, url_prefix="/reports/value/forecast")

_FILE_ROWS = 1000


@dataclass(frozen=True, slots=True)
class CheckPage:
    """What would have been expected, and what came."""

    back: Back
    progress: Progress
    missing: Lack | None
    sentence: str
    worked_out: str | None
    alarming: bool
    lines: list[CheckLine]


@blueprint.get("")
def forecast() -> Response:
    """How far the forecast of 90 days ago would have been off."""
    shop = current_shop().id
    with parts().database.reading() as session:
        now, found = standing(session, shop), standing_forecast(session, shop)
        if request.args.get("format") == "csv":
            note_taken(CUSTOMERS, lines=count_forecasts(session, shop))
            return _file(now)
        if same := unchanged(now.etag):
            return same
    check = Check.read(found.back_test) if found and found.back_test else None
    if wants_json():
        return answer({"check": presenting.check_document(check, now.shop.currency)}, now.etag)
    spoken = words()
    page = CheckPage(
        back=Back(spoken.text("Value"), link("/reports/value")),
        progress=now.progress,
        missing=now.sight.missing(spoken),
        sentence=presenting.checked(check, spoken)
        if check
        else spoken.text("Your orders do not reach back far enough to check this: it takes half a year."),
        worked_out=presenting.worked_out(found, spoken) if found else None,
        alarming=check is not None and check.alarming,
        lines=presenting.check_lines(check, spoken) if check else [],
    )
    return show("reports/forecast.html", page, spoken.text("How good is this forecast?"), now.etag)


def _file(now: Standing) -> Response:
    shop, database = current_shop().id, parts().database

    def rows() -> Iterator[Valued]:
        after: Valued | None = None
        while True:
            with database.reading() as session:
                found = most_valuable(session, shop, _FILE_ROWS, after)
            yield from found
            if len(found) < _FILE_ROWS:
                return
            after = found[-1]

    def encoded() -> Iterator[bytes]:
        yield from (line.encode() for line in EXPECTED.lines(rows(), now.shop.currency))

    response = Response(stream_with_context(encoded()), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="expected-value.csv"'
    return response
