"""Pretend customers who buy as the models say: for the tests and the benchmark of the fit."""

import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from shopify_app.retention.fit.histories import Histories, collapse
from shopify_app.retention.fit.purchases import Purchases
from shopify_app.retention.fit.spend import Spend

TRUTH = Purchases(0.55, 60.0, 0.8, 2.5)
AMOUNTS = Spend(6.0, 4.0, 1500.0)
"""Minor units."""


class Orders(NamedTuple):
    """One place an order, in no order of days; days count from the first on which anybody may buy."""

    customers: npt.NDArray[np.int64]
    days: npt.NDArray[np.int64]
    nets: npt.NDArray[np.int64]


def simulate(
    customers: int, span: int, seed: int, truth: Purchases = TRUTH, amounts: Spend = AMOUNTS, ahead: int = 0
) -> Orders:
    """Orders of customers who came at any time in `span` days, until the end of them and `ahead` days more."""
    chance = np.random.default_rng(seed)
    came = chance.integers(0, span, customers)
    rate = np.maximum(chance.gamma(truth.r, 1 / truth.alpha, customers), 1e-12)
    stops = np.clip(chance.beta(truth.a, truth.b, customers), 1e-12, 1.0)
    level = chance.gamma(amounts.q, 1 / amounts.gamma, customers)
    who, at = np.arange(customers), came.astype(float)
    found = [(who, at)]
    while len(who):
        at = at + chance.exponential(1 / rate[who])
        in_time = at < span + ahead
        who, at = who[in_time], at[in_time]
        found.append((who, at))
        still = chance.random(len(who)) >= stops[who]
        who, at = who[still], at[still]
    everyone = np.concatenate([each for each, _ in found])
    days = np.concatenate([each for _, each in found]).astype(np.int64)
    nets = np.maximum(np.round(chance.gamma(amounts.p, 1 / level[everyone])), 1)
    return Orders(everyone, days, nets.astype(np.int64))


def prepared(customers: int, span: int, seed: int, place: Path) -> Histories:
    """Histories at the end of the span, simulated in another process: the memory that it took is not ours."""
    path = place / f"{customers}.npz"
    subprocess.run([sys.executable, "-m", "benchmarks.buyers", *map(str, (customers, span, seed, path))], check=True)
    with np.load(path) as arrays:
        return Histories(**arrays)


if __name__ == "__main__":
    _customers, _span, _seed = map(int, sys.argv[1:4])
    np.savez(sys.argv[4], **asdict(collapse(*simulate(_customers, _span, _seed), _span - 1)[1]))
