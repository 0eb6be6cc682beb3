"""Loyalty > Set up: a programme in four screens, from how people earn to switching it on.

What was typed stands in the address: nothing is kept before somebody says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request

from shopify_app.db.base import Session
from shopify_app.embedded.parts import parts
from shopify_app.embedded.request import current_shop
from shopify_app.embedded.screen import link, show, unchanged, version, words
from shopify_app.loyalty.programme import telling
from shopify_app.loyalty.programme.form import NEVER, BadProgramme, as_typed, read_programme, ready, typed
from shopify_app.loyalty.programme.name import read_called
from shopify_app.loyalty.programme.prizes import carried
from shopify_app.loyalty.programme.queries import draft_of, versions_of
from shopify_app.loyalty.programme.rule import Rule
from shopify_app.loyalty.simulator.model import SIMULATE
from shopify_app.loyalty.simulator.queries import found_of
from shopify_app.pages.loyalty.called import called_choices, naming_href
from shopify_app.pages.loyalty.costing import MARGIN, Measure, read_margin, told, working
from shopify_app.pages.loyalty.panel import (
    ENDS_TITLES,
    READY_TITLES,
    chosen_of,
    problems_of,
)
from shopify_app.pages.loyalty.previewing import Preview, preview_of
from shopify_app.retention.panel import Standing, keep_sums, standing
from shopify_app.retention.presenting import Choice
from shopify_app.retention.window_sums.queries import WindowSums
from shopify_app.tasks.queries import latest
from shopify_app.tasks.view import TaskView

blueprint = Blueprint("loyalty_start", __name__, url_prefix="/loyalty/start")

EARN, GET, COST, LAUNCH = "earn", "get", "cost", "launch"
STEP_TITLES = {
    EARN: "How people earn",
    GET: "What they get",
    COST: "What it costs you",
    LAUNCH: "Switch it on",
}
SUGGESTED = "balanced"
WHY = {
    "simple": "Easy to explain: points for what people pay.",
    "balanced": "For people to come back: more for the first order, and on the birthday.",
    "cashback": "Reads like money: 100 points are worth {amount}.",
}
_ASKED = {
    EARN: ("points", "per", "wait_days", "first_order", "birthday", "called"),
    GET: ("reward_points", "reward", "code_days", "ends", "ends_after"),
}
"""What each screen asks for; whatever else is typed, or stands in a ready programme, is carried along."""


@dataclass(frozen=True, slots=True)
class Step:
    """One of the four screens."""

    name: str
    title: str
    href: str | None
    """None for one that cannot be gone to from here."""
    current: bool


@dataclass(frozen=True, slots=True)
class Begin:
    """A ready programme to begin with."""

    title: str
    why: str
    sentence: str
    href: str
    chosen: bool
    suggested: bool


@dataclass(frozen=True, slots=True)
class Simulated:
    """What was found of this very programme on the shop's own orders, or how far that is."""

    sentence: str
    measures: Sequence[Measure]
    working: str | None
    bar: int
    full: int


@dataclass(frozen=True, slots=True)
class StartPage:
    """One screen of the four."""

    step: str
    steps: Sequence[Step]
    sentence: str
    begins: Sequence[Begin]
    fields: Mapping[str, str]
    carried: Mapping[str, str]
    """What this screen does not ask for."""
    ends: Sequence[Choice]
    called: Sequence[Choice]
    """What shoppers call their points."""
    another: str
    """Where they are given another name."""
    problems: Mapping[str, str]
    elsewhere: Sequence[str]
    """What is wrong with what none of the four screens asks for."""
    currency: str
    preview: Preview | None
    simulated: Simulated
    next: str | None
    running: bool
    """Whether a programme is on, or was."""


@blueprint.get("")
def start() -> Response:
    """The screen that was asked for; the one with the first thing to mend, where something typed cannot be."""
    with parts().database.reading() as session:
        now, here = standing(session, current_shop().id), current_shop().id
        versions, draft, task = versions_of(session, here), draft_of(session, here), latest(session, here, SIMULATE)
        at_work = task and (task.id, task.state, task.done)
        etag = version(now.etag, [one.number for one in versions], draft, at_work)
        if same := unchanged(etag):
            return same
        sums = WindowSums(session, here)
        page = _page(session, now, task, sums)
    keep_sums(sums, now)
    return show("loyalty/start.html", page, words().text("Set up your programme"), etag, 400 if page.problems else 200)


def _page(session: Session, now: Standing, task: TaskView | None, sums: WindowSums) -> StartPage:
    versions, draft = versions_of(session, current_shop().id), draft_of(session, current_shop().id)
    currency, holds = now.shop.currency, versions[-1].rule if versions else None
    offered = ready(currency)
    usable = next((rule for rule in (draft, holds) if rule and rule.currency == currency), offered[SUGGESTED])
    fields = as_typed(request.args, usable)
    step, problems, rule = request.args.get("step", EARN), dict[str, str](), None
    try:
        rule = carried(versions, read_programme(fields, currency))
    except BadProgramme as bad:
        problems = problems_of(bad)
    step = _where(step, problems)
    asked = _ASKED.get(step, ())
    names = list(STEP_TITLES)
    return StartPage(
        step=step,
        steps=_steps(step, fields),
        sentence=words().text(SENTENCES[step]),
        begins=_begins(offered, fields, step) if step == EARN else [],
        fields=fields,
        carried={name: value for name, value in fields.items() if name not in asked},
        ends=chosen_of(ENDS_TITLES, fields["ends"], NEVER),
        called=called_choices(read_called(fields["called"])),
        another=naming_href(fields, running=holds is not None),
        problems=problems,
        elsewhere=[said for name, said in problems.items() if not any(name in one for one in _ASKED.values())],
        currency=currency,
        preview=preview_of(session, rule, versions, sums, now) if rule and step in (COST, LAUNCH) else None,
        simulated=_simulated(session, now, rule, task),
        next=None if step == LAUNCH else names[names.index(step) + 1],
        running=holds is not None,
    )


def _where(step: str, problems: Mapping[str, str]) -> str:
    """The screen to show: of several with something to mend the first."""
    wrong = next((name for name, asked in _ASKED.items() if problems.keys() & set(asked)), EARN if problems else None)
    return wrong or (step if step in STEP_TITLES else EARN)


def _steps(step: str, fields: Mapping[str, str]) -> list[Step]:
    names = list(STEP_TITLES)
    here = names.index(step)
    return [
        Step(
            name,
            words().text(STEP_TITLES[name]),
            link("/loyalty/start", {**fields, "step": name}) if at < here else None,
            at == here,
        )
        for at, name in enumerate(names)
    ]


SENTENCES = {
    EARN: "Begin with a ready programme, and change what you like. Nothing starts until you say so.",
    GET: "More kinds of rewards, such as free shipping, can be added once the programme is on.",
    COST: "What it would have cost is known before anybody earns a point.",
    LAUNCH: "Read once more what your customers would read. You can pause at any time.",
}


def _begins(offered: Mapping[str, Rule], fields: Mapping[str, str], step: str) -> list[Begin]:
    return [
        Begin(
            title=words().text(READY_TITLES[name]),
            why=words().text(WHY[name], amount=words().money(rule.worth(100), rule.currency)),
            sentence=telling.cost_text(rule, words()),
            href=link("/loyalty/start", {**begun, "step": step}),
            chosen=begun == dict(fields),
            suggested=name == SUGGESTED,
        )
        for name, rule in offered.items()
        for begun in (typed(rule) | {"called": fields["called"]},)
    ]


def _simulated(session: Session, now: Standing, rule: Rule | None, task: TaskView | None) -> Simulated:
    """Of the last result, the part that is about this rule; nothing where it is about others."""
    found, spoken, measures = found_of(session, current_shop().id), words(), list[Measure]()
    sentence = ""
    if found and (at := next((n for n, one in enumerate(found.trials) if one.rule == rule), None)) is not None:
        whole = told(found, read_margin(MARGIN), ZoneInfo(now.shop.timezone), spoken)
        sentence, measures = whole.sentence, [Measure(one.title, [one.values[at]]) for one in whole.measures]
    active = task is not None and task.active
    return Simulated(
        sentence=sentence,
        measures=measures,
        working=working(task, spoken),
        bar=task.done if task and active else 0,
        full=task.total or 0 if task and active else 0,
    )
