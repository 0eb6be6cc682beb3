"""The CDNOW sample as histories: the data of the published figures."""

from datetime import date

import numpy as np
import pytest

from devstore.worlds.cdnow_sample import sample
from shopify_app.retention.fit.histories import collapse

FIRST = date(1997, 1, 1)
CALIBRATION, END = 272, 545
"""39 weeks to fit, up to 1997-09-30, and 39 more to look whether it was right; days since the first."""


def orders():
    try:
        lines = [line.split() for line in sample().decode().splitlines() if line.strip()]
    except ConnectionError as problem:
        pytest.skip(f"CDNOW TEST SKIPPED: {problem}")
    days = [(date.fromisoformat(f"{line[2][:4]}-{line[2][4:6]}-{line[2][6:]}") - FIRST).days for line in lines]
    cents = [int(line[4].replace(".", "")) for line in lines]
    return np.array([int(line[1]) for line in lines]), np.array(days), np.array(cents)


def histories(as_of=CALIBRATION):
    """Numbers of customers and their histories, lines of nothing to pay included, as in the literature."""
    return collapse(*orders(), as_of)
