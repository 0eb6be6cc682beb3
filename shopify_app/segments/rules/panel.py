"""Making a segment: the form for its rule, how many it would have, saving it, deleting it and having it back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request

from shopify_app.customers.access.kinds import CUSTOMERS, WRITTEN
from shopify_app.customers.access.queries import note_opening
from shopify_app.db.base import Session
from shopify_app.embedded.addresses import Back
from shopify_app.embedded.answers import wants_json
from shopify_app.embedded.body import json_body
from shopify_app.embedded.parts import parts
from shopify_app.embedded.request import current_shop
from shopify_app.embedded.screen import answer, link, show, words
from shopify_app.errors import Malformed, NotFound
from shopify_app.retention.panel import keep_sums, standing
from shopify_app.retention.window_sums.queries import WindowSums
from shopify_app.segments import presenting
from shopify_app.segments.building import Form, form_of, read_named, read_sent, taken
from shopify_app.segments.outward.asking import follow, take_out
from shopify_app.segments.outward.asking import standing as standing_in_shopify
from shopify_app.segments.panel import PATH, telling, totals_of
from shopify_app.segments.queries import (
    Stored,
    add_segment,
    bring_back,
    change_segment,
    delete_segment,
    names_in,
    names_offered,
    stored_segment,
)
from shopify_app.segments.ready import READY
from shopify_app.segments.rules.fields import FIELDS, HOWS, Kind
from shopify_app.segments.rules.queries import Standpoint, size_of
from shopify_app.segments.rules.rule import BadRule, Rule
from shopify_app.segments.rules.telling import Names, collection_title, product_title, rule_text

blueprint = Blueprint("segment_rules", __name__, url_prefix=PATH)


@dataclass(frozen=True, slots=True)
class RulePage:
    """The form."""

    back: Back
    form: Form
    save_url: str
    count_url: str


@blueprint.get("/new")
def new() -> Response:
    """An empty form, or with the rule of a segment that is copied."""
    with parts().database.reading() as session:
        name, rule = _copied(session, request.args.get("copy"))
        return _form(session, name, rule, None)


@blueprint.get("/<int:segment_id>/edit")
def edit(segment_id: int) -> Response:
    """The form with a segment in it."""
    with parts().database.reading() as session:
        own = stored_segment(session, current_shop().id, segment_id)
        return _form(session, own.name, own.rule, own)


def _copied(session: Session, key: str | None) -> tuple[str, Rule | None]:
    if key is None:
        return "", None
    if key in READY:
        return words().text(READY[key].title), READY[key].rule
    if not key.isascii() or not key.isdigit() or len(key) > len(str(1 << 31)):
        raise NotFound
    own = stored_segment(session, current_shop().id, int(key))
    return words().text("{name}, copy", name=own.name), own.rule


def _form(session: Session, name: str, rule: Rule | None, own: Stored | None) -> Response:
    shop, spoken = current_shop(), words()
    form = form_of(name, rule, _names(session, rule), spoken, shop.currency)
    if wants_json():
        return answer(_document(form, rule))
    path = f"{PATH}/{own.segment_id}" if own else PATH
    back = Back(own.name, link(path)) if own else Back(spoken.text("Segments"), link(PATH))
    title = spoken.text("Change the segment") if own else spoken.text("New segment")
    return show("customers/segment_rule.html", RulePage(back, form, link(path), link(f"{PATH}/count")), title)


def _names(session: Session, rule: Rule | None) -> Names:
    """What can be chosen, and what the rule has chosen already, even if it is gone."""
    shop, spoken, offered = current_shop().id, words(), names_offered(session, current_shop().id)
    if rule is None:
        return offered
    known = names_in(session, shop, [rule])
    return Names(
        {**{one: product_title(one, known, spoken) for one in map(int, _chosen(rule, "product"))}, **offered.products},
        {
            **{one: collection_title(one, known, spoken) for one in map(int, _chosen(rule, "collection"))},
            **offered.collections,
        },
        tuple(dict.fromkeys([*offered.channels, *_chosen(rule, "channel")])),
        tuple(dict.fromkeys([*offered.countries, *_chosen(rule, "country")])),
        offered.forecasts,
    )


def _chosen(rule: Rule, kind: Kind) -> list[str]:
    return [str(one.value) for one in rule.every() if one.kind == kind]


def _document(form: Form, rule: Rule | None) -> dict[str, Any]:
    """For a program: what can be asked, and how."""
    offered = {asking.name: FIELDS[asking.name] for asking in form.askings}
    fields = {name: {"kind": kind, "is": [how.value for how in HOWS[kind]]} for name, kind in offered.items()}
    return {"name": form.name, "rule": rule.document() if rule else None, "fields": fields}


@blueprint.post("/count")
def count_rule() -> Response:
    """How many people a rule means that is still being made, or why that cannot be told yet; nothing is stored."""
    shop, body = current_shop().id, json_body()
    try:
        rule = read_sent(body)
    except BadRule as bad:
        return answer({"people": None, "errors": _errors(bad)})
    with parts().database.reading() as session:
        now = standing(session, shop)
        size = size_of(Standpoint.of(session, shop, parts().clock()), rule)
        sums = WindowSums(session, shop)
        totals = totals_of(session, sums, now)
        sentence = rule_text(rule, telling(session, now, [rule]))
    keep_sums(sums, now)
    document = presenting.count_document(size, totals, now.shop.currency)
    return answer({**document, "text": presenting.count_text(size, totals, words()), "sentence": sentence})


@blueprint.post("")
def create() -> Response:
    """Store a new segment."""
    here = current_shop()

    def store(session: Session, name: str, rule: Rule) -> int:
        return add_segment(session, here.id, name, rule, here.staff_id, parts().clock())

    return _stored(store)


@blueprint.post("/<int:segment_id>")
def change(segment_id: int) -> Response:
    """Store a segment under another name, or with another rule."""
    here = current_shop()
    with parts().database.reading() as session:
        stored_segment(session, here.id, segment_id)

    def store(session: Session, name: str, rule: Rule) -> int:
        now = parts().clock()
        change_segment(session, here.id, segment_id, name, rule, here.staff_id, now)
        if follow(session, here.id, str(segment_id), name, here.staff_id, now):
            note_opening(session, here.id, here.staff_id, CUSTOMERS, None, WRITTEN, now)
        return segment_id

    return _stored(store)


def _stored(store: Callable[[Session, str, Rule], int]) -> Response:
    body = json_body()
    try:
        name, rule = read_named(body)
        with parts().database.transaction() as session:
            try:
                segment_id = store(session, name, rule)
            except Malformed as problem:
                raise taken(problem) from problem
    except BadRule as bad:
        return _refused(bad)
    saved = words().text("Saved.")
    return answer({"segment": segment_id, "go": link(f"{PATH}/{segment_id}"), "message": saved})


def _refused(bad: BadRule) -> Response:
    """Each problem beside its field; the page's module does so, too."""
    response = answer({"error": words().text(bad.message), "errors": _errors(bad)})
    response.status_code = bad.status
    return response


def _errors(bad: BadRule) -> dict[str, str]:
    return {name: words().text(key) for name, key in bad.problems.items()}


@blueprint.post("/<int:segment_id>/delete")
def delete(segment_id: int) -> Response:
    """Put a segment away, and out of Shopify where it is in it; for some days it can be brought back."""
    here, now = current_shop(), parts().clock()
    with parts().database.transaction() as session:
        delete_segment(session, here.id, segment_id, here.staff_id, now)
        there = standing_in_shopify(session, here.id, str(segment_id))
        if there is not None and there.there:
            take_out(session, here.id, str(segment_id), here.staff_id, now)
    gone = words().text("Deleted. For seven days you can bring it back.")
    return answer({"deleted": segment_id, "go": link(PATH), "message": gone})


@blueprint.post("/<int:segment_id>/bring-back")
def have_back(segment_id: int) -> Response:
    """Have a deleted segment again."""
    here = current_shop()
    with parts().database.transaction() as session:
        bring_back(session, here.id, segment_id, here.staff_id, parts().clock())
    return answer({"segment": segment_id, "message": words().text("It is back.")})
