"""Customers > one of them > Points: what they have, and every entry that made it."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from shopify_app.clock import Instant, local_day
from shopify_app.db.base import Database, Session, ShopId
from shopify_app.language import Words
from shopify_app.loyalty.ledger.causes import Use
from shopify_app.loyalty.ledger.entry import Head
from shopify_app.loyalty.ledger.model import PointsEntry
from shopify_app.loyalty.ledger.queries import causes_named, entries_of
from shopify_app.loyalty.ledger.tables import ENTRIES
from shopify_app.loyalty.programme.prize import AMOUNT, CREDIT, Prize
from shopify_app.loyalty.programme.prizes import prizes_of
from shopify_app.loyalty.programme.rule import Rule
from shopify_app.loyalty.programme.telling import points_text, prize_text
from shopify_app.loyalty.rewards.model import ASKED, CREDITED, MADE, REFUSED, RETURNED, RETURNING, USED, Reward
from shopify_app.loyalty.rewards.redeeming import use_key
from shopify_app.money import Minor, Money
from shopify_app.orders.queries import order_names
from shopify_app.pages.customer.points.by_hand import ByHand
from shopify_app.pages.loyalty.entries import Line, Paging, Reader, behind, told
from shopify_app.pages.loyalty.entry_file import FILED, filed
from shopify_app.retention.people.one.panel import Head as Above
from shopify_app.retention.presenting import Fact
from shopify_app.retention.story import Telling
from shopify_app.segments.queries import product_titles
from shopify_app.shops import access

ROWS, FILE_ROWS = 25, 1000
FILE = "customer_points.csv"
MOST_REWARDS = 10
ASKING = ("Shopify is being asked for the code.", "Shopify is being asked to add the store credit.")
STOPPING = ("Shopify is being asked to switch the code off.", "Shopify is being asked to take the store credit out.")
"""Of a code, and of store credit."""


@dataclass(frozen=True, slots=True)
class PointsPage:
    """The points of somebody."""

    head: Above
    sentence: str
    facts: list[Fact]
    rewards: "Rewards | None"
    by_hand: ByHand | None
    lines: list[Line]
    paging: Paging
    file: str = FILE


@dataclass(frozen=True, slots=True)
class Around:
    """What rewards are about."""

    titles: Mapping[int, str]
    """Of products that are free by them."""
    orders: Mapping[int, str]
    """What the orders are called that they were used for."""
    back: Mapping[str, int]
    """By reward, how many of its points came back."""


@dataclass(frozen=True, slots=True)
class RewardLine:
    """One reward."""

    code: str | None
    """None before there is one."""
    worth: str
    state: str
    sentence: str
    back: str | None
    """Which reward can be taken back; None where none can."""
    kind: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A reward that somebody's points reach."""

    prize: str
    title: str
    preview: str
    """What happens if it is asked for now."""
    next_id: str
    kind: str
    scope: str
    """The permission that it takes, as Shopify is asked for it."""


@dataclass(frozen=True, slots=True)
class Rewards:
    """What points can be redeemed for, and what they were."""

    sentence: str | None
    """How many points are missing."""
    offers: "list[Offer]"
    """Rewards that the points reach."""
    url: str
    lines: list[RewardLine]
    busy: bool
    """Whether a code is being made."""
    back_url: str
    """Where codes are taken back."""


def sentence(account: Head | None, programme: bool, words: Words) -> str:
    """What somebody has, or why nothing."""
    if account is not None:
        return words.plural("{n} point can be spent now.", "{n} points can be spent now.", account.available)
    if programme:
        return words.text("No points yet: they come with the next order.")
    return words.text("Your shop has no loyalty programme yet.")


def facts(account: Head, told: Telling) -> list[Fact]:
    """Their points, part by part."""
    words = told.words
    return [
        Fact(words.text("Available points"), words.number(account.available)),
        Fact(words.text("Pending points"), words.number(account.pending)),
        *([Fact(words.text("Points owed"), words.number(account.debt))] if account.debt else []),
        *([Fact(words.text("Next points end"), _next_end(account, account.ends_at, told))] if account.ends_at else []),
    ]


def _next_end(account: Head, ends_at: Instant, told: Telling) -> str:
    return told.words.text(
        "{points} on {day}",
        points=points_text(account.ending, told.words),
        day=told.words.day(local_day(ends_at, told.zone)),
    )


def rewards_told(
    account: Head,
    rule: Rule,
    made: Sequence[Reward],
    urls: tuple[str, str],
    around: Around,
    told: Telling,
    now: Instant,
    scopes: str,
) -> Rewards:
    """The reward of the programme that holds, whether the points reach, and those that were given."""
    words, (url, back_url), prizes = told.words, urls, _offered(rule, scopes)
    next_one = min(prizes, key=lambda prize: prize.points)
    missing = next_one.points - account.available + account.debt
    return Rewards(
        sentence=_missing(missing, next_one, rule.currency, words) if missing > 0 else None,
        offers=_offers(account, rule, prizes, told, now) if rule.currency == told.currency else [],
        url=url,
        lines=[_reward_line(reward, around, told, now) for reward in made],
        busy=any(reward.state == ASKED for reward in made),
        back_url=back_url,
    )


def _offered(rule: Rule, scopes: str) -> list[Prize]:
    """The rewards of the programme; no store credit where Shopify would not let us pay it."""
    credit = access.allows(scopes, access.CREDIT.scope)
    return [prize for prize in prizes_of(rule) if credit or prize.kind != CREDIT]


def _missing(missing: int, prize: Prize, currency: str, words: Words) -> str:
    if prize.kind != AMOUNT:
        reward = prize_text(prize, currency, words)
        return words.plural(
            "{n} more point until the next reward: {reward}.",
            "{n} more points until the next reward: {reward}.",
            missing,
            reward=reward,
        )
    return words.plural(
        "{n} more point until the next reward, {amount} off an order.",
        "{n} more points until the next reward, {amount} off an order.",
        missing,
        amount=words.money(prize.value, currency),
    )


def _offers(account: Head, rule: Rule, prizes: Sequence[Prize], told: Telling, now: Instant) -> list[Offer]:
    words = told.words
    return [
        Offer(
            prize=prize.id,
            title=prize_text(prize, rule.currency, words),
            preview=_preview(rule, prize, told, now),
            next_id=secrets.token_hex(16),
            kind=prize.kind,
            scope=(access.CREDIT if prize.kind == CREDIT else access.REWARDS).asked,
        )
        for prize in prizes
        if prize.points <= account.available
    ]


def _preview(rule: Rule, prize: Prize, told: Telling, now: Instant) -> str:
    words, lasts = told.words, CREDITED if prize.kind == CREDIT else timedelta(days=rule.code_days)
    points, until = points_text(prize.points, words), words.day(local_day(Instant(now + lasts), told.zone))
    if prize.kind == CREDIT:
        return words.text(
            "{points} become {amount} of store credit, which Shopify keeps for this customer until {day}.",
            points=points,
            amount=words.money(prize.value, rule.currency),
            day=until,
        )
    if prize.kind != AMOUNT:
        return words.text(
            "{points} become a code for one order, for this customer alone, until {day}: {reward}.",
            points=points,
            reward=prize_text(prize, rule.currency, words),
            day=until,
        )
    return words.text(
        "{points} become a code for {amount} off one order, for this customer alone, until {day}.",
        points=points,
        amount=words.money(prize.value, rule.currency),
        day=until,
    )


def _given(reward: Reward, titles: Mapping[int, str]) -> Prize:
    value = reward.percent if reward.percent is not None else reward.amount
    title = titles.get(reward.product_id, "") if reward.product_id is not None else ""
    return Prize(reward.reward_id, reward.kind, reward.points, value, reward.product_id, title)


def _reward_line(reward: Reward, around: Around, told: Telling, now: Instant) -> RewardLine:
    worth = told.words.money(reward.amount, reward.currency)
    if reward.kind != AMOUNT:
        worth = prize_text(_given(reward, around.titles), reward.currency, told.words)
    return RewardLine(
        code=_code(reward),
        worth=worth,
        state=reward.state,
        sentence=_used(reward, around, told) or _state(reward, told, now),
        back=reward.reward_id if reward.state == MADE else None,
        kind=reward.kind,
    )


def _code(reward: Reward) -> str | None:
    return reward.code if reward.kind != CREDIT and reward.state not in (ASKED, REFUSED) else None


def around(session: Session, shop: ShopId, rewards: Sequence[Reward]) -> Around:
    """What these rewards are about."""
    orders = {one.order_id for one in rewards if one.order_id is not None}
    uses = causes_named(session, shop, [use_key(one.reward_id) for one in rewards if one.order_id is not None])
    causes = (cause for _, cause in uses.values())
    return Around(
        product_titles(session, shop, {one.product_id for one in rewards if one.product_id is not None}),
        order_names(session, shop, orders),
        {cause.key: cause.points - cause.net for cause in causes if isinstance(cause, Use)},
    )


def _used(reward: Reward, around: Around, told: Telling) -> str | None:
    """For which order a code was used, and what of its points came back since; None of any other."""
    name = around.orders.get(reward.order_id) if reward.order_id is not None else None
    if reward.state != USED or name is None:
        return None
    order = told.words.isolated(name)
    back = around.back.get(use_key(reward.reward_id), 0)
    if not back:
        return told.words.text("Used for order {order}.", order=order)
    return told.words.plural(
        "Used for order {order}. {n} point of it came back.",
        "Used for order {order}. {n} points of it came back.",
        back,
        order=order,
    )


def _state(reward: Reward, told: Telling, now: Instant) -> str:
    words, day = told.words, told.words.day(local_day(reward.ends_at, told.zone))
    if reward.kind == CREDIT:
        return _credit_state(reward, day, words)
    if reward.state == ASKED:
        return words.text("Shopify is being asked for the code.")
    if reward.state == USED:
        return words.text("Used for an order.")
    if reward.state == REFUSED:
        because = words.text(reward.error) if reward.error else words.text("Nobody needs the code any more.")
        return words.text("No code was made, and the points came back. {because}", because=because)
    if reward.state == RETURNING:
        return _returning(reward, told)
    if reward.state == RETURNED:
        return words.text("Nobody used it, and the points came back.")
    if reward.error:
        because = words.text(reward.error)
        return words.text("It is good until {day}, and could not be taken back. {because}", day=day, because=because)
    return words.text("Good until {day}.", day=day) if now < reward.ends_at else words.text("Ended on {day}.", day=day)


def _credit_state(reward: Reward, day: str, words: Words) -> str:
    because = words.text(reward.error) if reward.error else ""
    if reward.state == ASKED:
        return words.text("Shopify is being asked to add the store credit.")
    if reward.state == REFUSED:
        return words.text("No store credit was added, and the points came back. {because}", because=because).strip()
    if reward.state == RETURNING:
        return words.text("Shopify is being asked to take the store credit out.")
    if reward.state == RETURNED:
        return words.text("The store credit was taken out, and the points came back.")
    if reward.error:
        return words.text("It was added, and could not be taken back. {because}", because=because)
    return words.text("Added to the store credit, to be spent until {day}.", day=day)


def _returning(reward: Reward, told: Telling) -> str:
    if reward.stopped_at is None:
        return told.words.text("Shopify is being asked to switch the code off.")
    return told.words.text(
        "The code does not work any more. Its points come back in about a quarter of an hour, unless it was just used."
    )


def reward_document(reward: Reward) -> dict[str, Any]:
    """A reward for a program."""
    money = str(Money(Minor(reward.amount), reward.currency).decimal())
    return {
        "id": reward.reward_id,
        "state": reward.state,
        "kind": reward.kind,
        "points": reward.points,
        "percent": reward.percent,
        "product_id": None if reward.product_id is None else str(reward.product_id),
        "amount": money,
        "currency": reward.currency,
        "code": _code(reward),
        "ends_at": reward.ends_at.isoformat(),
        "order_id": None if reward.order_id is None else str(reward.order_id),
        "error": reward.error,
    }


def lines_of(session: Session, shop: ShopId, entries: Sequence[PointsEntry], reader: Reader) -> list[Line]:
    """Entries in words."""
    about = behind(session, shop, entries, reader.staff, reader.now)
    return [told(entry, about, reader.telling) for entry in entries]


def document(
    account: Head | None, rewards: Sequence[Reward], entries: Sequence[PointsEntry], currency: str
) -> dict[str, Any]:
    """The same for a program; no account where somebody never had points."""
    sums = {name: getattr(account, name) for name in ("balance", "available", "pending", "debt")} if account else None
    ends_at = account.ends_at if account else None
    return {
        "points": sums,
        "next_end": {"points": account.ending, "at": ends_at.isoformat()} if account and ends_at else None,
        "rewards": [reward_document(reward) for reward in rewards],
        "entries": [ENTRIES.document(entry, currency) for entry in entries],
    }


def file_lines(database: Database, shop: ShopId, account: int, customer: int, reader: Reader) -> Iterator[str]:
    """Every entry of the account of a customer as a file."""
    currency = reader.telling.currency
    yield from FILED.lines((), currency)
    before: int | None = None
    while True:
        with database.reading() as session:
            some = entries_of(session, shop, account, before, FILE_ROWS)
            lines = lines_of(session, shop, some, reader)
        yield filed(some, lines, currency, customer)
        if len(some) < FILE_ROWS:
            return
        before = some[-1].seq
