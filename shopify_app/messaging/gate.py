"""Whether a message may go to somebody now, and why not. Pure: the same facts always give the same answer.

Asked before anything is planned, and again right before it is sent. A message that must not go is skipped for good; one
that must wait says until when. Whoever asks keeps the facts with the answer, so that any decision can be asked again.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

from msgspec import Struct

from shopify_app.checkouts.abandoned import LEFT, OPEN
from shopify_app.clock import SKEW, Instant, day_start, local_day, next_day
from shopify_app.customers.consent import AGREED
from shopify_app.messaging.quiet import hours_of, quiet_until

SEND, WAIT, SKIP = "send", "wait", "skip"
MARKETING: Final = "marketing"
SERVICE: Final = "service"
"""Service: what somebody's own order or points bring about. It carries no offer, and is in nobody's budget."""

LOOKED = timedelta(minutes=2)
"""How old what Shopify was asked may be when a message is sent."""
LATE = timedelta(hours=12)
"""A message that would have to wait for longer than this after its time says nothing any more."""
LATELY = timedelta(hours=24)
"""Nobody who has bought anything in this time, or whom Shopify itself has reminded, is reminded."""
A_DAY, A_WEEK = 1, 3
"""Marketing messages that somebody gets at most in a day of the shop's, and in seven days."""
_WEEK = timedelta(days=7)
_OWN_ACTION = timedelta(minutes=30)
_A_WHILE = timedelta(minutes=5)


class Asked(Struct, frozen=True):
    """What Shopify said when it was asked right before."""

    at: Instant
    consent: str
    """As in consent.STATES."""
    ordered_at: Instant | None = None
    """When their latest order was placed."""
    completed: bool = False
    """Whether the checkout became an order."""
    in_stock: bool = True
    """Whether anything of what was left can still be bought."""
    reminded_at: Instant | None = None
    """When Shopify's own reminder of this checkout went out."""


class Facts(Struct, frozen=True):
    """What is known of a message and of whoever would get it."""

    kind: Literal["marketing", "service"]
    due_at: Instant
    """When it is to go."""
    began_at: Instant
    """When that began which it is about: a purchase since then ends it."""
    active_since: Instant | None
    """Since when its flow has been switched on without a break; None while it is not."""
    installed: bool = True
    reachable: bool = True
    """Whether an address is known of them."""
    consent: str = ""
    """The state as we know it."""
    soft: bool = False
    """Whether the merchant writes to customers who have bought and were never asked, and this is one."""
    suppressed: bool = False
    """Whether they unsubscribed with us, complained, or their address does not exist, whatever Shopify says since."""
    cart: str | None = None
    """What has become of the cart that it is about (checkouts.abandoned.standing); None where it is about none."""
    left_at: Instant | None = None
    """When that cart counts as left, if nobody touches it any more."""
    ordered_at: Instant | None = None
    """When the latest order was placed that is theirs, or of anybody who can be reached in the same way."""
    has_it: bool = False
    """Whether anything of what they left has been bought by any of those since."""
    acted_at: Instant | None = None
    """When they last did themselves what a service message answers."""
    sent: Sequence[Instant] = ()
    """When marketing messages went to them in the last seven days, or may have gone, of all flows."""
    held_out: bool = False
    """Whether they are among those who get nothing, so that it is known what messages add."""
    done: bool = False
    """Whether this very message has gone to them, or may have gone, or was given up."""
    asked: Asked | None = None


class Settings(Struct, frozen=True):
    """What the merchant has decided; names of quiet hours are those of quiet.PRESETS."""

    zone: str
    """The customer's IANA zone, the shop's where theirs is not known."""
    shop_zone: str
    quiet: Sequence[str] = ("nights", "fridays", "ramadan")
    a_day: int = A_DAY
    a_week: int = A_WEEK
    """With a_day: 1 or more. Whoever wants nobody to be written to switches the flow off."""


class Decision(NamedTuple):
    """What is to be done, for which reasons, the most telling one first, and until when it waits."""

    verdict: str
    reasons: tuple[str, ...] = ()
    until: Instant | None = None
    """When to ask again; `now` where Shopify must be asked first."""


def decide(facts: Facts, settings: Settings, now: Instant) -> Decision:
    """Send it, wait, or never send it."""
    never = [reason for reason, holds in _never(facts, now) if holds]
    if never:
        return Decision(SKIP, tuple(never))
    reasons, until = _not_yet(facts, settings, now)
    if until - facts.due_at > LATE:
        return Decision(SKIP, ("too_late", *reasons))
    if reasons:
        return Decision(WAIT, reasons, until)
    if facts.asked is None or not _is_fresh(facts.asked, now):
        return Decision(WAIT, ("look_first",), now)
    return Decision(SEND)


def _is_fresh(asked: Asked, now: Instant) -> bool:
    return -SKEW <= now - asked.at <= LOOKED


def _never(facts: Facts, now: Instant) -> list[tuple[str, bool]]:
    asked = facts.asked
    marketing = facts.kind == MARKETING
    consents = [facts.consent, *([asked.consent] if asked else [])]
    return [
        ("done", facts.done),
        ("uninstalled", not facts.installed),
        ("switched_off", facts.active_since is None),
        ("bought", _has_bought(facts)),
        ("has_it", facts.has_it),
        ("bought_lately", marketing and _bought_lately(facts, now)),
        ("from_before", facts.active_since is not None and facts.began_at < facts.active_since),
        (f"cart_{facts.cart}", facts.cart not in (None, LEFT, OPEN)),
        ("no_address", not facts.reachable),
        ("suppressed", facts.suppressed),
        ("not_agreed", marketing and not all(one == AGREED or (facts.soft and _never_asked(one)) for one in consents)),
        ("out_of_stock", asked is not None and not asked.in_stock),
        ("shopify_reminded", marketing and _reminded(facts, now)),
        ("held_out", marketing and facts.held_out),
    ]


def _never_asked(consent: str) -> bool:
    """Whoever said no, or whose address does not exist, was asked."""
    return consent in ("", "not_subscribed")


def _has_bought(facts: Facts) -> bool:
    """Since it began; by clocks that may differ a little."""
    asked = facts.asked
    if asked is not None and asked.completed:
        return True
    return any(at is not None and at >= facts.began_at - SKEW for at in _orders(facts))


def _orders(facts: Facts) -> list[Instant | None]:
    return [facts.ordered_at, facts.asked.ordered_at if facts.asked else None]


def _bought_lately(facts: Facts, now: Instant) -> bool:
    return any(at is not None and now - at < LATELY for at in _orders(facts))


def _reminded(facts: Facts, now: Instant) -> bool:
    at = facts.asked.reminded_at if facts.asked else None
    return at is not None and now - at < LATELY


def _not_yet(facts: Facts, settings: Settings, now: Instant) -> tuple[tuple[str, ...], Instant]:
    """What keeps it from going now, and from when on nothing does: each looked for where the one before lets go."""
    found, at = [], now
    waits: list[tuple[str, Callable[[Facts, Settings, Instant], Instant | None]]] = [
        ("not_due", _due),
        ("cart_open", _left),
        ("budget", _budget_until),
        ("quiet", _quiet_until),
    ]
    for reason, wait in waits:
        until = wait(facts, settings, at)
        if until is not None and until > at:
            found.append(reason)
            at = until
    return tuple(found), at


def _due(facts: Facts, _settings: Settings, _moment: Instant) -> Instant | None:
    return facts.due_at


def _left(facts: Facts, _settings: Settings, moment: Instant) -> Instant | None:
    """Whoever is still at it is asked about again in a while, unless it is known when they will have left."""
    if facts.cart != OPEN:
        return None
    return facts.left_at if facts.left_at is not None and facts.left_at > moment else Instant(moment + _A_WHILE)


def _quiet_until(facts: Facts, settings: Settings, moment: Instant) -> Instant | None:
    acted = facts.acted_at
    if facts.kind == SERVICE and acted is not None and moment - acted <= _OWN_ACTION:
        return None
    return quiet_until(moment, hours_of(settings.quiet), ZoneInfo(settings.zone))


def _budget_until(facts: Facts, settings: Settings, now: Instant) -> Instant | None:
    """When one more fits into the day and into the seven days; None where one does."""
    if facts.kind == SERVICE:
        return None
    zone = ZoneInfo(settings.shop_zone)
    today = local_day(now, zone)
    of_today = [at for at in facts.sent if local_day(at, zone) >= today]
    of_week = sorted(at for at in facts.sent if now - at < _WEEK)
    day = day_start(next_day(today), zone) if len(of_today) >= settings.a_day else None
    week = Instant(of_week[-settings.a_week] + _WEEK) if 0 < settings.a_week <= len(of_week) else None
    return max((one for one in (day, week) if one is not None), default=None)
