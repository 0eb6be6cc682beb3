"""Who is in a segment now: what a segment in Shopify is kept in step with."""

from collections.abc import Callable

from shopify_app.clock import Instant
from shopify_app.customers.nobody import OPAQUE_FROM
from shopify_app.db.base import Session, ShopId
from shopify_app.errors import NotFound
from shopify_app.retention.people.model import CountedCustomer
from shopify_app.segments.outward.queries import Members
from shopify_app.segments.queries import stored_segment
from shopify_app.segments.ready import READY
from shopify_app.segments.rules.queries import Standpoint, among_customers
from shopify_app.segments.rules.rule import Rule

MembersOf = Callable[[Session, ShopId, str, Instant], Members | None]
"""The customers of the segment of a key, as a query for their numbers; None where there is no such segment."""


def members_of(session: Session, shop: ShopId, segment: str, now: Instant) -> Members | None:
    """Of a segment's number, or the name of a ready-made one; whose data was erased, Shopify does not know."""
    rule = _rule(session, shop, segment)
    if rule is None:
        return None
    people = among_customers(Standpoint.of(session, shop, now), rule, CountedCustomer.customer_id)
    return people.where(CountedCustomer.customer_id < OPAQUE_FROM)


def _rule(session: Session, shop: ShopId, segment: str) -> Rule | None:
    if segment in READY:
        return READY[segment].rule
    try:
        return stored_segment(session, shop, int(segment)).rule if segment.isdecimal() else None
    except NotFound:
        return None
