"""Pretend histories: purchase days of customers as the columns that sums are made from, and simulated shops."""

from datetime import date
from random import Random

from hypothesis import strategies as st

from shopify_app.retention.history.columns import columns

FIRST = date(2024, 1, 1).toordinal()

histories = st.dictionaries(st.integers(1, 12), st.lists(st.integers(0, 500), min_size=1, max_size=9), max_size=12)
"""By customer, the days of each order, counted from FIRST; several may be of one day."""


def columns_from(shop, until=None):
    """The rows as the aggregates would have them; `until` counted from FIRST."""
    rows = []
    for buyer, days in shop.items():
        known = sorted(day for day in days if until is None or day <= until)
        places = {day: place for place, day in enumerate(sorted(set(known)), 1)}
        for nth, day in enumerate(known, 1):
            rows.append((buyer, date.fromordinal(FIRST + day), 1, 500, nth, places[day]))
    return columns(rows)


def purchase_days(shop, until=None):
    """By customer, the distinct days in order."""
    found = {buyer: sorted({day for day in days if until is None or day <= until}) for buyer, days in shop.items()}
    return {buyer: days for buyer, days in found.items() if days}


def simulated(seed, days=730, a_day=2.0, rhythm=lambda _day: 30.0, comes_back=0.7):
    """A shop that opens on FIRST: with probability `comes_back` each purchase is followed by another, after a gap of
    `rhythm(day)` days on the average."""
    rng, shop = Random(seed), {}
    for first in range(days):
        for _ in range(int(a_day) + (rng.random() < a_day % 1)):
            day, mine = first, [first]
            while rng.random() < comes_back:
                day += max(1, round(rng.gammavariate(4, rhythm(day) / 4)))
                if day >= days:
                    break
                mine.append(day)
            shop[len(shop) + 1] = mine
    return shop
