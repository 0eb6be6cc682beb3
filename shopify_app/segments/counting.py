"""Counting every segment of a shop, for a list that is there before its first reader of the day."""

from collections.abc import Iterator

from shopify_app.clock import Instant
from shopify_app.db.base import Session, ShopId
from shopify_app.retention.rfm.queries import Size, group_sizes
from shopify_app.retention.rfm.scoring import Cuts
from shopify_app.segments.queries import stored_segments
from shopify_app.segments.ready import READY
from shopify_app.segments.rules.queries import Standpoint, size_of

_NOBODY = Size(0, 0)


def sizes_now(session: Session, shop: ShopId, now: Instant, cuts: Cuts) -> Iterator[tuple[str, Size]]:
    """Each segment by its key: first the groups, of which every customer is in one, then the others."""
    at = Standpoint.of(session, shop, now, cuts)
    groups = group_sizes(session, shop, cuts, at.today)
    for name, ready in READY.items():
        yield name, groups.get(ready.group, _NOBODY) if ready.group else size_of(at, ready.rule)
    for own in stored_segments(session, shop):
        yield own.key, size_of(at, own.rule)
