"""Fitting and forecasting a large shop, against the package that everybody used.

Promises: both models are fitted at least ten times as fast as by `lifetimes` in the same rounds, to the same
parameters; a million customers are forecast in less than two seconds of processor time; and all of that in a process
that never holds more than 500 MB.
"""

import argparse
import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks import buyers, oracles
from benchmarks.measuring import ROUNDS, Duel, Spent, exit_status, interleaved, peak_memory, promise, say, timed
from shopify_app.retention.fit import purchases, spend
from shopify_app.retention.fit.forecast import YEAR, Scorer
from shopify_app.retention.fit.histories import Histories
from shopify_app.retention.fit.ladder import Start, fit_shop
from shopify_app.retention.fit.totals import totals

SIZES = (100_000, 1_000_000)
SPAN = 730
FASTER, SECONDS, MEGABYTES = 10.0, 2.0, 500.0
_ALIKE = 1e-3
_WARM_UP = 1000


def fitted(histories: Histories) -> tuple[Spent, list[float]]:
    """Ours, without the prior that the other has not; and the parameters."""
    with timed(len(histories)) as spent:
        model = purchases.fit(purchases.compress(histories), None)[0]
        amounts = spend.fit(spend.spenders(histories), None)[0]
    return spent, [*model, *amounts]


def fitted_by_lifetimes(histories: Histories) -> tuple[Spent, list[float]]:
    """Theirs: the seconds of its two fits alone, without its imports and what it reads."""
    told = oracles.ask("lifetimes", histories, YEAR)
    wall, cpu = np.add(told["fit_seconds"], told["spend_seconds"])
    return Spent(len(histories), float(wall), float(cpu)), [*told["model"], *told["spend"]]


def compare(name: str, histories: Histories, rounds: int) -> None:
    """The fits side by side, and whether they end in one place."""
    found: dict[str, list[float]] = {}

    def ours() -> Spent:
        spent, found["ours"] = fitted(histories)
        return spent

    def theirs() -> Spent:
        spent, found["theirs"] = fitted_by_lifetimes(histories)
        return spent

    spent = interleaved(rounds, {"ours": ours, "lifetimes": theirs})
    Duel(name, "customer", "lifetimes", spent["ours"], spent["lifetimes"]).tell(at_least=FASTER)
    apart = float(np.max(np.abs(np.divide(found["ours"], found["theirs"]) - 1)))
    say(f"{name}.parameters_apart", apart, "of_themselves")
    promise(f"{name}.parameters_apart", kept=apart <= _ALIKE, bound=f"at_most_{_ALIKE:g}")


def whole(name: str, histories: Histories) -> Spent:
    """What a night does: fit anew, fit from yesterday, forecast all customers and their sum; the forecast's share."""
    with timed(len(histories)) as fresh:
        shop = fit_shop(histories)
    with timed(len(histories)) as warm:
        fit_shop(histories, Start(shop.purchases, shop.spend))
    with timed(len(histories)) as scored:
        Scorer(shop, histories).score(histories)
    with timed(len(histories)) as summed:
        totals(shop, histories, YEAR)
    for what, spent in (("fit", fresh), ("fit_from_yesterday", warm), ("forecast", scored), ("sum", summed)):
        say(f"{name}.{what}", spent.cpu, "s_of_processor")
    return scored


def measure(sizes: Sequence[int], rounds: int, place: Path) -> None:
    """Each size in turn; promises of the forecast are of the largest."""
    fitted(buyers.prepared(_WARM_UP, SPAN, 1, place))
    for customers in sizes:
        name = f"fit.customers_{customers}"
        histories = buyers.prepared(customers, SPAN, 1, place)
        scored = whole(name, histories)
        if customers == max(sizes):
            promise(f"{name}.forecast", kept=scored.cpu <= SECONDS, bound=f"at_most_{SECONDS:g}_s")
        if oracles.missing():
            say(f"{name}.compared", "no", f"({oracles.missing()})")
        else:
            compare(name, histories, rounds)


def main() -> int:
    """Measure; 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fit", description=__doc__)
    parser.add_argument("--sizes", nargs="+", type=int, default=SIZES, help="customers of each shop")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--no-install", action="store_true", help="compare only where the other package is there")
    asked = parser.parse_args()
    if oracles.missing() and not asked.no_install:
        try:
            oracles.install()
        except subprocess.CalledProcessError as problem:
            say("fit.lifetimes", "missing", f"({problem})")
    with tempfile.TemporaryDirectory() as place:
        measure(asked.sizes, asked.rounds, Path(place))
    peak = peak_memory(os.getpid())
    say("fit.peak_memory", peak, "MB")
    promise("fit.peak_memory", kept=peak <= MEGABYTES, bound=f"at_most_{MEGABYTES:g}_MB")
    return exit_status()


if __name__ == "__main__":
    raise SystemExit(main())
