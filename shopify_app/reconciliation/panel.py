"""Settings > Data check: what each night's comparison with Shopify found."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, request

from shopify_app.db.base import Session
from shopify_app.embedded.addresses import Back
from shopify_app.embedded.answers import wants_json
from shopify_app.embedded.parts import parts
from shopify_app.embedded.request import current_shop
from shopify_app.embedded.screen import answer, link, show, unchanged, version, words
from shopify_app.reconciliation import presenting
from shopify_app.reconciliation.model import Reconciliation
from shopify_app.reconciliation.presenting import Night
from shopify_app.reconciliation.queries import reports

blueprint = Blueprint("data_check", __name__, url_prefix="/settings/data-check")

NIGHTS = 30


@dataclass(frozen=True, slots=True)
class DataCheckPage:
    """The last nights."""

    line: str
    explained: str
    nights: list[Night]
    file_href: str
    back: Back


def last_line(session: Session) -> str:
    """How the current shop's last check went, for pages that only mention it."""
    newest = reports(session, current_shop().id, 1)
    return presenting.line(newest[0] if newest else None, words())


@blueprint.get("")
def data_check() -> Response:
    """The last nights, as a page, as JSON or as a file."""
    with parts().database.reading() as session:
        nights = reports(session, current_shop().id, NIGHTS)
    if request.args.get("format") == "csv":
        return _file(nights)
    etag = version([presenting.cells(night) | {"trouble": night.trouble} for night in nights])
    if same := unchanged(etag):
        return same
    if wants_json():
        return answer({"nights": [presenting.cells(night) for night in nights]}, etag)
    page = DataCheckPage(
        line=presenting.line(nights[0] if nights else None, words()),
        explained=presenting.explained(words()),
        nights=presenting.rows(nights, words()),
        file_href=link("/settings/data-check", {"format": "csv"}),
        back=Back(words().text("Settings"), link("/settings")),
    )
    return show("settings/data_check.html", page, words().text("Data check"), etag)


def _file(nights: Sequence[Reconciliation]) -> Response:
    response = Response("".join(presenting.file_lines(nights)), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="data-check.csv"'
    return response
