"""What is in Shopify of a segment at this moment, and what would change there."""

from dataclasses import dataclass, replace

from shopify_app.clock import Instant
from shopify_app.db.base import Session, ShopId
from shopify_app.segments.membership import members_of
from shopify_app.segments.outward.asking import Plan, Standing, plan, standing


@dataclass(frozen=True, slots=True)
class Looked:
    """One segment there and here."""

    standing: Standing | None
    """None where nothing was ever asked for."""
    plan: Plan | None
    """What it would take to have it there as it is now; None while something that was asked for is not done."""


def stands(session: Session, shop: ShopId, segment: str) -> Standing | None:
    """How it stands there; without the task where nothing is to be done, as it is about another segment then."""
    there = standing(session, shop, segment)
    return there if there is None or there.due else replace(there, task=None)


def look(session: Session, shop: ShopId, segment: str, there: Standing | None, now: Instant) -> Looked:
    """What there is to say beside how it stands; counts all members, as the segment's page does."""
    if there is not None and there.due:
        return Looked(there, None)
    return Looked(there, planned(session, shop, segment, kept_tag(there), now))


def kept_tag(there: Standing | None) -> str | None:
    """The tag that its members go on having, where nobody asks for one."""
    return there.tag if there is not None and there.tag_wanted else None


def planned(session: Session, shop: ShopId, segment: str, tag: str | None, now: Instant) -> Plan:
    """What it would take to have it there now, with this tag."""
    return plan(session, shop, segment, members_of(session, shop, segment, now), tag)
