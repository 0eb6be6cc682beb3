"""The formulas as one would type them from the papers; what goes wrong with them is in test_traps.py."""

import numpy as np
from scipy import special


def log_likelihood(model, x, t_x, age):
    r, alpha, a, b = model
    stays = special.beta(a, b + x) / special.beta(a, b) / (alpha + age) ** (r + x)
    stops = special.beta(a + 1, b + x - 1) / special.beta(a, b) / (alpha + t_x) ** (r + x)
    return np.log(special.gamma(r + x) * alpha**r / special.gamma(r) * (stays + (x > 0) * stops))


def by_log_gammas(model, x, t_x, age):
    r, alpha, a, b = model
    log = special.gammaln
    value = log(r + x) - log(r) + log(a + b) - log(a + b + x) + log(b + x) - log(b)
    value += r * np.log(alpha) - (r + x) * np.log(alpha + age)
    odds = np.log(a) - np.log(b + x - 1) + (r + x) * (np.log(alpha + age) - np.log(alpha + t_x))
    return value + (x > 0) * np.log1p(np.exp(odds))


def alive(model, x, t_x, age):
    r, alpha, a, b = model
    return 1 / (1 + (x > 0) * a / (b + x - 1) * ((alpha + age) / (alpha + t_x)) ** (r + x))


def orders(model, x, age, days):
    r, alpha, a, b = model
    passed = days / (alpha + age + days)
    still = ((alpha + age) / (alpha + age + days)) ** (r + x) * special.hyp2f1(r + x, b + x, a + b + x - 1, passed)
    return (a + b + x - 1) / (a - 1) * (1 - still)


def orders_by_logs(model, x, age, days):
    r, alpha, a, b = model
    passed = days / (alpha + age + days)
    log = (r + x) * np.log1p(-passed) + np.log(special.hyp2f1(r + x, b + x, a + b + x - 1, passed))
    return (a + b + x - 1) / (a - 1) * (1 - np.exp(log))


def spend_log_likelihood(model, x, mean):
    p, q, gamma = model
    return (
        special.gammaln(p * x + q)
        - special.gammaln(p * x)
        - special.gammaln(q)
        + q * np.log(gamma)
        + (p * x - 1) * np.log(mean)
        + p * x * np.log(x)
        - (p * x + q) * np.log(gamma + x * mean)
    )


def expected_spend(model, x, mean):
    p, q, gamma = model
    return (q - 1) / (p * x + q - 1) * (p * gamma / (q - 1)) + p * x / (p * x + q - 1) * mean
