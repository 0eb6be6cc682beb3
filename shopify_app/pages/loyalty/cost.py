"""Loyalty > Cost: what a programme would have cost on the shop's own orders, and from which amount to ship freely."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request

from shopify_app.clock import local_day
from shopify_app.db.base import Session
from shopify_app.embedded.answers import wants_json
from shopify_app.embedded.body import json_body
from shopify_app.embedded.parts import parts
from shopify_app.embedded.request import current_shop
from shopify_app.embedded.screen import answer, link, show, unchanged, version, words
from shopify_app.errors import Malformed
from shopify_app.loyalty.programme.form import FIELDS, BadProgramme, read_programme, ready, typed
from shopify_app.loyalty.programme.prizes import carried
from shopify_app.loyalty.programme.queries import draft_of, versions_of
from shopify_app.loyalty.programme.rule import Version
from shopify_app.loyalty.simulator.found import Found, costs
from shopify_app.loyalty.simulator.model import SIMULATE
from shopify_app.loyalty.simulator.queries import ask, found_of
from shopify_app.loyalty.simulator.thresholds import thresholds
from shopify_app.loyalty.simulator.trial import DRAFT, HOLDS, TYPED, Trial, beside
from shopify_app.pages.loyalty.costing import (
    COSTS,
    MARGIN,
    SHIPPING,
    Told,
    document,
    read_margin,
    title_of,
    told,
    working,
)
from shopify_app.retention.panel import Standing, standing
from shopify_app.retention.progress import Progress
from shopify_app.retention.sight import Lack
from shopify_app.shops.model import Shop
from shopify_app.shops.queries import get_shop
from shopify_app.tasks.queries import latest
from shopify_app.tasks.view import TaskView

blueprint = Blueprint("loyalty_cost", __name__, url_prefix="/loyalty/cost")


@dataclass(frozen=True, slots=True)
class Onward:
    """The way back to a programme that was tried."""

    programme: str
    href: str


@dataclass(frozen=True, slots=True)
class CostPage:
    """Loyalty > Cost."""

    progress: Progress
    missing: Lack | None
    empty: bool
    """Whether there is neither a programme nor a draft, nor anything that was worked out."""
    told: Told | None
    onward: Onward | None
    """Where what was tried beside the programme is looked at again, and decided on."""
    other: str | None
    """Said where it was worked out by other rules than there are now."""
    working: str | None
    bar: int
    full: int
    stopped: str | None
    can_begin: bool
    margin: str
    problem: str | None
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Now:
    """What there is to show."""

    standing: Standing
    trials: list[Trial]
    """What would be gone through if somebody asked."""
    versions: Sequence[Version]
    own: bool
    """Whether the shop has a programme or a draft."""
    found: Found | None
    task: TaskView | None


@blueprint.get("")
def cost() -> Response:
    """What was found last, and how far the next is."""
    with parts().database.reading() as session:
        now = _now(session)
    if kind := _file_asked(now):
        return kind
    task = now.task and (now.task.id, now.task.state, now.task.done)
    etag = version(now.standing.etag, now.trials, now.own, now.found and now.found.span.until, task)
    if same := unchanged(etag):
        return same
    margin, problem = _margin()
    if wants_json():
        if problem:
            raise Malformed(problem)
        return answer(document(now.found, margin, now.task.state if now.task else None), etag)
    page = _page(now, margin, problem)
    return show("loyalty/cost.html", page, words().text("Cost"), etag, 400 if problem else 200)


def _now(session: Session) -> _Now:
    here = current_shop().id
    now = standing(session, here)
    trials, own = _trials(session, now.shop, None)
    return _Now(now, trials, versions_of(session, here), own, found_of(session, here), latest(session, here, SIMULATE))


def _trials(session: Session, shop: Shop, sent: Mapping[str, Any] | None) -> tuple[list[Trial], bool]:
    """What to go through: what holds, beside it the draft or what was typed; and whether any is the shop's own."""
    here = current_shop().id
    versions, draft = versions_of(session, here), draft_of(session, here)
    rule = carried(versions, read_programme(sent, shop.currency)) if sent else draft
    offered = ready(shop.currency)
    named = DRAFT if rule == draft else next((name for name, one in offered.items() if one == rule), TYPED)
    own = {HOLDS: versions[-1].rule if versions else None, named: rule}
    return beside(own, offered, shop.currency), any(own.values())


def _margin() -> tuple[Fraction, str | None]:
    try:
        return read_margin(request.args.get("margin", MARGIN)), None
    except Malformed as problem:
        return read_margin(MARGIN), problem.message


def _page(now: _Now, margin: Fraction, problem: str | None) -> CostPage:
    spoken, task, found = words(), now.task, now.found
    return CostPage(
        progress=now.standing.progress,
        missing=now.standing.sight.missing(spoken),
        empty=not now.own and found is None,
        told=told(found, margin, ZoneInfo(now.standing.shop.timezone), spoken) if found else None,
        onward=_onward(now),
        other=_other(now),
        working=working(task, spoken),
        bar=task.done if task else 0,
        full=task.total or 0 if task and task.active else 0,
        stopped=spoken.text(task.error) if task and task.state == "failed" and task.error else None,
        can_begin=_can_begin(now),
        margin=request.args.get("margin", MARGIN),
        problem=spoken.text(problem) if problem else None,
        files=_files(),
    )


def _other(now: _Now) -> str | None:
    """Where the programme or the draft that was gone through is another by now."""
    if now.found is None:
        return None
    present = {one.rule for one in now.trials}
    if all(one.rule in present for one in now.found.trials if one.name in (HOLDS, DRAFT)):
        return None
    return words().text("Your programme or your draft has changed since this was worked out.")


def _onward(now: _Now) -> Onward | None:
    """Where to look at what was tried once more, and decide on it."""
    trial = next((one for one in now.found.trials if one.name != HOLDS), None) if now.found else None
    if trial is None:
        return None
    rule, fields = trial.rule, typed(trial.rule)
    try:
        whole = carried(now.versions, read_programme(fields, rule.currency)) == rule
    except BadProgramme:
        return None
    return Onward(title_of(trial, words()), link("/loyalty", fields) + "#answer") if whole else None


def _can_begin(now: _Now) -> bool:
    known = now.standing.progress.stage == "read" and now.standing.sight.customers
    return known and not (now.task is not None and now.task.active)


def _files() -> dict[str, str]:
    margin = {"margin": request.args["margin"]} if "margin" in request.args else {}
    return {name: link("/loyalty/cost", {"format": "csv", "table": name, **margin}) for name in ("costs", "shipping")}


def _file_asked(now: _Now) -> Response | None:
    """The result as a file, where that is what was asked for."""
    if request.args.get("format") != "csv":
        return None
    margin, problem = _margin()
    if problem or now.found is None:
        raise Malformed(problem or "Nothing has been worked out yet.")
    found = now.found
    if request.args.get("table") == "shipping":
        every = [one for one in thresholds(found.sums.sold.values) if one.reach or one.near]
        return _file(SHIPPING.lines(every, found.currency), "free_shipping.csv")
    rows = ((found, one) for one in costs(found, margin))
    return _file(COSTS.lines(rows, found.currency), "programme_cost.csv")


def _file(lines: Iterable[str], name: str) -> Response:
    response = Response("".join(lines), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@blueprint.post("/work-out")
def work_out() -> Response:
    """Go through the shop's orders: by what was sent, or by the programme and the draft."""
    here, body = current_shop(), json_body()
    sent = {name: body[name] for name in FIELDS if name in body}
    with parts().database.transaction() as session:
        shop = get_shop(session, here.id)
        if shop.settings_at is None:
            raise Malformed("Your shop's currency is still being read. Try again in a minute.")
        trials, _ = _trials(session, shop, sent or None)
        known = _is_known(found_of(session, here.id), trials, shop)
        if not known:
            ask(session, here.id, trials, here.staff_id, parts().clock())
    said = "Nothing has changed since: this is how it stands." if known else "It is being worked out."
    guided = sent and body.get("then") == "start"
    back = link("/loyalty/start", {**sent, "step": "cost"}) if guided else link("/loyalty/cost")
    return answer({"go": back, "message": words().text(said)})


def _is_known(found: Found | None, trials: list[Trial], shop: Shop) -> bool:
    """Whether the same rules, orders and days would be gone through once more."""
    if found is None or found.trials != trials or found.facts != shop.facts_version:
        return False
    zone = ZoneInfo(shop.timezone)
    return local_day(found.span.until, zone) == local_day(parts().clock(), zone)
