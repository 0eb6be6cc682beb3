"""The one place of the development store that reads the machine's clock."""

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def aware(moment: datetime) -> datetime:
    """The same instant in UTC; raises ValueError for a naive time, whose zone nobody could guess."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone: give an aware datetime")
    return moment.astimezone(UTC)


def whole_second(moment: datetime) -> datetime:
    """The moment cut to its second, the grain in which orders and customers carry their times."""
    return moment.replace(microsecond=0)


def zone_named(name: str) -> ZoneInfo:
    """The zone of an IANA name; raises ValueError for an unknown one."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is not a time zone such as Asia/Kuwait") from error
