"""What somebody is given on an occasion that no order is, by the rule that held then. Pure.

What was given stays: neither taking consent back nor another birth date takes it away. Nothing is given for what
happened before a version of the programme gave anything for it.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from shopify_app.clock import Instant, local_day
from shopify_app.loyalty.ledger.causes import Grant
from shopify_app.loyalty.programme.occasions import ANNIVERSARY, BIRTHDAY, SORTS
from shopify_app.loyalty.programme.rule import Version, in_force

APART = timedelta(days=300)
"""Yearly bonuses are so far apart, whichever date or calendar was told since. A Hijri year has 354 days."""


class Occasion(NamedTuple):
    """Something that may give one customer a bonus once."""

    at: Instant
    sort: str
    """One of programme.occasions.SORTS."""
    which: str = ""
    """What tells it from others of its sort: the way of a consent, the year of a birthday, which anniversary."""


def occasion_key(occasion: Occasion, account: int) -> str:
    """The cause of a bonus that was given to an account; it stays the same when the account becomes another's."""
    return "/".join(filter(None, (occasion.sort, str(account), occasion.which)))


def occasion_of(cause: str) -> tuple[str, str] | None:
    """Sort and `which` of a cause; None for one of another kind."""
    sort, _, rest = cause.partition("/")
    return (sort, rest.partition("/")[2]) if sort in SORTS else None


def offered(occasion: Occasion, versions: Sequence[Version]) -> tuple[int, Version] | None:
    """What the programme gave for it when it came; None for nothing."""
    version = in_force(versions, occasion.at)
    points = 0 if version is None or not version.rule.earning else version.rule.occasions.points(occasion.sort)
    return (points, version) if points and version is not None else None


def bonus(
    occasion: Occasion, account: int, before: Collection[Grant], versions: Sequence[Version], zone: ZoneInfo
) -> tuple[Grant, Version] | None:
    """What it gives an account that has these grants; None for nothing. It can be spent at once.

    Nothing where the account, or one that went up in it, was given something for the same.
    """
    gives = offered(occasion, versions)
    mine = [grant for grant in before if occasion_of(grant.key) is not None]
    if gives is None or _was_given(occasion, mine):
        return None
    points, version = gives
    most = version.rule.occasions.most_a_month
    if most is not None:
        points = min(points, most - _in_month(occasion.at, mine, zone))
    if points <= 0:
        return None
    return Grant(occasion_key(occasion, account), points, occasion.at, occasion.at), version


def _was_given(occasion: Occasion, before: Collection[Grant]) -> bool:
    same = [grant for grant in before if (occasion_of(grant.key) or ("",))[0] == occasion.sort]
    if any(occasion_of(grant.key) == (occasion.sort, occasion.which) for grant in same):
        return True
    yearly = occasion.sort in (BIRTHDAY, ANNIVERSARY)
    return yearly and any(abs(grant.earned_at - occasion.at) < APART for grant in same)


def _in_month(at: Instant, before: Collection[Grant], zone: ZoneInfo) -> int:
    month = local_day(at, zone).replace(day=1)
    return sum(grant.points for grant in before if local_day(grant.earned_at, zone).replace(day=1) == month)
