"""How much is written at once: few while somebody waits for the writer."""

from datetime import timedelta

import pytest

from shopify_app.db.portion import HOLD, Portion
from tests.factories import EPOCH

MOST = 100


class Writer:
    """A database whose writer is waited for or not, and a clock that each portion moves."""

    def __init__(self):
        self.now, self.waits = EPOCH, False

    def awaited(self):
        return self.waits

    def clock(self):
        return self.now

    def store(self, portion, each):
        with portion.stored():
            self.now += each * portion.size


@pytest.fixture
def writer():
    return Writer()


def test_it_grows_to_the_most_while_nobody_waits(writer):
    portion = Portion(writer, writer.clock, (10, MOST))
    sizes = [portion.size]
    while portion.size < MOST:
        writer.store(portion, HOLD)
        sizes.append(portion.size)
    assert sizes[0] == 31
    assert sizes == sorted(sizes)


def test_it_settles_at_what_the_hold_allows_while_somebody_waits(writer):
    portion = Portion(writer, writer.clock, (10, MOST))
    for _ in range(20):
        writer.store(portion, timedelta())
    writer.waits = True
    for _ in range(3):
        writer.store(portion, HOLD / 40)
    assert portion.size == 40


def test_it_never_falls_below_the_fewest(writer):
    portion = Portion(writer, writer.clock, (10, MOST))
    writer.waits = True
    for _ in range(5):
        writer.store(portion, HOLD)
    assert portion.size == 10


def test_a_failed_portion_teaches_nothing(writer):
    portion = Portion(writer, writer.clock, (10, MOST))
    with pytest.raises(ValueError, match="refused"), portion.stored():
        raise ValueError("refused")
    assert portion.size == 31
