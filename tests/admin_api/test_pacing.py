"""Pacing: who may take how much of a shop's bucket, as seen by one process."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from shopify_app.admin_api.errors import Throttled
from shopify_app.admin_api.pacing import LONGEST, Meter, Pace
from shopify_app.db.base import ShopId
from tests.admin_api.test_client import SHOP, Far, ok, throttled

if TYPE_CHECKING:
    from tests.conftest import MovedClock

LOWER, UPPER = (Pace.SYNC, Pace.BACKFILL), (Pace.WAITING, Pace.EFFECT)
COST = {"requestedQueryCost": 100, "actualQueryCost": 90}


def told(available: float, maximum: float = 2000.0, rate: float = 100.0, asked: float = 100) -> dict[str, Any]:
    status = {"maximumAvailable": maximum, "currentlyAvailable": available, "restoreRate": rate}
    return {"requestedQueryCost": asked, "actualQueryCost": asked, "throttleStatus": status}


@pytest.fixture
def meter(clock: "MovedClock") -> Meter:
    meter = Meter()
    meter.learn(SHOP, "shop", told(1050), clock())
    return meter


@pytest.mark.parametrize("pace", LOWER)
def test_who_can_wait_leaves_half_the_bucket(meter: Meter, clock: "MovedClock", pace: Pace) -> None:
    assert meter.pause(SHOP, "shop", pace, clock()) == 0.5
    clock.forward(0.5)
    assert meter.pause(SHOP, "shop", pace, clock()) == 0.0


@pytest.mark.parametrize("pace", UPPER)
def test_who_cannot_wait_may_take_it_all(meter: Meter, clock: "MovedClock", pace: Pace) -> None:
    for _ in range(10):
        assert meter.pause(SHOP, "shop", pace, clock()) == 0.0
    assert meter.pause(SHOP, "shop", Pace.BACKFILL, clock()) == pytest.approx(10.5)
    # Beyond the end too: Shopify decides, for another process may have been counted wrongly.
    assert [meter.pause(SHOP, "shop", pace, clock()) for _ in range(3)] == [0.0] * 3


def test_what_was_sent_is_gone_before_the_answer_says_so(meter: Meter, clock: "MovedClock") -> None:
    clock.forward(1)
    assert meter.pause(SHOP, "shop", Pace.SYNC, clock()) == 0.0
    assert meter.pause(SHOP, "shop", Pace.SYNC, clock()) == pytest.approx(0.5)
    meter.learn(SHOP, "shop", told(1900), clock())
    assert meter.pause(SHOP, "shop", Pace.SYNC, clock()) == 0.0


def test_a_bucket_holds_no_more_than_it_can(meter: Meter, clock: "MovedClock") -> None:
    clock.forward(3600)
    sent = 0
    while not meter.pause(SHOP, "shop", Pace.BACKFILL, clock()):
        sent += 1
    assert sent == 10


def test_after_a_clock_that_was_ahead_nobody_waits_for_its_time(meter: Meter, clock: "MovedClock") -> None:
    clock.forward(86_400)
    meter.learn(SHOP, "shop", told(0), clock())
    assert meter.pause(SHOP, "shop", Pace.SYNC, clock()) > 10
    clock.forward(-86_400)
    assert meter.pause(SHOP, "shop", Pace.SYNC, clock()) == 0.0
    meter.learn(SHOP, "shop", told(0), clock())
    assert meter.pause(SHOP, "shop", Pace.SYNC, clock()) > 10


def test_shops_and_documents_are_told_apart(meter: Meter, clock: "MovedClock") -> None:
    assert meter.pause(ShopId(8), "shop", Pace.SYNC, clock()) == 0.0
    assert meter.pause(SHOP, "unheard_of", Pace.SYNC, clock()) == 0.0


def test_a_document_larger_than_half_the_bucket_goes_when_it_is_full(clock: "MovedClock") -> None:
    meter = Meter()
    meter.learn(SHOP, "big", told(900, maximum=1000, rate=50, asked=700), clock())
    assert meter.pause(SHOP, "big", Pace.SYNC, clock()) == 2.0
    clock.forward(2)
    assert meter.pause(SHOP, "big", Pace.SYNC, clock()) == 0.0


@pytest.mark.parametrize(
    "cost",
    [None, [], "much", {}, {"throttleStatus": 5}, {"throttleStatus": {"restoreRate": 0, "maximumAvailable": "x"}}],
)
def test_an_answer_that_says_nothing_teaches_nothing(clock: "MovedClock", cost: object) -> None:
    meter = Meter()
    meter.learn(SHOP, "shop", cost, clock())
    assert meter.pause(SHOP, "shop", Pace.SYNC, clock()) == 0.0


def test_a_call_waits_for_its_share_before_it_is_sent(far: Callable[..., Far]) -> None:
    there = far(*[ok({"shop": {"name": "Bazaar"}}, extensions={"cost": told(900)})] * 3)
    there.admin.run(SHOP, "shop")
    there.admin.run(SHOP, "shop", pace=Pace.WAITING)
    assert there.slept == []
    there.admin.run(SHOP, "shop", pace=Pace.BACKFILL)
    assert there.slept == [2.0]


def test_after_throttling_the_lower_classes_wait_for_half(far: Callable[..., Far]) -> None:
    good = ok({"shop": {"name": "Bazaar"}})
    there = far(throttled(asked=100, available=0), good)
    there.admin.run(SHOP, "shop")
    assert sum(there.slept) == pytest.approx(11.0)
    there = far(throttled(asked=100, available=0), good)
    there.admin.run(SHOP, "shop", pace=Pace.EFFECT)
    assert there.slept == [1.0]


def test_somebody_who_waits_is_told_sooner(far: Callable[..., Far]) -> None:
    for pace, longest in ((Pace.WAITING, 5.0), (Pace.EFFECT, LONGEST)):
        there = far(*[throttled(asked=400, available=0)] * 9)
        with pytest.raises(Throttled):
            there.admin.run(SHOP, "shop", pace=pace)
        assert sum(there.slept) <= longest
        assert len(there.script.calls) == 1 + int(longest // 4)
