"""How long to wait when Shopify says that a shop's call allowance is used up; pure arithmetic."""

from collections.abc import Mapping
from typing import Any

LONGEST = 20.0
"""Seconds one call may wait in total before it gives up with Throttled."""

_UNKNOWN = 2.0
_SHORTEST = 0.1


def throttle_wait(cost: Mapping[str, Any]) -> float:
    """Seconds until the bucket holds what the query asks for, by `extensions.cost` of a THROTTLED answer."""
    status = cost.get("throttleStatus") or {}
    asked, rate = cost.get("requestedQueryCost"), status.get("restoreRate")
    if not asked or not rate:
        return _UNKNOWN
    # A query larger than the whole bucket would wait for ever: a full bucket is all there will be.
    wanted = min(asked, status.get("maximumAvailable") or asked)
    missing = float(wanted) - float(status.get("currentlyAvailable") or 0)
    return max(_SHORTEST, missing / float(rate))


def retry_after(header: str | None) -> float:
    """Seconds of a Retry-After header, which may be a decimal; a sane guess when it is not a number."""
    try:
        return max(_SHORTEST, float(header or _UNKNOWN))
    except ValueError:
        return _UNKNOWN


class Allowance:
    """The waiting that one call may still do."""

    def __init__(self, longest: float = LONGEST) -> None:
        self._left = longest

    def grants(self, seconds: float) -> bool:
        """Take this much from the allowance; False, and nothing is taken, when it is not there."""
        if not seconds <= self._left:
            return False
        self._left -= seconds
        return True
