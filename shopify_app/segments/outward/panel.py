"""Putting a segment into Shopify, bringing it up to date there, and taking it or its tag out again."""

from typing import Any

from flask import Blueprint, Response

from shopify_app.admin_api.pacing import Pace
from shopify_app.customers.access.kinds import CUSTOMERS, WRITTEN
from shopify_app.customers.access.panel import note_taken
from shopify_app.embedded.body import json_body
from shopify_app.embedded.parts import parts
from shopify_app.embedded.request import current_shop
from shopify_app.embedded.screen import answer, link, words
from shopify_app.errors import AppError, Malformed
from shopify_app.retention.panel import standing as standing_of_shop
from shopify_app.segments.outward.asking import DENIED, SCOPE, ask, checked_tag, standing, take_out
from shopify_app.segments.outward.looking import kept_tag, planned
from shopify_app.segments.panel import PATH, Shown, find
from shopify_app.shops.access import UNAPPROVED, allows
from shopify_app.shops.granted import learn_scopes

blueprint = Blueprint("segments_in_shopify", __name__, url_prefix=PATH)


class WritingDenied(AppError):
    """The merchant has not granted the permission, or has taken it back."""

    status = 403

    def __init__(self) -> None:
        super().__init__(DENIED)


class NobodyKnown(AppError):
    """Shopify does not let us see orders, so nobody is in any segment."""

    status = 403

    def __init__(self) -> None:
        super().__init__(UNAPPROVED[0])


@blueprint.post("/<int:segment_id>/shopify")
@blueprint.post("/ready/<ready>/shopify")
def put(segment_id: int | None = None, ready: str = "") -> Response:
    """Have it be in Shopify as it is now; `tag` gives its members one, and without it they keep the one they have."""
    here, now, given = current_shop(), parts().clock(), _given_tag(json_body())
    which = _which(segment_id, ready)
    with parts().database.reading() as session:
        if not standing_of_shop(session, here.id).sight.orders:
            raise NobodyKnown
        one = find(session, which)
        there = standing(session, here.id, one.key)
        try:
            tag = checked_tag(given, there.tag if there else None) or kept_tag(there)
        except Malformed as problem:
            return _refused(problem)
        plan = planned(session, here.id, one.key, tag, now)
    _need_permission()
    note_taken(CUSTOMERS, WRITTEN, lines=max(plan.add, plan.tag_add))
    with parts().database.transaction() as session:
        one = find(session, which)
        # A ready-made one has a name in each language: the first that was given is kept.
        title = there.title if there and there.there and one.ready else one.name
        ask(session, here.id, one.key, title, here.staff_id, now, tag=tag)
    return _done(one, words().text("It is being written in Shopify."))


@blueprint.post("/<int:segment_id>/shopify/out")
@blueprint.post("/ready/<ready>/shopify/out")
def out(segment_id: int | None = None, ready: str = "") -> Response:
    """Have all of it be out of Shopify."""
    return _taken(_which(segment_id, ready), tag_alone=False)


@blueprint.post("/<int:segment_id>/shopify/untag")
@blueprint.post("/ready/<ready>/shopify/untag")
def untag(segment_id: int | None = None, ready: str = "") -> Response:
    """Have its tag be taken off, and all else stay."""
    return _taken(_which(segment_id, ready), tag_alone=True)


def _which(segment_id: int | None, ready: str) -> int | str:
    return ready if segment_id is None else segment_id


def _taken(which: int | str, *, tag_alone: bool) -> Response:
    here = current_shop()
    with parts().database.reading() as session:
        one = find(session, which)
    _need_permission()
    with parts().database.transaction() as session:
        take_out(session, here.id, one.key, here.staff_id, parts().clock(), tag_alone=tag_alone)
    off, gone = "The tag is being taken off.", "It is being taken out of Shopify."
    return _done(one, words().text(off if tag_alone else gone))


def _given_tag(body: dict[str, Any]) -> str | None:
    given = body.get("tag")
    return given if isinstance(given, str) and given.strip() else None


def _need_permission() -> None:
    """By what we know, else by Shopify's word: it may have been given a second ago."""
    here = current_shop()
    if allows(here.scopes, SCOPE):
        return
    granted = learn_scopes(parts().database, parts().admin, here.id, parts().clock, Pace.WAITING)
    if not allows(",".join(granted), SCOPE):
        raise WritingDenied


def _refused(problem: Malformed) -> Response:
    said = words().text(problem.message)
    response = answer({"error": said, "errors": {"tag": said}})
    response.status_code = 422
    return response


def _done(one: Shown, message: str) -> Response:
    return answer({"segment": one.key, "go": link(one.path), "message": message})
