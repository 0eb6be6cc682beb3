"""Reports > Numbers > one of them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request, stream_with_context

from shopify_app.customers.access.kinds import ORDERS
from shopify_app.customers.access.panel import note_seen, note_taken
from shopify_app.db.base import Session
from shopify_app.embedded.answers import wants_json
from shopify_app.embedded.parts import parts
from shopify_app.embedded.request import current_shop
from shopify_app.embedded.screen import answer, link, show, unchanged, words
from shopify_app.errors import Malformed, NotFound
from shopify_app.money import Minor, Money
from shopify_app.retention import csv_file, queries
from shopify_app.retention.measure import resolved
from shopify_app.retention.one_number.explaining import Explanation, Measured, explain, file_name, other_basis
from shopify_app.retention.one_number.queries import changes_of
from shopify_app.retention.panel import Standing, back_to, keep_sums, looked_at, problem, standing
from shopify_app.retention.past.looking import Looked, document, measured
from shopify_app.retention.past.queries import position
from shopify_app.retention.progress import Progress
from shopify_app.retention.registry import METRICS, Metric

blueprint = Blueprint("one_number", __name__, url_prefix="/reports/numbers")

ROWS = 25
"""Orders on one page of the list behind a number."""
FILE_ROWS = 1000
"""Orders read at a time for a file."""


@dataclass(frozen=True, slots=True)
class ExplainPage:
    """How one number is worked out."""

    progress: Progress
    back_to: str | None
    problem: str | None
    told: Explanation


@blueprint.get("/<name>")
def explain_number(name: str) -> Response:
    """How one number is worked out, and the orders behind it."""
    metric = METRICS.get(name)
    if metric is None:
        raise NotFound
    with parts().database.reading() as session:
        now = standing(session, current_shop().id)
        if request.args.get("format") == "csv":
            return _file(session, metric, now)
        if same := unchanged(now.etag):
            return same
        looked = looked_at(session, now)
        found = _measured(session, metric, looked, now)
        if wants_json():
            told = document(session, now.shop, looked, {metric.name: found.figure})
            response = answer({**told, **_rows_document(found, looked.currency)}, now.etag)
        else:
            page, title = _explain_page(session, found, looked, now), words().text(metric.title)
            response = show("reports/explain.html", page, title, now.etag, 400 if looked.asked.problem else 200)
    if found.rows:
        note_seen(ORDERS)
    keep_sums(looked.sums, now)
    return response


def _measured(session: Session, metric: Metric, looked: Looked, now: Standing) -> Measured:
    shop, after, asked = current_shop().id, request.args.get("after"), looked.asked
    rows, next_after = queries.orders_behind(session, shop, _behind(metric, looked), after, ROWS)
    today = replace(looked, replaced=None, currency=now.shop.currency)
    return Measured(
        figure=measured(session, now.shop, looked)[metric.name],
        other=measured(session, now.shop, looked, basis=other_basis(asked.basis))[metric.name],
        today=measured(session, now.shop, today)[metric.name] if looked.replaced else None,
        currency=now.shop.currency,
        window=resolved(session, shop, asked.window, asked.basis, looked.replaced),
        rows=rows,
        changes=changes_of(session, shop, rows, ZoneInfo(now.shop.timezone)),
        after=after,
        next_after=next_after,
    )


def _behind(metric: Metric, looked: Looked) -> queries.Behind:
    asked = looked.asked
    return queries.Behind(asked.basis, asked.window, asked.unit, metric.drill, looked.replaced)


def _explain_page(session: Session, found: Measured, looked: Looked, now: Standing) -> ExplainPage:
    first = queries.first_day(session, current_shop().id, looked.asked.basis, now.today)
    return ExplainPage(
        progress=now.progress,
        back_to=back_to(now, first),
        problem=problem(looked.asked),
        told=explain(found, looked, words(), link),
    )


def _rows_document(found: Measured, currency: str) -> dict[str, Any]:
    def amount(minor: int) -> str:
        return str(Money(Minor(minor), currency).decimal())

    rows = [
        {
            "order_id": str(row.order_id),
            "day": row.day.isoformat(),
            "value": amount(row.value),
            "net": amount(row.net),
        }
        for row in found.rows
    ]
    return {"orders": rows, "after": found.next_after}


def _file(session: Session, metric: Metric, now: Standing) -> Response:
    looked = looked_at(session, now)
    asked, shop, database = looked.asked, current_shop().id, parts().database
    if asked.problem:
        raise Malformed(asked.problem)
    note_taken(ORDERS)
    start = resolved(session, shop, asked.window, asked.basis, looked.replaced).start

    def read(after: str | None) -> csv_file.Page:
        nonlocal looked
        with database.reading() as session:
            if looked.replaced and position(session, shop) != looked.position:
                # Something became known since the page before: what was known then must be told apart from it, too.
                looked = looked_at(session, now)
                if looked.asked.problem:
                    # What was known then cannot be told any more: half a file says so, and other rows would not.
                    raise Malformed(looked.asked.problem)
            return queries.orders_behind(session, shop, _behind(metric, looked), after, FILE_ROWS)

    def encoded() -> Iterator[bytes]:
        for line in csv_file.ORDERS.lines(csv_file.all_rows(read), looked.currency):
            yield line.encode()

    response = Response(stream_with_context(encoded()), mimetype="text/csv")
    name = file_name(metric.name, start, asked.window.end)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
