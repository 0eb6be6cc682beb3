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
from shopify_app.embedded.screen import answer, link, show, unchanged, version, words
from shopify_app.errors import Malformed
from shopify_app.retention.forecasts import presenting
from shopify_app.retention.forecasts.checking import Check
from shopify_app.retention.forecasts.model import FORECAST
from shopify_app.retention.forecasts.presenting import EXPECTED, CheckLine
from shopify_app.retention.forecasts.queries import Standing as StandingForecast
from shopify_app.retention.forecasts.queries import Valued, count_forecasts, most_valuable, standing_forecast
from shopify_app.retention.panel import Standing, standing
from shopify_app.retention.progress import Progress
from shopify_app.retention.sight import Lack
from shopify_app.tasks.queries import latest
from shopify_app.tasks.queries import request as request_task
from shopify_app.tasks.view import TaskView

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
    working: str | None
    bar: int
    full: int
    stopped: str | None
    work_out_url: str | None


@blueprint.get("")
def forecast() -> Response:
    """How far the forecast of 90 days ago would have been off."""
    shop = current_shop().id
    with parts().database.reading() as session:
        now, found, task = standing(session, shop), standing_forecast(session, shop), latest(session, shop, FORECAST)
        if request.args.get("format") == "csv":
            if not now.sight.customers:
                raise Malformed("Known once Wafa may see who bought.")
            note_taken(CUSTOMERS, lines=count_forecasts(session, shop))
            return _file(now)
    etag = version(now.etag, task and (task.state, task.done))
    if same := unchanged(etag):
        return same
    check = Check.read(found.back_test) if found and found.back_test else None
    if wants_json():
        told = {"check": presenting.check_document(check, now.shop.currency), "state": task.state if task else None}
        return answer(told, etag)
    page = _page(now, found, check, task)
    return show("reports/forecast.html", page, words().text("How good is this forecast?"), etag)


def _page(now: Standing, found: StandingForecast | None, check: Check | None, task: TaskView | None) -> CheckPage:
    spoken = words()
    return CheckPage(
        back=Back(spoken.text("Value"), link("/reports/value")),
        progress=now.progress,
        missing=now.sight.missing(spoken),
        sentence=presenting.checked(check, spoken) if check else spoken.text(_unchecked(now, found)),
        worked_out=presenting.worked_out(found, spoken) if found else None,
        alarming=check is not None and check.alarming,
        lines=presenting.check_lines(check, spoken) if check else [],
        working=presenting.working(task, spoken),
        bar=task.done if task else 0,
        full=task.total or 0 if task and task.active else 0,
        stopped=spoken.text(task.error) if task and task.state == "failed" and task.error else None,
        work_out_url=link("/reports/value/forecast/work-out") if _can_be_worked_out(now, task) else None,
    )


def _unchecked(now: Standing, found: StandingForecast | None) -> str:
    if now.progress.stage != "read":
        return "Known once all orders have been read."
    if found is None:
        return "Nothing is expected yet: that is worked out every night."
    return "Your orders do not reach back far enough to check this: it takes half a year."


def _can_be_worked_out(now: Standing, task: TaskView | None) -> bool:
    return now.progress.stage == "read" and now.sight.customers and not (task is not None and task.active)


@blueprint.post("/work-out")
def work_out() -> Response:
    """Work it out now instead of by night."""
    here = current_shop()
    with parts().database.transaction() as session:
        task = request_task(session, here.id, FORECAST, None, here.staff_id, parts().clock())
    return answer({"task": task, "message": words().text("It is being worked out. You can leave this page.")})


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
