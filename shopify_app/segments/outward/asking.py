"""Asking for a segment to be in Shopify, or out of it again, and what that would take.

One yes-or-no metafield a segment, of the app's own, and not one list for all: other apps' segments on such fields are
known to work, one segment's changes cannot undo another's, and all of one go in a single call.
"""

import re
from dataclasses import dataclass

from shopify_app.clock import Instant
from shopify_app.db.base import Session, ShopId
from shopify_app.errors import Malformed
from shopify_app.segments.outward import queries
from shopify_app.segments.outward.model import MARK, TAG
from shopify_app.segments.outward.queries import Members
from shopify_app.tasks.queries import latest, request
from shopify_app.tasks.view import TaskView

WRITE_SEGMENTS = "write_segments"
SCOPE = "write_customers"
"""What writing takes; reading needs no more than we have."""

AT_ONCE = 25
"""Metafields of one call."""
SINGLY = {MARK: 2000, TAG: 100}
"""So many changes are made by calls of their own; more, as one bulk operation. A call tags one customer."""
LONGEST_TAG = 40
DENIED = "Nothing was written: Wafa may not change customers in Shopify. Press the button again and allow it."
_KEY = re.compile(r"[A-Za-z0-9_-]{1,40}")


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be done in Shopify, counted before anything is."""

    add: int
    """Customers who come into the segment there."""
    remove: int
    tag_add: int
    tag_remove: int
    calls: int
    """Calls to Shopify, as far as they are made one by one."""
    bulk: bool
    """Whether so much changes that Shopify works through a file of its own; minutes, or hours."""

    @property
    def nothing(self) -> bool:
        """Whether Shopify has it all already."""
        return not (self.add or self.remove or self.tag_add or self.tag_remove)


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands in Shopify of a segment now."""

    title: str
    """What it is called there, for all we know."""
    wanted: bool
    tag: str | None
    """The tag on its members, also while it is being taken off."""
    tag_wanted: bool
    members: int
    """On how many customers it is marked, for all we know."""
    tagged: int
    shopify_id: int | None
    """Of Shopify's own segment, once it is made."""
    written_at: Instant | None
    """When it was last as asked for."""
    task: TaskView | None
    """What is being done about it, or was last; it may be another segment's turn."""
    due: bool
    """Whether something that was asked for is not done."""

    @property
    def there(self) -> bool:
        """Whether anything of it is in Shopify, or will be."""
        return self.wanted or self.due or bool(self.members or self.tagged)


def plan(session: Session, shop: ShopId, segment: str, members: Members | None, tag: str | None = None) -> Plan:
    """What it would take for these to be all members there, and with `tag` to have it; None is to take all out."""
    known = queries.written(session, shop, segment)
    add, remove = queries.counts(session, shop, segment, MARK, members)
    tagged = members if tag else None
    tag_add, tag_remove = queries.counts(session, shop, segment, TAG, tagged)
    if members is None:
        # All marks go with their definition, in a single call.
        calls = 2 if known is not None and known.namespace else 0
        bulk = False
    else:
        first_time = 2 * (known is None or known.namespace is None)
        bulk = add + remove > SINGLY[MARK]
        calls = first_time + (0 if bulk else -(-(add + remove) // AT_ONCE))
    singly = [count for count in (tag_add, tag_remove) if count <= SINGLY[TAG]]
    return Plan(add, remove, tag_add, tag_remove, calls + sum(singly), bulk or len(singly) < len((tag_add, tag_remove)))


def ask(
    session: Session, shop: ShopId, segment: str, title: str, actor: str, now: Instant, *, tag: str | None = None
) -> str:
    """Have a segment be in Shopify from now on, its members with `tag` where one is given; the task's id.

    Malformed for a tag that cannot be one, or that is another than it has until now. Call it again whenever members
    may have changed: only what differs is written.
    """
    if not _KEY.fullmatch(segment):
        raise ValueError(f"{segment!r} is no key of a segment")
    known = queries.written(session, shop, segment)
    tag = None if tag is None else checked_tag(tag, known.tag if known else None)
    queries.ask_for(session, shop, segment, title, tag=tag, wanted=True)
    return request(session, shop, WRITE_SEGMENTS, None, actor, now)


def take_out(
    session: Session, shop: ShopId, segment: str, actor: str, now: Instant, *, tag_alone: bool = False
) -> str | None:
    """Have all of a segment be out of Shopify again, or its tag alone; the task's id, None where it never was in it."""
    known = queries.written(session, shop, segment)
    if known is None:
        return None
    wanted = tag_alone and known.wanted
    queries.ask_again(session, shop, segment, wanted=wanted, tag_wanted=False)
    return request(session, shop, WRITE_SEGMENTS, None, actor, now)


def keep_in_step(session: Session, shop: ShopId, actor: str, now: Instant) -> str | None:
    """Have every segment that is in Shopify compared with its members of now; the task's id, None without any.

    What was to be taken out and could not be is tried again.
    """
    kept = queries.kept_in_shopify(session, shop)
    for segment in kept:
        queries.ask_again(session, shop, segment)
    waits = bool(kept) or queries.next_due(session, shop) is not None
    return request(session, shop, WRITE_SEGMENTS, None, actor, now) if waits else None


def follow(session: Session, shop: ShopId, segment: str, title: str, actor: str, now: Instant) -> str | None:
    """A segment has another rule or name: where it is in Shopify, it is to be so there; the task's id, else None."""
    known = queries.written(session, shop, segment)
    if known is None or not (known.wanted or known.tag_wanted):
        return None
    queries.ask_again(session, shop, segment, title=title)
    return request(session, shop, WRITE_SEGMENTS, None, actor, now)


def standing(session: Session, shop: ShopId, segment: str) -> Standing | None:
    """What stands in Shopify of a segment; None where it was never asked for."""
    known = queries.written(session, shop, segment)
    if known is None:
        return None
    return Standing(
        title=known.title,
        wanted=known.wanted,
        tag=known.tag,
        tag_wanted=known.tag_wanted,
        members=queries.stands(session, shop, segment, MARK),
        tagged=queries.stands(session, shop, segment, TAG),
        shopify_id=known.shopify_id,
        written_at=known.written_at,
        task=latest(session, shop, WRITE_SEGMENTS),
        due=known.asked > known.answered,
    )


def checked_tag(given: str | None, known: str | None) -> str | None:
    """The tag that was given, as it is written; Malformed for one that cannot be, or that is another."""
    if given is None:
        return None
    tag = given.strip()
    if not tag or "," in tag or len(tag) > LONGEST_TAG or not tag.isprintable():
        raise Malformed("A tag is one short text without a comma, of at most 40 characters.")
    if known is not None and known.casefold() != tag.casefold():
        raise Malformed("These customers have another tag. Take that one off first.")
    return tag
