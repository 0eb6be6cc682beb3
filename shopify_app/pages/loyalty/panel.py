"""Loyalty: the programme, what it would cost, switching it on and pausing it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request
from msgspec import to_builtins
from msgspec.structs import replace

from shopify_app.clock import day_start, local_day
from shopify_app.db.base import Session
from shopify_app.embedded.answers import wants_json
from shopify_app.embedded.body import json_body
from shopify_app.embedded.parts import parts
from shopify_app.embedded.request import current_shop
from shopify_app.embedded.screen import answer, link, show, unchanged, version, words
from shopify_app.errors import Malformed
from shopify_app.loyalty.ledger.queries import total_of
from shopify_app.loyalty.programme import telling
from shopify_app.loyalty.programme.form import (
    AFTER,
    FIELDS,
    GREGORIAN,
    HIJRI,
    NEVER,
    QUIET,
    BadProgramme,
    as_typed,
    read_programme,
    ready,
    starting_day,
    typed,
)
from shopify_app.loyalty.programme.model import START
from shopify_app.loyalty.programme.name import read_called
from shopify_app.loyalty.programme.prizes import carried
from shopify_app.loyalty.programme.queries import dated_draft, draft_of, save_draft, versions_of
from shopify_app.loyalty.programme.rule import Rule, Version, unchanged_since
from shopify_app.loyalty.rewards.redeeming import OtherCurrency
from shopify_app.pages.loyalty.birthdays import Birthdays, birthdays_of, birthdays_told
from shopify_app.pages.loyalty.called import called_choices, naming_href
from shopify_app.pages.loyalty.deciding import let_hold_of_all
from shopify_app.pages.loyalty.figures import facts_of
from shopify_app.pages.loyalty.in_shopify import InShopify, in_shopify
from shopify_app.pages.loyalty.previewing import Preview, preview_of
from shopify_app.pages.loyalty.versions import Line as VersionLine
from shopify_app.pages.loyalty.versions import newest
from shopify_app.retention.panel import Standing, keep_sums, standing
from shopify_app.retention.presenting import Choice, Fact
from shopify_app.retention.window_sums.queries import WindowSums
from shopify_app.shops.access import POINTS_SHOWN, REWARDS, allows
from shopify_app.shops.queries import get_shop, lock_shop
from shopify_app.tasks.queries import hasten, latest
from shopify_app.tasks.queries import request as request_task

blueprint = Blueprint("loyalty", __name__, url_prefix="/loyalty")

ENDS_TITLES = {
    NEVER: "They never end",
    AFTER: "So many days after they could be spent",
    QUIET: "After so many days without an order",
}
CALENDAR_TITLES = {GREGORIAN: "Gregorian calendar", HIJRI: "Hijri calendar"}
_ON = "On. Each order from now on earns points."
READY_TITLES = {"simple": "Simple", "balanced": "Balanced", "cashback": "Cashback"}


@dataclass(frozen=True, slots=True)
class Offer:
    """A ready programme to begin with."""

    title: str
    sentence: str
    href: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class ProgrammePage:
    """Loyalty > Programme."""

    state: str
    """none, draft, on or paused."""
    sentence: str
    terms: list[str]
    """Of the programme that holds."""
    facts: list[Fact]
    birthdays: list[str]
    """Of how many customers a birth date is known, where that gives them anything."""
    offers: list[Offer]
    fields: Mapping[str, str]
    ends: Sequence[Choice]
    """When points end."""
    calendars: Sequence[Choice]
    """By which birthdays are kept."""
    called: Sequence[Choice]
    """What shoppers call their points."""
    another: str
    """Where they are given another name."""
    problems: Mapping[str, str]
    preview: Preview | None
    currency: str
    other_currency: str | None
    without: str | None
    """What cannot be done before a permission is given."""
    starts: str | None
    """That the draft is switched on by itself, and when."""
    stopped: str | None
    """Why it was not."""
    versions: Sequence[VersionLine]
    """The last that there were."""
    in_shopify: InShopify | None
    """None before there is a programme."""


@blueprint.get("")
def programme() -> Response:
    """The programme as it stands, and as somebody thinks of having it."""
    with parts().database.reading() as session:
        now = standing(session, current_shop().id)
        versions, draft = versions_of(session, current_shop().id), draft_of(session, current_shop().id)
        dated, start = dated_draft(session, current_shop().id), latest(session, current_shop().id, START)
        at = dated and dated.starts_at, start and start.state
        births = birthdays_of(session, current_shop().id, versions[-1].rule) if versions else None
        etag = version(now.etag, [one.number for one in versions], draft, now.shop.scopes, at, births)
        if same := unchanged(etag):
            return same
        if wants_json():
            shown = allows(now.shop.scopes, POINTS_SHOWN.scope)
            told = {"birthdays": births and asdict(births), "shown_in_shopify": bool(versions) and shown}
            return answer(_document(session, versions, draft) | told, etag)
        sums = WindowSums(session, current_shop().id)
        page = _page(session, now, versions, draft, sums, births)
    keep_sums(sums, now)
    return show("loyalty/programme.html", page, words().text("Loyalty"), etag, 400 if page.problems else 200)


def _state(versions: Sequence[Version], draft: Rule | None) -> str:
    if versions:
        return "on" if versions[-1].rule.earning else "paused"
    return "none" if draft is None else "draft"


def _document(session: Session, versions: Sequence[Version], draft: Rule | None) -> dict[str, Any]:
    total, holds = total_of(session, current_shop().id), versions[-1] if versions else None
    points = {name: getattr(total, name) for name in ("accounts", "holders", "available", "pending", "debt")}
    rule = to_builtins(holds.rule) if holds else None
    dated = dated_draft(session, current_shop().id)
    return {
        "state": _state(versions, draft),
        "starts_at": dated and dated.starts_at.isoformat(),
        "version": holds and {"number": holds.number, "since": holds.since.isoformat(), "rule": rule},
        "draft": draft and to_builtins(draft),
        "points": points if versions else None,
    }


def _page(
    session: Session,
    now: Standing,
    versions: Sequence[Version],
    draft: Rule | None,
    sums: WindowSums,
    births: Birthdays | None,
) -> ProgrammePage:
    spoken, currency, starts = words(), now.shop.currency, _starts(session, now)
    holds = versions[-1] if versions else None
    offered = ready(currency)
    usable = next((rule for rule in (draft, holds and holds.rule) if rule and rule.currency == currency), None)
    fields, problems, rule = as_typed(request.args, usable or offered["simple"]), {}, draft
    if request.args.keys() & set(FIELDS):
        try:
            rule = carried(versions, read_programme(fields, currency))
        except BadProgramme as bad:
            rule, problems = None, problems_of(bad)
    return ProgrammePage(
        state=_state(versions, draft),
        sentence=_sentence(now, versions, draft, dated=starts is not None),
        terms=telling.terms(holds.rule, spoken, now.today) if holds else [],
        facts=facts_of(session, holds.rule) if holds else [],
        birthdays=birthdays_told(births, spoken) if births else [],
        offers=_offers(offered, fields),
        fields=fields,
        ends=chosen_of(ENDS_TITLES, fields["ends"], NEVER),
        calendars=chosen_of(CALENDAR_TITLES, fields["calendar"], GREGORIAN),
        called=called_choices(read_called(fields["called"])),
        another=naming_href(fields, running=bool(versions)),
        problems=problems,
        preview=preview_of(session, rule, versions, sums, now) if rule and rule.currency == currency else None,
        currency=currency,
        other_currency=_other_currency(holds, currency),
        without=None if allows(now.shop.scopes, REWARDS.scope) else spoken.text(REWARDS.without),
        starts=starts,
        stopped=_stopped(session) if draft else None,
        versions=newest(session, ZoneInfo(now.shop.timezone)) if versions else [],
        in_shopify=in_shopify(now.shop.scopes) if versions else None,
    )


def _starts(session: Session, now: Standing) -> str | None:
    dated = dated_draft(session, current_shop().id)
    if dated is None:
        return None
    day = local_day(dated.starts_at, ZoneInfo(now.shop.timezone))
    return words().text("Your draft is switched on by itself on {day}.", day=words().day(day))


def _stopped(session: Session) -> str | None:
    task = latest(session, current_shop().id, START)
    return words().text(task.error) if task and task.state == "failed" and task.error else None


def _sentence(now: Standing, versions: Sequence[Version], draft: Rule | None, *, dated: bool) -> str:
    spoken, state = words(), _state(versions, draft)
    if state == "none":
        return spoken.text("Choose a ready programme, or write your own. Nothing starts until you say so.")
    if state == "draft" and dated:
        return spoken.text("You have a draft.")
    if state == "draft":
        return spoken.text("You have a draft. Nothing starts until you switch it on.")
    since = spoken.day(local_day(unchanged_since(versions), ZoneInfo(now.shop.timezone)))
    if state == "on":
        return spoken.text("On since {day}. Each order from then on earns points.", day=since)
    return spoken.text("Paused since {day}. New orders earn nothing; pausing takes no points away.", day=since)


def _other_currency(holds: Version | None, currency: str) -> str | None:
    if holds is None or holds.rule.currency == currency:
        return None
    return words().text(
        "Your shop sells in {currency} now, and the programme is in {other}: orders earn nothing until you change it.",
        currency=currency,
        other=holds.rule.currency,
    )


def _offers(offered: Mapping[str, Rule], fields: Mapping[str, str]) -> list[Offer]:
    return [
        Offer(
            title=words().text(READY_TITLES[name]),
            sentence=telling.cost_text(rule, words()),
            href=link("/loyalty", begun),
            chosen=begun == dict(fields),
        )
        for name, rule in offered.items()
        for begun in (typed(rule) | {"called": fields["called"]},)
    ]


def chosen_of(titles: Mapping[str, str], chosen: str, usual: str) -> list[Choice]:
    """What can be chosen, with what is."""
    chosen = chosen if chosen in titles else usual
    return [Choice(value, words().text(title), value == chosen) for value, title in titles.items()]


def problems_of(bad: BadProgramme) -> dict[str, str]:
    """What is wrong, by field, in the language of whoever looks."""
    return {name: words().text(one.key, **one.values) for name, one in bad.problems.items()}


@blueprint.post("/draft")
def draft() -> Response:
    """Keep what was typed, without switching it on, or to be switched on by itself on the day `starts_on`."""
    here, rule, now = current_shop(), _sent(), parts().clock()
    said = words().text("Saved.")
    with parts().database.transaction() as session:
        zone = ZoneInfo(lock_shop(session, here.id).timezone)
        day = starting_day(json_body().get("starts_on"), local_day(now, zone))
        starts_at = day_start(day, zone) if day else None
        carried(versions_of(session, here.id), rule)
        save_draft(session, here.id, rule, here.staff_id, now, starts_at)
        if day:
            request_task(session, here.id, START, None, here.staff_id, now)
            hasten(session, here.id, START, now)
            said = words().text("Saved. It is switched on by itself on {day}.", day=words().day(day))
    return answer({"go": link("/loyalty"), "message": said})


@blueprint.post("/draft/keep")
def keep_draft() -> Response:
    """Let the draft be switched on by nobody but whoever presses the button."""
    here, now = current_shop(), parts().clock()
    with parts().database.transaction() as session:
        lock_shop(session, here.id)
        if dated := dated_draft(session, here.id):
            save_draft(session, here.id, dated.rule, here.staff_id, now)
    return answer({"go": link("/loyalty"), "message": words().text("It stays a draft.")})


@blueprint.post("/switch-on")
def switch_on() -> Response:
    """Let customers earn by what was typed, from now on; earlier orders keep the rule that they were placed under."""
    typed = _sent()
    on = _decide(lambda versions: carried(versions, typed))
    said = "Changed. Orders from now on follow it; earlier versions are below." if on else _ON
    return answer({"go": link("/loyalty"), "message": words().text(said)})


@blueprint.post("/pause")
def pause() -> Response:
    """Let new orders earn nothing; what was earned stays."""
    _decide(lambda versions: replace(_newest(versions).rule, earning=False))
    return answer({"go": link("/loyalty"), "message": words().text("Paused. Pausing takes no points away.")})


@blueprint.post("/resume")
def resume() -> Response:
    """Let orders earn again by the rule that was paused."""
    _decide(lambda versions: replace(_newest(versions).rule, earning=True))
    return answer({"go": link("/loyalty"), "message": words().text(_ON)})


def _newest(versions: Sequence[Version]) -> Version:
    if not versions:
        raise Malformed("There is no programme yet. Choose one first.")
    return versions[-1]


def _sent() -> Rule:
    with parts().database.reading() as session:
        shop = get_shop(session, current_shop().id)
    if shop.settings_at is None:
        raise Malformed("Your shop's currency is still being read. Try again in a minute.")
    return read_programme(json_body(), shop.currency)


def _decide(change: Callable[[Sequence[Version]], Rule]) -> bool:
    """Let hold what becomes of the versions that there are: nobody else decides meanwhile. Whether one was on."""
    with parts().database.transaction() as session:
        currency = lock_shop(session, current_shop().id).told_currency
        versions = versions_of(session, current_shop().id)
        rule = change(versions)
        if rule.earning and currency != rule.currency:
            raise OtherCurrency
        let_hold_of_all(session, rule)
    return bool(versions) and versions[-1].rule.earning
