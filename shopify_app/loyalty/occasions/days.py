"""Which days are still to be gone through for birthdays and anniversaries. Pure."""

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from shopify_app.clock import LocalDay, day_start, next_day
from shopify_app.loyalty.programme.occasions import Occasions
from shopify_app.loyalty.programme.rule import Version, in_force

LATE = 30
"""So many days that nobody went through are made up for; what lies further back has gone by."""


def occasions_on(day: LocalDay, versions: Sequence[Version], zone: ZoneInfo) -> Occasions | None:
    """What the programme gives on a day, by the version that holds when it begins; None for nothing."""
    version = in_force(versions, day_start(day, zone))
    if version is None or not version.rule.earning or not version.rule.occasions.has_days:
        return None
    return version.rule.occasions


def next_to_go_through(
    done: LocalDay | None, today: LocalDay, versions: Sequence[Version], zone: ZoneInfo
) -> LocalDay | None:
    """The next day on which somebody may be given something; None where there is none up to today."""
    day = max(LocalDay(today - timedelta(days=LATE)), next_day(done) if done is not None else LocalDay(today.min))
    while day <= today:
        if occasions_on(day, versions, zone) is not None:
            return day
        day = next_day(day)
    return None
