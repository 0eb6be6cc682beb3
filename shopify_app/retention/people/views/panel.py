"""Customers: keeping a list under a name, naming it anew, and dropping it."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, Response

from shopify_app.db.base import Session
from shopify_app.embedded.body import json_body
from shopify_app.embedded.parts import parts
from shopify_app.embedded.request import current_shop
from shopify_app.embedded.screen import answer, link, words
from shopify_app.errors import Malformed
from shopify_app.retention.people.listing.asking import read_wanted
from shopify_app.retention.people.views.model import NAME
from shopify_app.retention.people.views.queries import add_view, count_views, drop_view, is_taken, saved_view

blueprint = Blueprint("saved_views", __name__, url_prefix="/customers/views")

MOST = 50
"""Views of one shop: more would be a list to search through."""


@blueprint.post("")
def save() -> Response:
    """Keep the list that is shown under a name, for everybody in the shop."""
    here, body = current_shop(), json_body()
    query = _query(body.get("query"))
    with parts().database.transaction() as session:
        name, problem = _name(session, body.get("name"))
        if problem is None and count_views(session, here.id) >= MOST:
            problem = "There are 50 saved lists. Delete one that nobody needs."
        if problem:
            return _refused(problem)
        view = add_view(session, here.id, name, query, here.staff_id, parts().clock())
    return answer({"view": view, "go": _address(query), "message": words().text("Saved for everyone in this shop.")})


@blueprint.post("/<view_id>/rename")
def rename(view_id: str) -> Response:
    """Give a list another name."""
    here = current_shop()
    with parts().database.transaction() as session:
        view = saved_view(session, here.id, view_id)
        name, problem = _name(session, json_body().get("name"), but=view_id)
        if problem:
            return _refused(problem)
        view.name, view.changed_at, view.changed_by = name, parts().clock(), here.staff_id
    return answer({"view": view_id, "message": words().text("Renamed for everyone in this shop.")})


@blueprint.post("/<view_id>/delete")
def delete(view_id: str) -> Response:
    """Drop a list; its customers stay."""
    with parts().database.transaction() as session:
        drop_view(session, current_shop().id, view_id)
    return answer({"go": link("/customers"), "message": words().text("The list was deleted. Its customers stay.")})


def _name(session: Session, sent: Any, but: str = "") -> tuple[str, str | None]:
    """A name as it is kept, or why it cannot be one."""
    if not isinstance(sent, str):
        raise Malformed("This request could not be read.")
    name = " ".join(sent.split())
    if not name:
        return name, "Give the list a name."
    if len(name) > NAME:
        return name, "Choose a shorter name."
    if "@" in name or not name.isprintable():
        # It is kept in the clear, and no e-mail address is.
        return name, "A name has no e-mail address in it."
    if is_taken(session, current_shop().id, name, but):
        return name, "Another list has this name."
    return name, None


def _query(sent: Any) -> str:
    """The list as it is kept: without whom was searched for, who may be called by name there."""
    if not isinstance(sent, str):
        raise Malformed("This request could not be read.")
    asked, currency = dict(parse_qsl(sent)), current_shop().currency
    wanted = read_wanted({**asked, "q": ""}, [asked.get("columns", "")], currency)
    if wanted.problems:
        raise Malformed("This list cannot be saved as it is.")
    return urlencode(wanted.query(currency))


def _address(query: str) -> str:
    return link("/customers", dict(parse_qsl(query)))


def _refused(problem: str) -> Response:
    response = answer({"errors": {"name": words().text(problem)}})
    response.status_code = 422
    return response
