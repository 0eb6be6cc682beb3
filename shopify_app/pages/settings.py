"""Settings, the small changes a staff member makes from any page, and how far long work is."""

import re
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request

from shopify_app.changes.unpaid.patience import UNPAID
from shopify_app.embedded.addresses import is_own_path
from shopify_app.embedded.answers import wants_json
from shopify_app.embedded.body import json_body
from shopify_app.embedded.parts import parts
from shopify_app.embedded.request import current_shop
from shopify_app.embedded.screen import answer, link, show, unchanged, version, words
from shopify_app.errors import Malformed, NotFound
from shopify_app.language import LOCALES, Words
from shopify_app.pages.home import REVEAL
from shopify_app.pages.patience import Patience, read_days, told_patience
from shopify_app.pages.queries import show_again
from shopify_app.reconciliation.panel import last_line
from shopify_app.retention.progress import IMPORT
from shopify_app.retention.sight import Lack, approval
from shopify_app.shops.access import lacking
from shopify_app.shops.queries import choose_locale, choose_unpaid_days, dismiss, get_shop, touch
from shopify_app.tasks import queries as tasks
from shopify_app.tasks.view import TaskView

blueprint = Blueprint("settings", __name__, url_prefix="/settings")

_TASK_ID = re.compile("[0-9a-f]{32}")

CARDS = (REVEAL,)
"""What can be put away."""


@dataclass(frozen=True, slots=True)
class SettingsPage:
    """Everything that is looked after without the merchant, and where to read more."""

    data_check: str
    data_check_href: str
    privacy_href: str
    lacking: list[str]
    """What Wafa cannot do for want of a permission."""
    unapproved: Lack | None
    """See Sight: what it cannot do for want of Shopify's approval."""
    patience: Patience


@blueprint.get("")
def index() -> Response:
    """Settings."""
    with parts().database.reading() as session:
        shop = get_shop(session, current_shop().id)
        lacks = [words().text(need.without) for need in lacking(shop.scopes)] if shop.scopes else []
        unapproved = None if shop.approved else approval(words())
        patience = told_patience(session, shop, request.args.get("unpaid_days"), parts().clock(), words())
        hrefs = link("/settings/data-check"), link("/settings/privacy")
        page = SettingsPage(last_line(session), *hrefs, lacks, unapproved, patience)
    etag = version(page)
    if same := unchanged(etag):
        return same
    if wants_json():
        told = {"data_check": page.data_check, "lacking": page.lacking, "approved": shop.approved}
        return answer({**told, **patience.document()}, etag)
    return show("settings/index.html", page, words().text("Settings"), etag)


@blueprint.get("/tasks/<task_id>")
def task(task_id: str) -> Response:
    """How far one piece of long work is."""
    if not _TASK_ID.fullmatch(task_id):
        raise NotFound
    with parts().database.reading() as session:
        found = tasks.get(session, current_shop().id, task_id)
    if found is None:
        raise NotFound
    return answer(_document(found))


@blueprint.post("/language")
def language() -> Response:
    """Speak another language to this staff member from now on."""
    chosen = json_body().get("language")
    if chosen not in LOCALES:
        raise Malformed("Choose a language: ar or en.")
    here = current_shop()
    with parts().database.transaction() as session:
        choose_locale(session, here.id, here.staff_id, chosen)
    back = json_body().get("back", "")
    go = back if isinstance(back, str) and is_own_path(back) else link("/")
    return answer({"go": go, "message": Words(chosen).text("Wafa speaks English with you now.")})


@blueprint.post("/unpaid-days")
def unpaid_days() -> Response:
    """Wait for another number of days for the money of an order; what that changes is counted at once."""
    days, here = read_days(json_body().get("unpaid_days")), current_shop()
    with parts().database.transaction() as session:
        choose_unpaid_days(session, here.id, days)
        task_id = tasks.request(session, here.id, UNPAID, None, here.staff_id, parts().clock())
    saved = words().text("Saved. Your numbers change in a moment.")
    return answer({"task": task_id, "go": link("/settings"), "message": saved})


@blueprint.post("/import")
def start_import() -> Response:
    """Read the shop's orders again after it failed; what is under way or has ended well stays as it is.

    But for a shop of which Shopify lets us read nothing any more: that is asked for again.
    """
    here = current_shop()
    with parts().database.transaction() as session:
        last = tasks.latest(session, here.id, IMPORT)
        approved = get_shop(session, here.id).approved
        if last is not None and approved and (last.active or last.state == "done"):
            return answer({"task": last.id})
        task_id = tasks.request(session, here.id, IMPORT, None, here.staff_id, parts().clock())
    began = words().text("Reading your orders has started again.")
    return answer({"task": task_id, "message": began if approved else words().text("Wafa asks Shopify once more.")})


@blueprint.post("/dismiss")
def put_away() -> Response:
    """Take a card off Home for everybody in the shop, until somebody shows it again."""
    card, shop = _card(), current_shop().id
    with parts().database.transaction() as session:
        dismiss(session, shop, card, parts().clock())
        touch(session, shop)
    return answer({"dismissed": card, "message": words().text("Hidden for everyone in this shop.")})


@blueprint.post("/show-again")
def bring_back() -> Response:
    """Put a card that was taken off Home back there, for everybody in the shop."""
    card, shop = _card(), current_shop().id
    with parts().database.transaction() as session:
        show_again(session, shop, card)
        touch(session, shop)
    return answer({"shown": card})


def _card() -> str:
    """The card that the request names."""
    card = json_body().get("card")
    if not isinstance(card, str) or card not in CARDS:
        raise Malformed("There is no such card on this page.")
    return card


def _document(found: TaskView) -> dict[str, Any]:
    return {
        "id": found.id,
        "kind": found.kind,
        "state": found.state,
        "done": found.done,
        "total": found.total,
        "error": words().text(found.error) if found.error else None,
    }
