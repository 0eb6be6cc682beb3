"""Fits a shop with another package, knowing nothing of ours: fitted_by_others.py lifetimes|clvkit SHOP.npz DAYS."""

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd


class Lifetimes:
    """The package that everybody used."""

    def fit(self, shop):
        """r, alpha, a, b, and the model for `forecast`."""
        from lifetimes import BetaGeoFitter

        self.model = BetaGeoFitter(penalizer_coef=0.0)
        self.model.fit(shop.x, shop.t_x, shop.age)
        return [float(self.model.params_[name]) for name in ("r", "alpha", "a", "b")]

    def fit_spend(self, shop):
        """p, q, gamma."""
        from lifetimes import GammaGammaFitter

        model = GammaGammaFitter(penalizer_coef=0.0)
        model.fit(shop.x, shop.spend)
        return [float(model.params_[name]) for name in ("p", "q", "v")]

    def forecast(self, shop, days):
        """P(alive) and expected purchases of each customer."""
        alive = self.model.conditional_probability_alive(shop.x, shop.t_x, shop.age)
        orders = self.model.conditional_expected_number_of_purchases_up_to_time(days, shop.x, shop.t_x, shop.age)
        return np.asarray(alive), np.asarray(orders)


class Clvkit:
    """A younger one, tested against the published figures."""

    @staticmethod
    def base(shop):
        """The shop as this package wants it."""
        from clvkit import CustomerBase

        columns = {"x": "frequency", "t_x": "recency", "age": "T", "spend": "monetary_value"}
        return CustomerBase(
            shop.rename(columns=columns),
            time_unit="D",
            observation_period_end=pd.Timestamp("2026-01-01"),
            has_monetary=True,
            on_negative="net",
        )

    def fit(self, shop):
        """r, alpha, a, b, and the model for `forecast`."""
        from clvkit.clv.bgnbd import BGNBD

        self.model = BGNBD().fit(self.base(shop))
        return [float(value) for value in self.model.params_]

    def fit_spend(self, shop):
        """p, q, gamma."""
        from clvkit.clv.gamma_gamma import GammaGamma

        model = GammaGamma().fit(self.base(shop))
        return [model.p, model.q, model.gamma]

    def forecast(self, shop, days):
        """P(alive) and expected purchases of each customer."""
        base = self.base(shop)
        found = self.model.probability_alive(base), self.model.predict(days, base)
        return tuple(np.asarray(each.to_pandas()).reshape(len(shop), -1)[:, -1] for each in found)


def timed(work, *what):
    """What comes of it, and the seconds by the wall and of processors."""
    began, cpu = time.perf_counter(), time.process_time()
    found = work(*what)
    return found, (time.perf_counter() - began, time.process_time() - cpu)


def main(rival, path, days):
    """Write the forecast beside the shop, and say the rest in JSON."""
    with np.load(path) as arrays:
        shop = pd.DataFrame({name: arrays[name].astype(float) for name in arrays})
    other = {"lifetimes": Lifetimes, "clvkit": Clvkit}[rival]()
    paid = shop[(shop.x > 0) & (shop.spend > 0)]
    other.fit(shop.head(1000))  # whatever is imported or compiled at first
    model, fit = timed(other.fit, shop)
    spend, fit_spend = timed(other.fit_spend, paid)
    (alive, orders), forecast = timed(other.forecast, shop, int(days))
    np.savez(Path(path).with_name("told.npz"), alive=alive, orders=orders)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    times = {"fit_seconds": fit, "spend_seconds": fit_spend, "forecast_seconds": forecast}
    print(json.dumps({"model": model, "spend": spend, **times, "peak_mb": peak}))


if __name__ == "__main__":
    main(*sys.argv[1:])
