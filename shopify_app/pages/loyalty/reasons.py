"""Why points went or came back with an order, by what is kept of both. Pure."""

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from shopify_app.clock import Instant
from shopify_app.loyalty.earning.order import Earned
from shopify_app.loyalty.ledger.causes import Use
from shopify_app.loyalty.ledger.model import PointsEntry
from shopify_app.loyalty.told.telling import Told
from shopify_app.orders.model import OrderVersion
from shopify_app.orders.queries import OrderPast
from shopify_app.retention.counting import NEVER_PAID


class Why(StrEnum):
    """What happened to an order."""

    CANCELLED = "cancelled"
    DELETED = "deleted"
    UNPAID = "unpaid"
    REFUNDED = "refunded"
    PARTLY_REFUNDED = "refunded in part"
    RETURNED = "returned"
    PARTLY_RETURNED = "returned in part"
    EDITED = "edited"
    MOVED = "moved"
    """It is another customer's."""
    UNCLEAR = "unclear"


def word_of(entry: PointsEntry, words: Sequence[Told]) -> Told | None:
    """The word after which the entry was written; None where none is kept."""
    heard = [one for one in words if one.account == entry.account_id and one.after < entry.seq]
    return heard[-1] if heard else None


def facts_in(word: Told | None) -> Earned | None:
    """What was known of the order by then."""
    return msgspec.json.decode(word.facts, type=Earned) if word is not None and word.facts else None


def why_taken(entry: PointsEntry, words: Sequence[Told], past: OrderPast | None) -> Why:
    """Why an order gives less than before."""
    word = word_of(entry, words)
    if word is None:
        return Why.UNCLEAR
    if word.is_gone:
        return Why.MOVED
    before = facts_in(next((one for one in reversed(words) if one.number < word.number and one.facts), None))
    now = facts_in(word)
    if before is None or now is None or past is None:
        return Why.UNCLEAR
    first = next((at for at, one in enumerate(past.versions) if _fits(one, before)), None)
    if first is None:
        return Why.UNCLEAR
    then = next((one for one in past.versions[first + 1 :] if _fits(one, now)), None)
    if then is None:
        return Why.UNCLEAR
    return _between(past.versions[first], then, past, whole=word.booked.cause.points == 0)


def _fits(version: OrderVersion, facts: Earned) -> bool:
    sums = version.gross - version.discounts, version.refunded + version.removed, _is_nothing(version)
    return sums == (facts.value, facts.back, facts.nothing)


def _is_nothing(version: OrderVersion) -> bool:
    gone = version.cancelled_at or version.deleted_at or version.given_up_at
    return gone is not None or version.test or version.financial_status in NEVER_PAID


def _between(before: OrderVersion, now: OrderVersion, past: OrderPast, *, whole: bool) -> Why:
    if now.deleted_at and not before.deleted_at:
        return Why.DELETED
    if now.cancelled_at and not before.cancelled_at:
        return Why.CANCELLED
    if _is_nothing(now) and not _is_nothing(before):
        return Why.UNCLEAR if now.test else Why.UNPAID
    if now.removed > before.removed:
        edits = [edit for edit in past.edits if edit.removed and edit.edited_at > before.known_at]
        edits = edits or [edit for edit in past.edits if edit.removed]
        if any(edit.returned for edit in edits):
            return Why.RETURNED if whole else Why.PARTLY_RETURNED
        return Why.EDITED
    if now.refunded > before.refunded:
        return Why.REFUNDED if whole else Why.PARTLY_REFUNDED
    return Why.EDITED if now.gross - now.discounts < before.gross - before.discounts else Why.UNCLEAR


def why_returned(entry: PointsEntry, words: Sequence[Told], past: OrderPast | None) -> Why:
    """Why points of a reward came back with the order that it was used for."""
    word = word_of(entry, words)
    if word is None or past is None or not past.versions:
        return Why.UNCLEAR
    before = next((one for one in reversed(words) if one.number < word.number), None)
    moments = _restored(word) - _restored(before)
    last = past.versions[-1]
    if moments & {last.cancelled_at}:
        return Why.CANCELLED
    if moments & {last.deleted_at}:
        return Why.DELETED
    edits = [edit for edit in past.edits if edit.edited_at in moments]
    if edits:
        return Why.PARTLY_RETURNED if any(edit.returned for edit in edits) else Why.EDITED
    if any(refund.refunded_at in moments for refund in past.refunds):
        use = word.booked.cause
        return Why.REFUNDED if isinstance(use, Use) and use.net == 0 else Why.PARTLY_REFUNDED
    return Why.UNPAID if _is_nothing(last) and not last.test else Why.UNCLEAR


def _restored(word: Told | None) -> set[Instant]:
    if word is None or not isinstance(word.booked.cause, Use):
        return set()
    return {one.at for one in word.booked.cause.restored}
