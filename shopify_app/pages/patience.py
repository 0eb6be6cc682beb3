"""Settings: for how many days an unpaid order counts, and what another number of days would change."""

from dataclasses import dataclass
from typing import Any

from shopify_app.changes.unpaid.patience import LONGEST
from shopify_app.changes.unpaid.queries import would_change
from shopify_app.clock import Instant
from shopify_app.db.base import Session, ShopId
from shopify_app.errors import Malformed
from shopify_app.language import Words
from shopify_app.shops.model import Shop


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the shop waits for the money of an order, and what somebody thinks of choosing instead."""

    days: int
    typed: str
    """What stands in the field."""
    problem: str | None = None
    """Why that cannot be read."""
    asked: int | None = None
    """Another number of days, of which is told what it would change."""
    no_longer: int = 0
    """Orders that would not count any more."""
    again: int = 0
    """Orders that would count again."""
    preview: tuple[str, ...] = ()
    longest: int = LONGEST

    def document(self) -> dict[str, Any]:
        """For a program; Malformed where the address could not be read."""
        if self.problem:
            raise Malformed(_UNREADABLE)
        preview = {"unpaid_days": self.asked, "no_longer": self.no_longer, "again": self.again}
        return {"unpaid_days": self.days, "preview": None if self.asked is None else preview}


_UNREADABLE = "Write a whole number of days from 0 to 365."


def read_days(typed: object) -> int:
    """A number of days as somebody types it, in the digits of whatever language; Malformed when it is none."""
    text = str(typed).strip() if isinstance(typed, str | int) and not isinstance(typed, bool) else ""
    # Asked for its length first: to read thousands of digits takes long.
    if not text.isdecimal() or len(text) > len(str(LONGEST)) or int(text) > LONGEST:
        raise Malformed(_UNREADABLE)
    return int(text)


def told_patience(session: Session, shop: Shop, typed: str | None, now: Instant, words: Words) -> Patience:
    """The shop's choice, and beside it what was typed."""
    if typed is None:
        return Patience(shop.unpaid_days, str(shop.unpaid_days))
    try:
        days = read_days(typed)
    except Malformed as error:
        return Patience(shop.unpaid_days, typed, problem=words.text(error.message))
    if days == shop.unpaid_days:
        return Patience(days, str(days))
    no_longer, again = would_change(session, ShopId(shop.id), days, now)
    return Patience(shop.unpaid_days, str(days), None, days, no_longer, again, _preview(days, no_longer, again, words))


def _preview(days: int, no_longer: int, again: int, words: Words) -> tuple[str, ...]:
    wait = words.plural("{n} day", "{n} days", days) if days else words.text("no limit")
    told = []
    if no_longer:
        told.append(
            words.plural(
                "With {days}, {n} order that counts today would no longer count.",
                "With {days}, {n} orders that count today would no longer count.",
                no_longer,
                days=wait,
            )
        )
    if again:
        told.append(
            words.plural(
                "With {days}, {n} order that does not count today would count again.",
                "With {days}, {n} orders that do not count today would count again.",
                again,
                days=wait,
            )
        )
    return tuple(told) or (words.text("With {days}, every order counts as it does today.", days=wait),)
