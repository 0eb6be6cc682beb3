"""What was left at the checkout, with what the gate says of reminding whoever left it. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from shopify_app.checkouts.facts import CheckoutFacts
from shopify_app.messaging.gate import SKIP, Decision

NEVER_ASKED, SAID_NO, UNCONFIRMED, NO_ADDRESS = "never_asked", "said_no", "unconfirmed", "no_address"
NO = ("unsubscribed", "redacted", "invalid")
"""States of a consent after which nobody asks again."""


class Left(NamedTuple):
    """A cart that was left, and what the gate says of it."""

    checkout: CheckoutFacts
    consent: str
    decision: Decision

    @property
    def reason(self) -> str | None:
        """Why whoever left it may not be written to: the first of the reasons that stay; None where they may."""
        if self.decision.verdict != SKIP:
            return None
        first = self.decision.reasons[0]
        if first != "not_agreed":
            return first
        if self.consent in NO:
            return SAID_NO
        return UNCONFIRMED if self.consent == "pending" else NEVER_ASKED


class Group(NamedTuple):
    """Carts of one reason; `worth` in minor units of the shop's currency."""

    reason: str | None
    carts: int
    worth: int


class Reach(NamedTuple):
    """Of the carts that were left, how many may be asked about, and why not the others."""

    carts: int
    worth: int
    groups: tuple[Group, ...]
    """The most carts first; without those that may be asked about."""
    may: Group


def reach(left: Iterable[Left], currency: str) -> Reach:
    """Carts by reason; worth counts those in the shop's currency alone."""
    carts, worth = Counter[str | None](), Counter[str | None]()
    for one in left:
        carts[one.reason] += 1
        worth[one.reason] += one.checkout.total if one.checkout.currency == currency else 0
    groups = [Group(reason, carts[reason], worth[reason]) for reason in carts]
    others = sorted((one for one in groups if one.reason is not None), key=lambda one: (-one.carts, one.reason or ""))
    may = Group(None, carts[None], worth[None])
    return Reach(carts.total(), worth.total(), tuple(others), may)


def of_reason(left: Sequence[Left], reason: str) -> list[Left]:
    """Those of one reason; `may` names those who may be written to."""
    return [one for one in left if (one.reason or "may") == reason]
