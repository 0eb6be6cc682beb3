"""A world from a log of transactions: one paid order for each line of a file."""

import csv
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from devstore.money import to_minor
from devstore.records import Customer

if TYPE_CHECKING:
    from devstore.shop import Shop

COLUMNS = ("customer_id", "date", "amount")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_NOON = time(12)


class Transaction(NamedTuple):
    """One line of a log; ``at`` is the moment of the order in UTC, ``amount`` a decimal text."""

    customer: str
    at: datetime
    amount: str


def transactions(shop: "Shop", path: str | Path) -> dict[str, Customer]:
    """Fill a shop from a CSV file with the columns customer_id (empty for a guest), date and amount.

    A date is a day, then the order is placed at noon of the shop's zone (seconds apart where one customer has
    several lines of a day), or an ISO date and time, in the shop's zone unless it names its own. Returns the
    customers by their id in the file. Raises ValueError naming line and column of the first thing that is wrong.
    """
    file = Path(path)
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            log = list(_read(file.name, csv.reader(lines), shop.zone, shop.currency))
    except FileNotFoundError as error:
        raise ValueError(f"there is no file {path}") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"{file.name} is not UTF-8 text") from error
    return fill(shop, log)


def fill(shop: "Shop", log: Iterable[Transaction]) -> dict[str, Customer]:
    """Place an order for each transaction, oldest first; returns the customers by their id in the log."""
    customers: dict[str, Customer] = {}
    ordered = sorted(log, key=lambda one: one.at)
    if ordered:
        shop.created_at = min(shop.created_at, ordered[0].at - timedelta(days=1))
    with shop.history():
        for one in ordered:
            if one.customer and one.customer not in customers:
                customers[one.customer] = shop.create_customer("Customer", one.customer, at=one.at)
            buyer = customers[one.customer].id if one.customer else None
            shop.place_order(buyer, [{"price": one.amount, "title": "Purchase"}], at=one.at)
    return customers


def _read(name: str, rows: Iterable[list[str]], zone: ZoneInfo, currency: str) -> Iterator[Transaction]:
    header: tuple[str, ...] | None = None
    seen: dict[tuple[str, str], int] = {}
    for number, row in enumerate(rows, start=1):
        if header is None:
            header = tuple(cell.strip().lower() for cell in row)
            if header != COLUMNS:
                raise ValueError(f"{name}, line 1: the columns must be {','.join(COLUMNS)}, not {','.join(row)}")
        elif any(cell.strip() for cell in row):
            yield _transaction(f"{name}, line {number}", row, zone, currency, seen)
    if header is None:
        raise ValueError(f"{name} is empty: its first line must be {','.join(COLUMNS)}")


def _transaction(
    where: str, row: list[str], zone: ZoneInfo, currency: str, seen: dict[tuple[str, str], int]
) -> Transaction:
    if len(row) != len(COLUMNS):
        raise ValueError(f"{where}: {len(row)} columns instead of {len(COLUMNS)}")
    customer, date, amount = (cell.strip() for cell in row)
    moment = _moment(where, date, zone)
    if _DAY.match(date):
        moment += timedelta(seconds=seen.get((customer, date), 0))
        seen[customer, date] = seen.get((customer, date), 0) + 1
    try:
        minor = to_minor(amount, currency)
    except ValueError as error:
        raise ValueError(f"{where}, column amount: {error}") from error
    if minor < 0:
        raise ValueError(f"{where}, column amount: {amount!r} is less than nothing")
    return Transaction(customer, moment.astimezone(UTC), amount)


def _moment(where: str, date: str, zone: ZoneInfo) -> datetime:
    try:
        if _DAY.match(date):
            return datetime.combine(datetime.fromisoformat(date).date(), _NOON, zone)
        moment = datetime.fromisoformat(date)
    except ValueError as error:
        raise ValueError(f"{where}, column date: {date!r} is not a date such as 2026-01-31") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)
