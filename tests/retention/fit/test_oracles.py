"""The packages that others use fit the same parameters and expect the same of each customer, on simulated shops."""

import numpy as np
import pytest

from benchmarks import oracles
from benchmarks.buyers import simulate
from shopify_app.retention.fit import purchases, scoring, spend
from shopify_app.retention.fit.histories import collapse
from shopify_app.retention.fit.purchases import Purchases
from shopify_app.retention.fit.spend import Spend

SPAN, DAYS = 730, 365


@pytest.fixture(autouse=True, scope="module")
def _installed():
    if oracles.missing():
        pytest.skip(f"COMPARISON WITH OTHER PACKAGES SKIPPED: {oracles.missing()}")


@pytest.mark.parametrize("customers", [1_000, 100_000])
@pytest.mark.parametrize("rival", ["lifetimes", "clvkit"])
def test_another_package_says_the_same(rival, customers):
    histories = collapse(*simulate(customers, SPAN, customers), SPAN - 1)[1]
    theirs = oracles.ask(rival, histories, DAYS)
    data, paid = purchases.compress(histories), spend.spenders(histories)
    model, amounts = purchases.fit(data, None)[0], spend.fit(paid, None)[0]
    assert model == pytest.approx(Purchases(*theirs["model"]), rel=1e-3)
    assert amounts == pytest.approx(Spend(*theirs["spend"]), rel=5e-3)
    # Where they stop a little below the top, ours is higher, and never lower.
    assert purchases.log_likelihood(model, data) >= purchases.log_likelihood(Purchases(*theirs["model"]), data) - 1e-5
    assert spend.log_likelihood(amounts, paid) >= spend.log_likelihood(Spend(*theirs["spend"]), paid) - 1e-5
    # The forecast from their own parameters is the same to many digits.
    told = Purchases(*theirs["model"])
    alive = scoring.alive(told, histories)
    assert alive == pytest.approx(theirs["alive"], rel=1e-9)
    orders = alive * scoring.orders_within(told, histories, DAYS)
    assert orders == pytest.approx(theirs["orders"], rel=1e-7, abs=1e-12)
    assert np.isfinite(orders).all()
