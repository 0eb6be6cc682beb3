"""Loyalty > Products and seasons: what earns more, less or nothing; every change is a new version."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request
from msgspec import to_builtins
from msgspec.structs import replace

from shopify_app.changes.parts.queries import sales_of
from shopify_app.clock import LocalDay, day_start
from shopify_app.db.base import Session
from shopify_app.embedded.answers import wants_json
from shopify_app.embedded.body import json_body
from shopify_app.embedded.parts import parts
from shopify_app.embedded.request import current_shop
from shopify_app.embedded.screen import answer, link, show, unchanged, version, words
from shopify_app.language import Words
from shopify_app.loyalty.programme.form import BadProgramme
from shopify_app.loyalty.programme.queries import versions_of
from shopify_app.loyalty.programme.rate import ALL, COLLECTIONS, PRODUCTS, USUAL, MoonDays, Rate, Stretch, stretches
from shopify_app.loyalty.programme.rate_telling import (
    MONTH_TITLES,
    how_text,
    rate_text,
    season_text,
    stretch_texts,
    what_text,
)
from shopify_app.loyalty.programme.rates import (
    ALWAYS,
    DAY_FIELDS,
    DAYS,
    FIELDS,
    MOON,
    MOON_FIELDS,
    MOST,
    RAMADAN_SEASON,
    SEASONS,
    TEN_DAYS_SEASON,
    read_rate,
    with_rate,
)
from shopify_app.loyalty.programme.rule import Rule
from shopify_app.loyalty.programme.telling import points_text
from shopify_app.loyalty.simulator.queries import ask
from shopify_app.loyalty.simulator.trial import HOLDS, TYPED, Trial
from shopify_app.pages.loyalty.deciding import holding, let_hold
from shopify_app.products.asking import request_collections
from shopify_app.products.presenting import left_out
from shopify_app.products.queries import collections_of, reading_of
from shopify_app.retention.panel import Standing, standing
from shopify_app.retention.presenting import Choice
from shopify_app.segments.queries import newest_products
from shopify_app.shops.queries import get_shop

blueprint = Blueprint("loyalty_rates", __name__, url_prefix="/loyalty/rates")

WHAT_TITLES = {ALL: "All products", PRODUCTS: "Some products", COLLECTIONS: "Some collections"}
SEASON_TITLES = {
    ALWAYS: "Always",
    DAYS: "On certain days",
    RAMADAN_SEASON: "Every Ramadan",
    TEN_DAYS_SEASON: "The first ten days of every Dhu al-Hijja",
    MOON: "On certain days of the Hijri year",
}
NOW_TITLES = {"always": "Always", "running": "Now", "coming": "Coming", "over": "Over"}
_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Line:
    """One rate of the programme."""

    rate: str
    title: str
    points: str
    season: str
    sun: str
    """Its days now, next or last, in the calendar of the sun; empty for always."""
    moon: str
    state: str


@dataclass(frozen=True, slots=True)
class Offered:
    """One way to go on, as a link."""

    title: str
    href: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What it says, before it is decided."""

    sentences: list[str]
    sent: Mapping[str, str]
    on_own_orders: bool


@dataclass(frozen=True, slots=True)
class Form:
    """One more rate, as far as it is typed."""

    what: str
    season: str
    fields: Mapping[str, str]
    problems: Mapping[str, str]
    of: list[Choice]
    notes: list[str]
    """What cannot be chosen, and why."""
    days: tuple[str, ...]
    months: list[Choice]
    last_months: list[Choice]
    preview: Preview | None


@dataclass(frozen=True, slots=True)
class RatesPage:
    """Loyalty > Products and seasons."""

    programme: bool
    lines: list[Line]
    whats: list[Offered]
    seasons: list[Offered]
    form: Form | None
    full: bool
    hijri: bool
    """Whether any day of the Hijri year is shown."""


@blueprint.get("")
def rates() -> Response:
    """The rates of the programme that holds, and one more as somebody types it."""
    with parts().database.reading() as session:
        now, versions = standing(session, current_shop().id), versions_of(session, current_shop().id)
        etag = version(now.etag, [one.number for one in versions])
        if same := unchanged(etag):
            return same
        rule = versions[-1].rule if versions else None
        if wants_json():
            return answer({"rates": to_builtins(rule.rates) if rule else []}, etag)
        full = rule is not None and len(rule.rates) >= MOST
        form = _form(session, rule, now) if rule and not full else None
    lines = [_line(rate, now.today) for rate in rule.rates] if rule else []
    page = RatesPage(
        programme=rule is not None,
        lines=lines,
        whats=_whats(form),
        seasons=_seasons(form) if form else [],
        form=form,
        full=full,
        hijri=any(line.moon for line in lines) or form is not None,
    )
    status = 400 if form and form.problems else 200
    return show("loyalty/rates.html", page, words().text("Products and seasons"), etag, status)


def _line(rate: Rate, today: LocalDay) -> Line:
    spoken = words()
    state, stretch = _now(rate, today)
    sun, moon = stretch_texts(stretch, spoken) if stretch else ("", "")
    return Line(
        rate=rate.id,
        title=what_text(rate, spoken),
        points=how_text(rate.percent, spoken),
        season=_season(rate, spoken),
        sun=sun,
        moon=moon,
        state=spoken.text(NOW_TITLES[state]),
    )


def _season(rate: Rate, spoken: Words) -> str:
    """When it comes: certain days stand beside it."""
    if isinstance(rate.when, MoonDays):
        return season_text(rate.when, spoken)
    return spoken.text(SEASON_TITLES[ALWAYS if rate.when is None else DAYS])


def _now(rate: Rate, today: LocalDay) -> tuple[str, Stretch | None]:
    """Whether its season is now, to come or over, and its days; those of the next time where it comes again."""
    if rate.when is None:
        return "always", None
    found = list(stretches(rate.when, today))
    ahead = next((one for one in found if today <= one.last), None)
    if ahead is None:
        return "over", found[-1] if found else None
    return "running" if ahead.first <= today else "coming", ahead


def _whats(form: Form | None) -> list[Offered]:
    now = form.what if form else None
    return [
        Offered(words().text(title), _link(what, RAMADAN_SEASON if what == ALL else ALWAYS), what == now)
        for what, title in WHAT_TITLES.items()
    ]


def _seasons(form: Form) -> list[Offered]:
    return [
        Offered(words().text(title), _link(form.what, season), season == form.season)
        for season, title in SEASON_TITLES.items()
        if not (form.what == ALL and season == ALWAYS)
    ]


def _link(what: str, season: str) -> str:
    return link("/loyalty/rates", {"what": what, "season": season})


def _form(session: Session, rule: Rule, now: Standing) -> Form | None:
    what, season = request.args.get("what"), request.args.get("season", "")
    if what not in WHAT_TITLES or season not in SEASONS or (what == ALL and season == ALWAYS):
        return None
    spoken, named = words(), _named(session, what)
    fields: dict[str, Any] = {name: request.args.get(name, "") for name in FIELDS} | {"of": request.args.getlist("of")}
    sent, problems, preview = {"what": what, "season": season, **fields}, dict[str, str](), None
    if "times" in request.args:
        try:
            rate = read_rate(sent, "", named, now.shop.timezone)
            with_rate(rule, rate)
            said = rate_text(rate, rule.name, spoken), *_gains(session, rule, rate, now)
            preview = _preview(rate, sent, now, said)
        except BadProgramme as bad:
            problems = {name: spoken.text(one.key, **one.values) for name, one in bad.problems.items()}
    return Form(
        what=what,
        season=season,
        fields=fields,
        problems=problems,
        of=[Choice(str(one), title, str(one) in fields["of"]) for one, title in named.items()],
        notes=_notes(session, what, named),
        days={DAYS: DAY_FIELDS, MOON: MOON_FIELDS}.get(season, ()),
        months=_months(fields["first_month"]),
        last_months=_months(fields["last_month"]),
        preview=preview,
    )


def _months(chosen: str) -> list[Choice]:
    titles = {str(number): words().text(title) for number, title in enumerate(MONTH_TITLES, 1)}
    now = chosen if chosen in titles else "1"
    return [Choice(number, title, number == now) for number, title in titles.items()]


def _named(session: Session, what: str) -> dict[int, str]:
    """What can be chosen, by number."""
    if what == PRODUCTS:
        return newest_products(session, current_shop().id)
    if what == COLLECTIONS:
        return {one.collection_id: one.title for one in collections_of(session, current_shop().id)}
    return {}


def _notes(session: Session, what: str, named: Mapping[int, str]) -> list[str]:
    if what == PRODUCTS and not named:
        return [words().text("No product was sold yet that could be chosen.")]
    if what == COLLECTIONS:
        return [
            *left_out(reading_of(session, current_shop().id), words()),
            words().text("Collections are read each night. What counts is what stood there when the order was placed."),
        ]
    return []


def _gains(session: Session, rule: Rule, rate: Rate, now: Standing) -> list[str]:
    """Who bought it in the last twelve months, and what they would have earned more or less."""
    if rate.what == ALL or not now.sight.customers:
        return []
    spoken = words()
    since = day_start(LocalDay(now.today - _YEAR), ZoneInfo(now.shop.timezone))
    sold = sales_of(session, current_shop().id, rate, rule.currency, since)
    if not sold.customers:
        return [spoken.text("Nobody bought this in the last 12 months.")]
    usual = sold.value * rule.points // rule.per
    change = usual * abs(rate.percent - USUAL) // USUAL
    values = {"sales": spoken.money(sold.value, rule.currency), "points": points_text(change, spoken)}
    if rate.percent > USUAL:
        said = spoken.plural(
            "In the last 12 months {n} customer bought this, for {sales}: all year, that would be {points} more.",
            "In the last 12 months {n} customers bought this, for {sales}: all year, that would be {points} more.",
            sold.customers,
            **values,
        )
    else:
        said = spoken.plural(
            "In the last 12 months {n} customer bought this, for {sales}: all year, that would be {points} fewer.",
            "In the last 12 months {n} customers bought this, for {sales}: all year, that would be {points} fewer.",
            sold.customers,
            **values,
        )
    return [said]


def _preview(rate: Rate, sent: Mapping[str, Any], now: Standing, texts: Sequence[str]) -> Preview:
    spoken = words()
    terms, *gains = texts
    said = [terms]
    _, stretch = _now(rate, now.today)
    if stretch:
        sun, moon = stretch_texts(stretch, spoken)
        said.append(spoken.text("{days}, that is {moon_days}.", days=sun, moon_days=moon))
    said += gains
    plain = {name: value for name, value in sent.items() if name != "of" and value} | {"of": ",".join(sent["of"])}
    known = now.progress.stage == "read" and now.sight.customers
    return Preview(said, plain, known)


@blueprint.post("/add")
def add() -> Response:
    """Let some products or seasons earn otherwise, from now on; earlier orders keep what they earned."""
    with parts().database.transaction() as session:
        rule = holding(session)
        more = with_rate(rule, _sent(session))
        if more != rule:
            let_hold(session, more)
        if more.collections - rule.collections:
            # What stands in them now, and not what stood there last night.
            request_collections(session, current_shop().id, current_shop().staff_id, parts().clock())
    return answer({"go": link("/loyalty/rates"), "message": words().text("Added. It holds for orders from now on.")})


@blueprint.post("/take-out")
def take_out() -> Response:
    """Let it earn as usual again, from now on."""
    wanted: Any = json_body().get("rate")
    with parts().database.transaction() as session:
        rule = holding(session)
        left = replace(rule, rates=tuple(one for one in rule.rates if one.id != wanted))
        if left != rule:
            let_hold(session, left)
    said = "Taken out. Earlier orders keep what they earned."
    return answer({"go": link("/loyalty/rates"), "message": words().text(said)})


@blueprint.post("/work-out")
def work_out() -> Response:
    """Go through the shop's orders by the programme as it is, and with what was typed."""
    here = current_shop()
    with parts().database.transaction() as session:
        rule = holding(session)
        trials = [Trial(HOLDS, replace(rule, earning=True))]
        trials.append(Trial(TYPED, with_rate(trials[0].rule, _sent(session))))
        ask(session, here.id, trials, here.staff_id, parts().clock())
    return answer({"go": link("/loyalty/cost"), "message": words().text("It is being worked out.")})


def _sent(session: Session) -> Rate:
    body = json_body()
    named = _named(session, str(body.get("what")))
    return read_rate(body, secrets.token_hex(8), named, get_shop(session, current_shop().id).timezone)
