"""Shops that keep a thread waiting are left to one thread; the others stay free."""

import pytest

from shopify_app.tasks.lanes import Lanes

DUE = [(1, "one"), (1, "other"), (2, "two")]


def step(lanes, clock, seconds, *, slow=False, ready=DUE):
    with lanes.turn(ready, slow=slow) as chosen:
        clock.forward(seconds)
    return chosen


def test_two_threads_work_for_two_shops(clock):
    lanes = Lanes(clock)
    with lanes.turn(DUE, slow=False) as first, lanes.turn(DUE, slow=False) as second:
        assert (first, second) == ((1, "one"), (2, "two"))
        assert step(lanes, clock, 0, slow=True) is None
    assert step(lanes, clock, 0) == (1, "one")


def test_a_slow_shop_goes_to_the_slow_lane_until_it_is_quick_again(clock):
    lanes = Lanes(clock)
    assert step(lanes, clock, 90) == (1, "one")
    assert step(lanes, clock, 0) == (2, "two")
    assert step(lanes, clock, 0, ready=DUE[:2]) is None
    assert step(lanes, clock, 0, slow=True) == (1, "one")
    assert step(lanes, clock, 0) == (1, "one")


def test_a_shop_is_given_back_when_its_step_fails(clock):
    lanes = Lanes(clock)
    with pytest.raises(ZeroDivisionError), lanes.turn(DUE, slow=False):
        _ = 1 / 0
    assert step(lanes, clock, 0) == (1, "one")
