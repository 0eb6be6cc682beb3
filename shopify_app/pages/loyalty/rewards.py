"""Loyalty > Rewards: what points are redeemed for beside an amount off; every change is a new version."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request
from msgspec.structs import asdict, replace

from shopify_app.db.base import Session
from shopify_app.embedded.answers import wants_json
from shopify_app.embedded.body import json_body
from shopify_app.embedded.parts import parts
from shopify_app.embedded.request import current_shop
from shopify_app.embedded.screen import answer, link, show, unchanged, version, words
from shopify_app.errors import Malformed
from shopify_app.loyalty.programme.form import GIVEN_AWAY, TOO_DEAR, BadProgramme, Problem
from shopify_app.loyalty.programme.prize import AMOUNT, CREDIT, FIRST, KINDS, PERCENT, PRODUCT, SHIPPING, Prize
from shopify_app.loyalty.programme.prizes import ASKED, MOST, prizes_of, read_prize
from shopify_app.loyalty.programme.queries import versions_of
from shopify_app.loyalty.programme.rule import Rule
from shopify_app.loyalty.programme.telling import points_text, prize_text, reward_text
from shopify_app.pages.loyalty.deciding import holding, let_hold
from shopify_app.retention.panel import standing
from shopify_app.segments.queries import newest_products
from shopify_app.shops import access

blueprint = Blueprint("loyalty_rewards", __name__, url_prefix="/loyalty/rewards")

KIND_TITLES = {
    PERCENT: "Percent off an order",
    SHIPPING: "Free shipping",
    PRODUCT: "A free product",
    AMOUNT: "Another amount off an order",
    CREDIT: "Store credit",
}
NOTES = {
    PERCENT: "Shopify cannot cap what a percentage takes off: from a large order it takes a large amount.",
    SHIPPING: "The code goes with no other code or discount. It is for shipping anywhere, whatever it costs.",
    PRODUCT: "The code takes the price off one piece, up to the amount you write. It goes with free shipping only.",
    AMOUNT: "The code is for orders that cost at least as much. It goes with free shipping only.",
    CREDIT: "Shopify adds it to the customer's store credit at once, without a code. Who has an account in your shop "
    "pays with it at the checkout, beside any discount, for five years.",
}
_FULL = "A programme has ten more rewards at most. Take one out first."


@dataclass(frozen=True, slots=True)
class Line:
    """One reward of the programme."""

    title: str
    points: str
    prize: str | None
    """Which one can be taken out; None of the first, which says what a point is worth."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a list to choose from."""

    value: str
    title: str
    href: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Form:
    """One more reward, as far as it is typed."""

    kind: str
    title: str
    note: str
    asked: tuple[str, ...]
    fields: Mapping[str, str]
    problems: Mapping[str, str]
    products: list[Choice]
    preview: list[str]
    """What it says and costs; empty before it can be added."""
    sent: Mapping[str, str]
    scope: str | None
    """What Shopify asks the merchant for before it can be added."""


@dataclass(frozen=True, slots=True)
class RewardsPage:
    """Loyalty > Rewards."""

    lines: list[Line]
    kinds: list[Choice]
    form: Form | None
    currency: str
    full: bool
    without: list[str]


@blueprint.get("")
def rewards() -> Response:
    """The rewards of the programme that holds, and one more as somebody types it."""
    with parts().database.reading() as session:
        now, versions = standing(session, current_shop().id), versions_of(session, current_shop().id)
        etag = version(now.etag, [one.number for one in versions], now.shop.scopes)
        if same := unchanged(etag):
            return same
        rule = versions[-1].rule if versions else None
        if wants_json():
            return answer({"rewards": [asdict(prize) for prize in prizes_of(rule)] if rule else []}, etag)
        form = _form(session, rule) if rule else None
    full = rule is not None and len(rule.others) >= MOST
    page = RewardsPage(
        lines=[_line(prize, rule) for prize in prizes_of(rule)] if rule else [],
        kinds=_kinds(form) if rule and not full else [],
        form=None if full else form,
        currency=rule.currency if rule else now.shop.currency,
        full=full,
        without=_without(now.shop.scopes, rule),
    )
    status = 400 if form and form.problems else 200
    return show("loyalty/rewards.html", page, words().text("Rewards"), etag, status)


def _without(scopes: str, rule: Rule | None) -> list[str]:
    """What the rewards that there are, or the one that is being added, cannot do for want of a permission."""
    kinds = (
        {request.args.get("kind"), *(prize.kind for prize in prizes_of(rule))} if rule else {request.args.get("kind")}
    )
    wanted = [access.CREDIT] if CREDIT in kinds else []
    if rule:
        wanted.insert(0, access.REWARDS)
    return [words().text(need.without) for need in wanted if not access.allows(scopes, need.scope)]


def _line(prize: Prize, rule: Rule) -> Line:
    spoken = words()
    out = None if prize.id == FIRST else prize.id
    return Line(prize_text(prize, rule.currency, spoken), points_text(prize.points, spoken), out)


def _kinds(form: Form | None) -> list[Choice]:
    chosen = form.kind if form else None
    return [
        Choice(kind, words().text(title), link("/loyalty/rewards", {"kind": kind}), kind == chosen)
        for kind, title in KIND_TITLES.items()
    ]


def _form(session: Session, rule: Rule) -> Form | None:
    kind, spoken = request.args.get("kind"), words()
    if kind not in KINDS:
        return None
    products = newest_products(session, current_shop().id) if kind == PRODUCT else {}
    fields = {name: request.args.get(name, "") for name in ASKED[kind]}
    prize, problems = None, dict[str, str]()
    if "points" in request.args:
        try:
            prize = read_prize({"kind": kind, **fields}, "", rule.currency, products)
        except BadProgramme as bad:
            problems = {name: spoken.text(one.key, **one.values) for name, one in bad.problems.items()}
    chosen = fields.get("product") or str(next(iter(products), ""))
    return Form(
        kind=kind,
        title=spoken.text(KIND_TITLES[kind]),
        note=spoken.text(NOTES[kind]),
        asked=ASKED[kind],
        fields=fields,
        problems=problems,
        products=[Choice(str(one), title, "", str(one) == chosen) for one, title in products.items()],
        preview=_preview(prize, rule) if prize else [],
        sent={"kind": kind, **fields},
        scope=access.CREDIT.asked if kind == CREDIT else None,
    )


def _preview(prize: Prize, rule: Rule) -> list[str]:
    """What it says, what somebody has to buy for it, and what it costs beside the first reward."""
    spoken = words()
    points = points_text(prize.points, spoken)
    bought = spoken.money(-(-prize.points * rule.per // rule.points), rule.currency)
    said = [
        reward_text(prize, rule, spoken),
        spoken.text("{points} are earned by buying for {amount}, bonuses aside.", points=points, amount=bought),
        spoken.text(
            "For as many points the amount off would be {amount}.",
            amount=spoken.money(rule.worth(prize.points), rule.currency),
        ),
    ]
    if prize.kind == SHIPPING:
        said.append(spoken.text("What it costs you is what the shipping of that order costs."))
    return said


@blueprint.post("/add")
def add() -> Response:
    """Let customers redeem points for one more reward, from now on."""
    with parts().database.transaction() as session:
        rule = holding(session)
        if len(rule.others) >= MOST:
            raise Malformed(_FULL)
        products = newest_products(session, current_shop().id)
        prize = read_prize(json_body(), secrets.token_hex(8), rule.currency, products)
        if rule.is_too_dear(prize):
            raise BadProgramme({"value": Problem(TOO_DEAR)})
        if replace(rule, others=(*rule.others, prize)).is_given_away:
            raise BadProgramme({"points": Problem(GIVEN_AWAY)})
        if not any(replace(one, id="") == replace(prize, id="") for one in rule.others):
            let_hold(session, replace(rule, others=(*rule.others, prize)))
    return answer({"go": link("/loyalty/rewards"), "message": words().text("Added.")})


@blueprint.post("/take-out")
def take_out() -> Response:
    """Offer a reward no more; codes that were made of it stay good."""
    wanted: Any = json_body().get("prize")
    with parts().database.transaction() as session:
        rule = holding(session)
        let_hold(session, replace(rule, others=tuple(one for one in rule.others if one.id != wanted)))
    return answer(
        {"go": link("/loyalty/rewards"), "message": words().text("Taken out. Codes that were made stay good.")}
    )
