"""The command of a benchmark that puts a large shop beside a small one, on each database."""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.measuring import ROUNDS, exit_status
from benchmarks.stores import Store, stores

SMALL, LARGE = 10_000, 1_000_000


def run(measure: Callable[[Store, argparse.Namespace], None], about: str | None) -> int:
    """Measure on each database that is asked for; 1 when a promise was broken."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--small", type=int, default=SMALL, help="orders of the small shop")
    parser.add_argument("--large", type=int, default=LARGE, help="orders of the large shop")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--databases", nargs="+", choices=("sqlite", "postgresql"), default=("sqlite", "postgresql"))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place, stores(Path(place), lambda _url: None, asked.databases) as found:
        for store in found:
            measure(store, asked)
    return exit_status()
