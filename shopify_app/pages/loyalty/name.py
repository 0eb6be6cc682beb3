"""Loyalty > What shoppers call their points: a ready name or the merchant's own, read in sentences before it holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request
from msgspec import to_builtins
from msgspec.structs import replace

from shopify_app.embedded.answers import wants_json
from shopify_app.embedded.body import json_body
from shopify_app.embedded.parts import parts
from shopify_app.embedded.request import current_shop
from shopify_app.embedded.screen import answer, link, show, unchanged, version, words
from shopify_app.errors import Malformed
from shopify_app.language import Words
from shopify_app.loyalty.programme.form import FIELDS as PROGRAMME
from shopify_app.loyalty.programme.form import UNNAMED, BadProgramme
from shopify_app.loyalty.programme.name import POINTS, READY, STARS, Called, Name, read_called, written
from shopify_app.loyalty.programme.name_form import CORRECTED, FIELDS, OF, Check, checks, origin, read_name, typed_name
from shopify_app.loyalty.programme.queries import draft_of, versions_of
from shopify_app.loyalty.programme.rule import Rule
from shopify_app.pages.loyalty.called import OWN, called_choices
from shopify_app.pages.loyalty.deciding import holding, let_hold
from shopify_app.retention.panel import standing

blueprint = Blueprint("loyalty_name", __name__, url_prefix="/loyalty/name")

PATH = "/loyalty/name"


@dataclass(frozen=True, slots=True)
class Offered:
    """One name to choose, as a link."""

    title: str
    href: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class NamePage:
    """What shoppers call their points."""

    offers: list[Offered]
    own: bool
    """Whether the merchant writes one."""
    fields: Mapping[str, str]
    problems: Mapping[str, str]
    carried: Mapping[str, str]
    """Of a programme that nothing is kept of yet, what was typed."""
    examples: Mapping[str, str]
    """Of what is typed, by field."""
    mended: Sequence[Check]
    """Where a form that reads wrong is mended."""
    arabic: Sequence[Check]
    english: Sequence[Check]
    """Empty before there is a name to look at."""
    called: str
    """What is sent to keep it."""
    kept: bool
    """Whether it is what shoppers call them already."""
    onward: str | None
    """Where a programme is set up with this name; None where one is on, or was."""


@blueprint.get("")
def name() -> Response:
    """The name as it is, or as somebody thinks of it."""
    with parts().database.reading() as session:
        now, here = standing(session, current_shop().id), current_shop().id
        versions, draft = versions_of(session, here), draft_of(session, here)
        etag = version(now.etag, [one.number for one in versions], draft)
        if same := unchanged(etag):
            return same
    rule = versions[-1].rule if versions else draft
    if wants_json():
        return answer({"name": to_builtins(rule.name) if rule else None}, etag)
    page = _page(rule, running=bool(versions))
    title = words().text("What shoppers call their points")
    return show("loyalty/name.html", page, title, etag, 400 if page.problems else 200)


def _page(rule: Rule | None, *, running: bool) -> NamePage:
    now = rule.name if rule else POINTS
    called, fields, problems = _asked(now)
    carried = {} if running else {one: request.args[one] for one in PROGRAMME if one in request.args}
    carried.pop("called", None)
    start = {**carried, "called": written(called)} if called else {}
    return NamePage(
        offers=_offers(called, carried),
        own=not isinstance(called, str),
        fields=fields | {OF: origin(fields)},
        problems=problems,
        carried=carried,
        examples=_examples(),
        mended=checks(called or POINTS, Words("ar")) if called or problems.keys() & set(CORRECTED) else [],
        arabic=checks(called, Words("ar")) if called else [],
        english=checks(called, Words("en")) if called else [],
        called=written(called) if called else "",
        kept=running and called == now,
        onward=None if running else link("/loyalty/start", start),
    )


def _asked(now: Called) -> tuple[Called | None, dict[str, str], dict[str, str]]:
    """The name in question, None where it is not written yet; the fields of the form, and what is wrong with them."""
    empty = dict.fromkeys(FIELDS, "")
    text = request.args.get("called", written(now))
    if text != OWN:
        called = read_called(text) or now
        return called, empty | (typed_name(called) if isinstance(called, Name) else {}), {}
    typed = {one: request.args.get(one, "") for one in FIELDS}
    if not any(typed.values()):
        return None, empty | (typed_name(now) if isinstance(now, Name) else {}), {}
    try:
        called = read_name(typed)
    except BadProgramme as bad:
        return None, typed, {one: words().text(why.key, **why.values) for one, why in bad.problems.items()}
    return called, typed_name(called) | {one: typed[one] for one in ("arabic_one", "arabic_many")}, {}


def _examples() -> dict[str, str]:
    spoken = words()
    return {
        one: spoken.text("As in: {word}", word=spoken.isolated(form)) for one, form in typed_name(READY[STARS]).items()
    }


def _offers(called: Called | None, carried: Mapping[str, str]) -> list[Offered]:
    ready = [
        Offered(one.title, link(PATH, {**carried, "called": one.value}), one.chosen)
        for one in called_choices(called if isinstance(called, str) else None)
    ]
    own = link(PATH, {**carried, "called": OWN})
    return [*ready, Offered(words().text("Another name"), own, not isinstance(called, str))]


@blueprint.post("/keep")
def keep() -> Response:
    """Let shoppers call them so from now on; no points change."""
    sent: Any = json_body().get("called")
    called = read_called(sent) if isinstance(sent, str) else None
    if called is None:
        raise Malformed(UNNAMED)
    with parts().database.transaction() as session:
        let_hold(session, replace(holding(session), name=called))
    return answer({"go": link("/loyalty"), "message": words().text("From now on, shoppers read this name.")})
