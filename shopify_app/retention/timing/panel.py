"""Reports > Coming back > Usual gap by product."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flask import Blueprint, Response, request

from shopify_app.clock import Instant
from shopify_app.db.base import Session
from shopify_app.embedded.addresses import Back
from shopify_app.embedded.answers import wants_json
from shopify_app.embedded.parts import parts
from shopify_app.embedded.request import current_shop
from shopify_app.embedded.screen import answer, link, show, unchanged, words
from shopify_app.errors import Malformed
from shopify_app.retention.panel import Standing, looked_at, problem, standing
from shopify_app.retention.past.looking import Looked
from shopify_app.retention.presenting import NOTHING
from shopify_app.retention.progress import Progress
from shopify_app.retention.sight import Lack
from shopify_app.retention.timing.presenting import days_text, share_text
from shopify_app.retention.timing.products import AT_MOST, GAPS_TABLE, ProductGaps, by_product
from shopify_app.retention.timing.queries import bought_products, product_titles

blueprint = Blueprint("timing", __name__, url_prefix="/reports/coming-back")


@dataclass(frozen=True, slots=True)
class ProductLine:
    """One product as a line of the list."""

    title: str
    people: str
    soon: str
    half: str
    again: str
    gap: str
    most: str


@dataclass(frozen=True, slots=True)
class GapsPage:
    """Usual gap by product."""

    progress: Progress
    missing: Lack | None
    problem: str | None
    back: Back
    nothing: str | None
    """Why nothing can be told yet, where that is so."""
    lines: list[ProductLine]
    more: str | None
    """How many products the file has beyond those of the page."""
    took: str
    file_href: str


@blueprint.get("/gaps")
def gaps() -> Response:
    """How soon people come back after each product, worked out from every order when it is asked for."""
    with parts().database.reading() as session:
        now = standing(session, current_shop().id)
        if same := unchanged(now.etag):
            return same
        looked, began = looked_at(session, now), parts().clock()
        if wants_json() and looked.asked.problem:
            raise Malformed(looked.asked.problem)
        found = _found(session, looked) if _nothing(now) is None else []
    if request.args.get("format") == "csv":
        return _file(found)
    if wants_json():
        return answer(_document(found, looked), now.etag)
    return show("reports/gaps.html", _page(found, looked, now, began), words().text("Usual gap by product"), now.etag)


def _found(session: Session, looked: Looked) -> list[ProductGaps]:
    shop, asked = current_shop().id, looked.asked
    bought = bought_products(session, shop, asked.basis, asked.as_of)
    return by_product(bought, product_titles(session, shop), asked.as_of)


def _page(found: list[ProductGaps], looked: Looked, now: Standing, began: Instant) -> GapsPage:
    spoken, beyond = words(), len(found) - AT_MOST
    seconds = Fraction(round((parts().clock() - began).total_seconds() * 10), 10)
    more = spoken.plural("{n} more product is in the file.", "{n} more products are in the file.", max(beyond, 0))
    return GapsPage(
        progress=now.progress,
        missing=now.sight.missing(spoken),
        problem=problem(looked.asked),
        back=Back(spoken.text("Coming back"), link("/reports/coming-back")),
        nothing=_nothing(now),
        lines=[_line(row) for row in found[:AT_MOST]],
        more=more if beyond > 0 else None,
        took=spoken.text("Worked out in {seconds} s from every order.", seconds=spoken.number(seconds, 1)),
        file_href=link("/reports/coming-back/gaps", {**looked.asked.query(), "format": "csv"}),
    )


def _nothing(now: Standing) -> str | None:
    if not now.sight.customers:
        return words().text("Known once Wafa may see who bought.")
    return None if now.progress.stage == "read" else words().text("Known once all orders have been read.")


def _line(row: ProductGaps) -> ProductLine:
    spoken, again = words(), row.again
    return ProductLine(
        title=row.title or NOTHING,
        people=spoken.number(row.people),
        soon=share_text(row.soon, spoken),
        half=days_text(row.half, spoken),
        again=spoken.number(again.count) if again else NOTHING,
        gap=days_text(again.half if again else None, spoken),
        most=days_text(again.most if again else None, spoken),
    )


def _document(found: list[ProductGaps], looked: Looked) -> dict[str, Any]:
    rows = [GAPS_TABLE.document(row, looked.currency) for row in found]
    return {"as_of": looked.asked.as_of.isoformat(), "basis": looked.asked.basis.value, "products": rows}


def _file(found: list[ProductGaps]) -> Response:
    response = Response("".join(GAPS_TABLE.lines(found, "")), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{GAPS_TABLE.name}.csv"'
    return response
