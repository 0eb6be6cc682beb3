"""Entries of the ledger as lines that a shop owner reads: what happened, because of what, and what was left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shopify_app.clock import Instant
from shopify_app.db.base import Session, ShopId
from shopify_app.language import Words
from shopify_app.loyalty.by_hand.model import PointsByHand
from shopify_app.loyalty.by_hand.queries import told_by_hand
from shopify_app.loyalty.ledger.booking import Cause
from shopify_app.loyalty.ledger.entry import Kind
from shopify_app.loyalty.ledger.model import PointsEntry
from shopify_app.loyalty.ledger.queries import causes_named
from shopify_app.loyalty.occasions.bonus import occasion_of
from shopify_app.loyalty.programme.occasions import ANNIVERSARY, BIRTHDAY, SORTS
from shopify_app.loyalty.programme.prize import CREDIT
from shopify_app.loyalty.programme.queries import versions_of
from shopify_app.loyalty.programme.rule import Rule
from shopify_app.loyalty.rewards.model import REFUSED, RETURNED, Reward
from shopify_app.loyalty.rewards.queries import rewards_named
from shopify_app.loyalty.told.queries import words_of
from shopify_app.loyalty.told.telling import Told
from shopify_app.orders.queries import OrderPast, order_names, pasts_of
from shopify_app.pages.loyalty.reasons import Why, facts_in, why_returned, why_taken, word_of
from shopify_app.pages.loyalty.working_out import usable_from, worked_out
from shopify_app.retention.story import Telling

SENTENCES: Mapping[str, str] = {
    Kind.EARN: "Earned with order {order}",
    Kind.RELEASE: "Can be spent from now on: order {order}",
    Kind.REVERSE: "Taken back: order {order} was given back, changed or cancelled",
    Kind.REDEEM: "Redeemed for a reward",
    Kind.RESTORE: "Came back to the balance",
    Kind.EXPIRE: "Ended",
    "bonus": "Bonus with order {order}",
    "by hand": "By hand: {reason}",
    "undone": "Undone. It had been by hand: {reason}",
    "forgotten": "By hand",
    "gift": "Gift for earlier orders",
    "gift back": "The gift for earlier orders was taken back",
    "joined": "For becoming a customer",
    "agreed/email": "For agreeing to e-mails",
    "agreed/sms": "For agreeing to text messages",
    "birthday": "Birthday {year}",
    "brought": "Brought from another app",
    "brought back": "What was brought from another app was taken back",
    "free by hand": "Can be spent from now on",
    "used after all": "Taken again: an order with its code was placed or kept after all",
    "merged in": "Came from a customer whom Shopify merged into this one",
    "store credit back": "Came back to the balance: the store credit was taken out",
    "no code": "Came back to the balance: no reward was made",
    "not used": "Came back to the balance: nobody used the code {code}",
    "merged away": "Went to the customer whom Shopify merged this one into",
}

TAKEN: Mapping[Why, str] = {
    Why.CANCELLED: "Taken back: order {order} was cancelled",
    Why.DELETED: "Taken back: order {order} was deleted",
    Why.UNPAID: "Taken back: order {order} was not paid",
    Why.REFUNDED: "Taken back: order {order} was refunded",
    Why.PARTLY_REFUNDED: "Taken back: order {order} was refunded in part",
    Why.RETURNED: "Taken back: all of order {order} was returned",
    Why.PARTLY_RETURNED: "Taken back: a part of order {order} was returned",
    Why.EDITED: "Taken back: order {order} was edited",
    Why.MOVED: "Taken back: order {order} turned out to be another customer's",
}
"""Where points of an order were taken back."""
CAME: Mapping[Why, str] = {
    Why.CANCELLED: "Came back to the balance: order {order} with the code {code} was cancelled",
    Why.DELETED: "Came back to the balance: order {order} with the code {code} was deleted",
    Why.UNPAID: "Came back to the balance: order {order} with the code {code} was not paid",
    Why.REFUNDED: "Came back to the balance: order {order} with the code {code} was refunded",
    Why.PARTLY_REFUNDED: "Came back to the balance: order {order} with the code {code} was refunded in part",
    Why.PARTLY_RETURNED: "Came back to the balance: a part of order {order} with the code {code} was returned",
    Why.EDITED: "Came back to the balance: order {order} with the code {code} was edited",
    Why.UNCLEAR: "Came back to the balance: order {order} with the code {code} was given back, changed or cancelled",
}
"""Where points of a reward came back with its order."""


@dataclass(frozen=True, slots=True)
class Line:
    """One entry."""

    day: str
    what: str
    order_path: str | None
    """The page about the order that it is about."""
    points: str
    balance: str
    customer: int | None = None
    """Whose account it is, where several stand in one list."""
    undo: str | None = None
    """By what it can be undone."""
    notes: Sequence[str] = ()
    """How it was worked out, and from when it can be spent."""
    by: str | None = None
    """Who of the staff did it."""
    order: str = ""
    """What the order is called."""
    reason: str = ""
    """What somebody of the shop typed."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks at entries, and when."""

    telling: Telling
    staff: str
    now: Instant


@dataclass(frozen=True, slots=True)
class Behind:
    """What entries are about, as far as it is known."""

    orders: Mapping[int, str]
    """What they are called."""
    by_hand: Mapping[str, PointsByHand]
    """By cause."""
    words: Mapping[str, Sequence[Told]]
    """By cause, of those that went, came or were earned with an order or a reward."""
    pasts: Mapping[int, OrderPast]
    rewards: Mapping[str, Reward]
    """By cause."""
    causes: Mapping[str, tuple[int, Cause]]
    """As they are now, of what was earned with an order."""
    rules: Mapping[int, Rule]
    """By version."""
    staff: str
    """Who looks."""
    now: Instant


def behind(session: Session, shop: ShopId, entries: Sequence[PointsEntry], staff: str, now: Instant) -> Behind:
    """What these entries are about; `staff` is who looks."""
    by_hand = {entry.cause for entry in entries if entry.cause.startswith("hand/")}
    rewards = rewards_named(session, shop, {rest for entry in entries if (rest := _reward_of(entry.cause))})
    went = {entry.cause for entry in entries if entry.kind in (Kind.EARN, Kind.REVERSE, Kind.RESTORE)}
    ordered = {cause for cause in went if order_of(cause) is not None}
    fell = {number for entry in entries if entry.kind == Kind.REVERSE and (number := order_of(entry.cause)) is not None}
    used = {reward.order_id for reward in rewards.values() if reward.order_id is not None}
    numbers = {number for entry in entries if (number := order_of(entry.cause)) is not None}
    came = {cause for cause in went if _reward_of(cause)}
    return Behind(
        orders=order_names(session, shop, numbers | used),
        by_hand=told_by_hand(session, shop, by_hand),
        words=words_of(session, shop, ordered | came),
        pasts=pasts_of(session, shop, fell | (used if came else set())),
        rewards={f"{_REWARD}{reward_id}": reward for reward_id, reward in rewards.items()},
        causes=causes_named(session, shop, ordered),
        rules={version.number: version.rule for version in versions_of(session, shop)},
        staff=staff,
        now=now,
    )


_REWARD = "reward/"


def _reward_of(cause: str) -> str:
    return cause.removeprefix(_REWARD) if cause.startswith(_REWARD) else ""


def order_of(cause: str) -> int | None:
    """The order that a cause is about: order/7, or nth/3/7 of a bonus."""
    sort, _, rest = cause.partition("/")
    number = rest.rpartition("/")[2]
    return int(number) if sort in ("order", "nth") and number.isdecimal() else None


@dataclass(frozen=True, slots=True)
class Paging:
    """The ways to the other pages of a list, and its file."""

    first_href: str | None
    next_href: str | None
    file_href: str


def told(entry: PointsEntry, about: Behind, telling: Telling) -> Line:
    """One entry in words."""
    words, number, deed = telling.words, _order_behind(entry, about), about.by_hand.get(entry.cause)
    return Line(
        day=telling.when(entry.known_at),
        what=_what(entry, about, words),
        order_path=f"/reports/orders/{number}" if number in about.orders else None,
        points=_signed(entry.points, words) if entry.points else words.number(entry.moved),
        balance=words.number(entry.balance),
        undo=_undo(entry, about),
        notes=_notes(entry, about, telling),
        by=_by(entry, about, words),
        order=about.orders.get(number, "") if number is not None else "",
        reason=deed.reason if deed else "",
    )


def _order_behind(entry: PointsEntry, about: Behind) -> int | None:
    """The order that it is about; of what a reward is, the one that it was used for."""
    reward = about.rewards.get(entry.cause)
    if reward is not None:
        return reward.order_id if entry.kind == Kind.RESTORE or entry.nth > 1 else None
    return order_of(entry.cause)


def _by(entry: PointsEntry, about: Behind, words: Words) -> str | None:
    """Which of the staff did it; None of what follows from orders, from time or from something done before."""
    deed, actor = about.by_hand.get(entry.cause), entry.actor
    if deed is not None and entry.kind in (Kind.REVERSE, Kind.RESTORE):
        actor = deed.undone_by or ""
    elif entry.kind in (Kind.REVERSE, Kind.RESTORE, Kind.RELEASE, Kind.EXPIRE) or entry.nth > 1:
        return None
    if not actor or ":" in actor:
        return None
    return words.text("you") if actor == about.staff else words.text("staff member {number}", number=actor)


def _notes(entry: PointsEntry, about: Behind, telling: Telling) -> list[str]:
    words = telling.words
    reward = about.rewards.get(entry.cause)
    if reward is not None and entry.kind == Kind.REDEEM and reward.state != REFUSED and reward.kind != CREDIT:
        return [words.text("Code {code}", code=words.isolated(reward.code))]
    if order_of(entry.cause) is None or entry.kind != Kind.EARN:
        return []
    rule = about.rules.get(entry.rule) if entry.rule is not None else None
    facts = facts_in(word_of(entry, about.words.get(entry.cause, ())))
    how = worked_out(facts, rule, words) if facts and rule and entry.cause.startswith("order/") else []
    _, cause = about.causes.get(entry.cause, (0, None))
    return [*how, *usable_from(cause, rule, about.now, telling)]


def _undo(entry: PointsEntry, about: Behind) -> str | None:
    deed = about.by_hand.get(entry.cause)
    is_open = deed is not None and deed.undone_at is None and entry.kind == Kind.ADJUST
    return entry.cause.partition("/")[2] if is_open else None


def _what(entry: PointsEntry, about: Behind, words: Words) -> str:
    kind, sort, number = Kind(entry.kind), entry.cause.partition("/")[0], order_of(entry.cause)
    if (said := _of_reward(entry, about, words)) or (said := _taken(entry, about, words)):
        return said
    if kind is Kind.MERGE:
        return words.text(SENTENCES["merged in" if entry.nth > 1 else "merged away"])
    if sort in ("hand", "gift", "brought", *SORTS) and kind is Kind.RELEASE:
        return words.text(SENTENCES["free by hand"])
    if kind is Kind.REDEEM and entry.nth > 1:
        return words.text(SENTENCES["used after all"])
    if sort in SORTS and kind is Kind.EARN:
        return _occasion(entry.cause, words)
    if sort in ("gift", "brought"):
        return words.text(SENTENCES[sort if kind is Kind.EARN else f"{sort} back"])
    if sort == "hand":
        deed, how = about.by_hand.get(entry.cause), "by hand" if kind is Kind.ADJUST else "undone"
        reason = deed.reason if deed else ""
        return words.text(SENTENCES[how if reason else "forgotten"], reason=words.isolated(reason))
    order = words.isolated(about.orders.get(number, str(number)) if number is not None else "")
    return words.text(SENTENCES["bonus" if sort == "nth" and kind is Kind.EARN else kind], order=order)


def _of_reward(entry: PointsEntry, about: Behind, words: Words) -> str:
    """What points of a reward that is known came back for; empty of anything else."""
    reward = about.rewards.get(entry.cause)
    if reward is None or entry.kind != Kind.RESTORE:
        return ""
    code = words.isolated(reward.code)
    if reward.order_id is None:
        if reward.kind == CREDIT:
            return words.text(SENTENCES["store credit back" if reward.state == RETURNED else "no code"])
        return words.text(SENTENCES["no code" if reward.state == REFUSED else "not used"], code=code)
    why = why_returned(entry, about.words.get(entry.cause, ()), about.pasts.get(reward.order_id))
    order = words.isolated(about.orders.get(reward.order_id, str(reward.order_id)))
    return words.text(CAME.get(why, CAME[Why.UNCLEAR]), order=order, code=code)


def _taken(entry: PointsEntry, about: Behind, words: Words) -> str:
    """Why points of an order were taken back; empty of anything else, and where nobody knows more than that."""
    number = order_of(entry.cause)
    if number is None or entry.kind != Kind.REVERSE:
        return ""
    why = why_taken(entry, about.words.get(entry.cause, ()), about.pasts.get(number))
    order = words.isolated(about.orders.get(number, str(number)))
    return words.text(TAKEN[why], order=order) if why in TAKEN else ""


def _occasion(cause: str, words: Words) -> str:
    """Why points were given that came with no order."""
    sort, which = occasion_of(cause) or ("", "")
    if sort == ANNIVERSARY:
        return words.plural("{n} year since the first order", "{n} years since the first order", int(which))
    if sort == BIRTHDAY:
        return words.text(SENTENCES[BIRTHDAY], year=which)
    return words.text(SENTENCES[f"{sort}/{which}" if which else sort])


def _signed(points: int, words: Words) -> str:
    return words.plus(words.number(points)) if points > 0 else words.number(points)
