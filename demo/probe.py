"""make probe SHOP=.. TOKEN=..: asks a shop what docs/unverified.md assumes; one line a row, status 1 if any is refuted.

It reads only, except that it starts one bulk query. With WRITE=1 it makes one test order first, in development
stores only.
"""

import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import requests

from demo import probes_api, probes_orders, probes_reports, probes_writing
from demo.probes_asking import CONFIRMED, REFUTED, UNTESTABLE, Shop, Unanswered, Verdict

PAPER = Path(__file__).parents[1] / "docs" / "unverified.md"
_ROW = re.compile(r"^\| (\d+) \| (.+?) \|(?:.*)\| (.+?) \|$", re.MULTILINE)
_DOMAIN = re.compile(r"[a-z0-9][a-z0-9-]*\.myshopify\.com")

READING: dict[int, Callable[[Shop], Verdict]] = {
    4: probes_orders.discounts,
    5: probes_orders.taken_back,
    6: probes_orders.quantities,
    8: probes_orders.gift_cards,
    9: probes_orders.processed,
    20: probes_orders.numbers_rise,
    21: probes_api.roots_counted,
    23: probes_api.unknown_operation,
    24: probes_api.segment_counts,
    30: probes_api.missing_permission,
    31: probes_api.writing_covers_reading,
    37: probes_api.unknown_token,
    40: probes_api.told_cost,
    41: probes_api.dearest_query,
    45: probes_orders.found_by_change,
    46: probes_orders.counted_by_day,
    47: probes_orders.unknown_nodes,
    48: probes_orders.whole_seconds,
    52: probes_api.objects_counted,
    53: probes_api.query_kept,
    78: probes_reports.column_names,
    79: probes_reports.unknown_column,
    80: probes_reports.rates_and_signs,
}
"""Probes by the number of their row."""

WRITING: dict[int, Callable[[Shop], Verdict]] = {44: probes_writing.search_lag}
"""Probes that are asked with WRITE=1 alone."""


@dataclass(frozen=True, slots=True)
class Row:
    """One assumption: what it says, and whether it can be probed.

    `probe` is "yes", "in part: " and what is left out, "WRITE=1", or "no: " and why not.
    """

    number: int
    assumed: str
    probe: str


def rows() -> Iterator[Row]:
    """Every assumption of the page, in its order."""
    for number, assumed, probe in _ROW.findall(PAPER.read_text(encoding="utf-8")):
        yield Row(int(number), assumed, probe)


def probed(shop: Shop, row: Row, write: bool) -> Verdict:
    """What the shop says to one assumption."""
    probe = READING.get(row.number) or (WRITING.get(row.number) if write else None)
    if probe is None:
        return Verdict(UNTESTABLE, row.probe.removeprefix("no: ") if row.number not in WRITING else "needs WRITE=1")
    try:
        return probe(shop)
    except (Unanswered, requests.RequestException) as problem:
        return Verdict(UNTESTABLE, str(problem))


def run(shop: Shop, write: bool, say: Callable[[str], None]) -> int:
    """Probe everything and say it; how many assumptions were refuted."""
    # What writes comes first, so that its order is there for the others.
    found = {row.number: probed(shop, row, write) for row in rows() if row.number in WRITING}
    refuted = 0
    for row in rows():
        verdict = found.get(row.number) or probed(shop, row, write)
        refuted += verdict.word == REFUTED
        say(f"{verdict.word:<13}{row.number:>4}  {row.assumed} ({_grounds(row, verdict)})")
    return refuted


def _grounds(row: Row, verdict: Verdict) -> str:
    in_part = verdict.word == CONFIRMED and row.probe.startswith("in part: ")
    return f"{verdict.grounds}; {row.probe}" if in_part else verdict.grounds


def main(environment: Mapping[str, str]) -> int:
    """The exit status: 0 when nothing is refuted, 2 when the shop cannot be asked."""
    domain, token = environment.get("SHOP", "").strip(), environment.get("TOKEN", "").strip()
    if not _DOMAIN.fullmatch(domain) or not token:
        print("Say which shop: make probe SHOP=name.myshopify.com TOKEN=shpat_...", file=sys.stderr)
        return 2
    shop = Shop(domain, token, environment.get("SHOPIFY_ADMIN_URL", "").rstrip("/"))
    try:
        shop.data("{shop {id}}")
        return 1 if run(shop, environment.get("WRITE") == "1", print) else 0
    except (Unanswered, requests.RequestException) as problem:
        print(f"The shop cannot be asked: {problem}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(os.environ))
