"""What there must be in the end of points that no order gives."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from tests.simulation.crash import Broken

if TYPE_CHECKING:
    from tests.simulation.observer import Observer

_CUSTOMERS = (
    "SELECT customer_id, created_at, updated_at, email_agreed_at, sms_agreed_at FROM customer c WHERE shop_id = ?"
    # Of whoever became another, that one has it.
    " AND NOT EXISTS (SELECT 1 FROM customer_alias a WHERE a.shop_id = c.shop_id AND a.customer_id = c.customer_id)"
)
_AT = "SELECT cause, at FROM points_cause WHERE shop_id = ?"
_SORTS = ("joined", "agreed", "birthday", "anniversary")
_APART = timedelta(days=300)
_EVER = datetime(2000, 1, 1, tzinfo=UTC)

Versions = list[tuple[datetime | None, dict[str, Any]]]
Told = dict[str, tuple[int, int, int | None]]


def occasions_like(see: "Observer", shop: int, domain: str, versions: Versions, told: Told) -> None:
    """Each was given by the version of its moment, and whoever is known to have come or agreed was given theirs."""
    at = {cause: see.moment(moment) for cause, moment in see.rows(_AT, shop)}
    given = {cause: told.pop(cause) for cause in [one for one in told if one.split("/")[0] in _SORTS]}
    for cause, (points, booked, _) in given.items():
        offered, most = _offered(versions, cause.split("/")[0], at[cause])
        if points != booked or not 0 < points <= offered or (most is None and points != offered):
            raise Broken(f"{domain}: {cause} gives {offered} points; {points} are known, {booked} booked")
    _apart(domain, given, at)
    theirs: dict[int | None, set[tuple[str, str]]] = {}
    for cause, (_, _, whose) in given.items():
        sort, _, which = (*cause.split("/"), "")[:3]
        theirs.setdefault(whose, set()).add((sort, which))
    for customer, created, updated, email, sms in see.rows(_CUSTOMERS, shop):
        real = see.moment(updated) > _EVER
        ought = (("joined", "", created if real else None), ("agreed", "email", email), ("agreed", "sms", sms))
        for sort, which, moment in ought:
            points, most = (0, None) if moment is None else _offered(versions, sort, see.moment(moment))
            if points and most is None and (sort, which) not in theirs.get(customer, set()):
                raise Broken(f"{domain}: customer {customer} was not given {points} points: {sort} {which}")


def _apart(domain: str, given: Told, at: dict[str, Any]) -> None:
    """Of an account of its own, without what a merge brought."""
    for sort in ("birthday", "anniversary"):
        by_account: dict[str, list[Any]] = {}
        for cause in given:
            if cause.startswith(sort):
                by_account.setdefault(cause.split("/")[1], []).append(at[cause])
        for account, moments in by_account.items():
            if any(later - sooner < _APART for sooner, later in pairwise(sorted(moments))):
                raise Broken(f"{domain}: account {account} had two of {sort} too close together")


def _offered(versions: Versions, sort: str, at: datetime) -> tuple[int, int | None]:
    held = [rule for since, rule in versions if since is not None and since <= at]
    if not held or not held[-1]["earning"] or "occasions" not in held[-1]:
        return 0, None
    occasions = held[-1]["occasions"]
    return occasions[sort], occasions["most_a_month"]
