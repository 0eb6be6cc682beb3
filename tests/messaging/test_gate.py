"""The gate: nothing goes to whoever has bought, has not agreed, was written to enough, or sleeps."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shopify_app.clock import Instant, local_day
from shopify_app.messaging.gate import LATE, SEND, SKIP, WAIT, Asked, Decision, Facts, Settings, decide
from shopify_app.messaging.quiet import hours_of, quiet_until

NOON = Instant(datetime(2026, 11, 24, 9, tzinfo=UTC))
"""Noon in Kuwait, a Tuesday."""
KUWAIT = Settings("Asia/Kuwait", "Asia/Kuwait")
EVERYTHING = Settings("Asia/Kuwait", "Asia/Kuwait", quiet=())


def at(hours: float) -> Instant:
    return Instant(NOON + timedelta(hours=hours))


def asked(**values: object) -> Asked:
    return Asked(**{"at": NOON, "consent": "subscribed"} | values)


def facts(**values: object) -> Facts:
    sound = {"kind": "marketing", "due_at": NOON, "began_at": at(-2), "active_since": at(-100), "cart": "left"}
    return Facts(**sound | {"consent": "subscribed", "asked": asked()} | values)


def test_to_whoever_left_a_cart_agreed_and_has_not_bought_it_goes():
    assert decide(facts(), KUWAIT, NOON) == Decision(SEND)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"ordered_at": at(-1)}, "bought"),
        ({"ordered_at": at(-2)}, "bought"),
        ({"asked": asked(ordered_at=at(-1))}, "bought"),
        ({"asked": asked(completed=True)}, "bought"),
        ({"has_it": True}, "has_it"),
        ({"ordered_at": at(-23)}, "bought_lately"),
        ({"began_at": at(-101)}, "from_before"),
        ({"active_since": None}, "switched_off"),
        ({"installed": False}, "uninstalled"),
        ({"cart": "ordered"}, "cart_ordered"),
        ({"cart": "followed"}, "cart_followed"),
        ({"cart": "deleted"}, "cart_deleted"),
        ({"reachable": False}, "no_address"),
        ({"suppressed": True}, "suppressed"),
        ({"consent": "pending"}, "not_agreed"),
        ({"consent": ""}, "not_agreed"),
        ({"asked": asked(consent="unsubscribed")}, "not_agreed"),
        ({"soft": True, "consent": "unsubscribed", "asked": asked(consent="unsubscribed")}, "not_agreed"),
        ({"asked": asked(in_stock=False)}, "out_of_stock"),
        ({"asked": asked(reminded_at=at(-5))}, "shopify_reminded"),
        ({"held_out": True}, "held_out"),
        ({"done": True}, "done"),
    ],
)
def test_it_never_goes(values, reason):
    said = decide(facts(**values), KUWAIT, NOON)
    assert (said.verdict, said.reasons[0]) == (SKIP, reason)


def test_who_was_never_asked_gets_it_where_the_merchant_writes_to_customers_who_have_bought():
    soft = facts(soft=True, consent="not_subscribed", asked=asked(consent="not_subscribed"))
    assert decide(soft, KUWAIT, NOON) == Decision(SEND)


def test_no_hour_of_any_night_lets_a_message_go_that_is_neither_evening_nor_day():
    """Of a year with Ramadan in it: between midnight and nine nobody in Kuwait is written to."""
    zone, hours = ZoneInfo("Asia/Kuwait"), hours_of(KUWAIT.quiet)
    start = datetime(2026, 1, 1, tzinfo=zone)
    for day in range(365):
        for hour in range(9):
            moment = Instant((start + timedelta(days=day, hours=hour, minutes=30)).astimezone(UTC))
            assert quiet_until(moment, hours, zone) is not None


def test_what_comes_days_late_never_goes_whatever_the_hour():
    assert decide(facts(due_at=at(-72), began_at=at(-80)), EVERYTHING, NOON) == Decision(SKIP, ("too_late",))


def test_a_service_message_is_held_out_from_nobody_and_in_nobodys_budget():
    service = facts(kind="service", held_out=True, consent="", asked=asked(consent=""), cart=None, sent=[at(-1)] * 9)
    assert decide(service, KUWAIT, NOON) == Decision(SEND)


@pytest.mark.parametrize("minutes", [-3, 3])
def test_nothing_goes_before_shopify_was_asked_just_now(minutes):
    stale = facts(asked=asked(at=at(minutes / 60)))
    for one in (stale, facts(asked=None)):
        assert decide(one, KUWAIT, NOON) == Decision(WAIT, ("look_first",), NOON)


def test_one_a_day_and_three_in_seven_days():
    """Yesterday's evening leaves today free; a third within the week does not."""
    assert decide(facts(sent=[at(-14)]), KUWAIT, NOON).verdict == SEND
    today = decide(facts(sent=[at(-3)]), EVERYTHING, NOON)
    assert today == Decision(WAIT, ("budget",), at(12))
    week = decide(facts(sent=[at(-165), at(-100), at(-50)]), KUWAIT, NOON)
    assert week == Decision(WAIT, ("budget",), at(3))


def test_what_would_come_more_than_twelve_hours_late_does_not_come():
    late = facts(sent=[at(-3)])
    assert decide(late, KUWAIT, NOON) == Decision(SKIP, ("too_late", "budget", "quiet"))
    night = facts(due_at=at(10.5), began_at=at(5))
    assert decide(night, KUWAIT, at(10.5)) == Decision(WAIT, ("quiet",), at(21))
    assert decide(facts(due_at=at(8), began_at=at(5)), KUWAIT, at(10.5)).reasons == ("too_late", "quiet")


@pytest.mark.parametrize(
    ("local", "ends"),
    [
        ("2026-11-24T21:59", None),
        ("2026-11-24T22:00", "2026-11-25T09:00"),
        ("2026-11-25T08:59", "2026-11-25T09:00"),
        ("2026-11-25T09:00", None),
        ("2026-11-27T11:30", "2026-11-27T13:30"),
        ("2026-11-26T11:30", None),
        ("2027-02-15T17:00", "2027-02-15T20:00"),
        ("2027-02-15T23:30", None),
        ("2027-02-16T03:00", "2027-02-16T11:00"),
        ("2027-02-16T00:30", "2027-02-16T11:00"),
        ("2027-02-07T23:00", "2027-02-08T11:00"),
        ("2027-03-08T23:00", None),
        ("2027-03-09T03:30", "2027-03-09T09:00"),
        ("2026-03-20T03:30", "2026-03-20T09:00"),
        ("2027-02-19T10:00", "2027-02-19T11:00"),
        ("2027-02-19T12:00", "2027-02-19T13:30"),
    ],
)
def test_quiet_hours_of_kuwait(local, ends):
    """Ramadan 1448 begins on 8 February 2027."""
    zone = ZoneInfo("Asia/Kuwait")
    moment = Instant(datetime.fromisoformat(local).replace(tzinfo=zone).astimezone(UTC))
    until = quiet_until(moment, hours_of(KUWAIT.quiet), zone)
    assert (until and until.astimezone(zone).isoformat()[:16]) == ends


def test_without_ramadans_own_the_nights_are_quiet_in_ramadan_too():
    zone = ZoneInfo("Asia/Kuwait")
    night = Instant(datetime(2027, 2, 15, 23, 30, tzinfo=zone).astimezone(UTC))
    assert quiet_until(night, hours_of(["nights"]), zone) is not None


moments = st.integers(-200, 40).map(lambda hours: at(hours))
consents = st.sampled_from(["", "subscribed", "subscribed", "unsubscribed", "not_subscribed", "pending"])
answers = st.builds(
    Asked,
    at=st.sampled_from([at(0), at(-1), at(5)]),
    consent=consents,
    ordered_at=st.none() | moments,
    completed=st.sampled_from([False, False, True]),
    in_stock=st.sampled_from([True, True, False]),
    reminded_at=st.none() | moments,
)
anything = st.builds(
    Facts,
    kind=st.sampled_from(["marketing", "marketing", "service"]),
    due_at=moments,
    began_at=moments,
    active_since=st.none() | st.just(at(-300)) | moments,
    installed=st.sampled_from([True, True, False]),
    reachable=st.sampled_from([True, True, False]),
    consent=consents,
    soft=st.booleans(),
    suppressed=st.sampled_from([False, False, True]),
    cart=st.sampled_from([None, "left", "left", "open", "ordered", "deleted", "followed", "empty", "closed"]),
    ordered_at=st.none() | moments,
    has_it=st.sampled_from([False, False, True]),
    acted_at=st.none() | moments,
    sent=st.lists(moments, max_size=4),
    held_out=st.booleans(),
    done=st.sampled_from([False, False, True]),
    asked=st.none() | answers,
)
zones = st.sampled_from(["Asia/Kuwait", "America/New_York", "Europe/London"])
wishes = st.builds(
    Settings,
    zone=zones,
    shop_zone=zones,
    quiet=st.lists(st.sampled_from(["nights", "fridays", "ramadan"]), unique=True),
)
sound = st.builds(
    lambda one, **fixed: msgspec.structs.replace(one, **fixed),
    anything,
    active_since=st.just(at(-300)),
    installed=st.just(True),
    reachable=st.just(True),
    consent=st.just("subscribed"),
    suppressed=st.just(False),
    cart=st.sampled_from([None, "left"]),
    has_it=st.just(False),
    done=st.just(False),
    held_out=st.just(False),
    asked=st.just(asked()),
)


@given(one=anything | sound, settings=wishes, now=st.sampled_from([at(0), at(3), at(12)]))
def test_whatever_is_sent_breaks_none_of_the_promises(one, settings, now):
    said = decide(one, settings, now)
    assert said == decide(msgspec.json.decode(msgspec.json.encode(one), type=Facts), settings, now)
    assert (said.until is not None) == (said.verdict == WAIT)
    assert bool(said.reasons) == (said.verdict != SEND)
    if said.verdict == WAIT:
        assert now <= said.until <= one.due_at + LATE or said.reasons == ("look_first",)
    if said.verdict != SEND:
        return
    zone = ZoneInfo(settings.zone)
    assert (one.suppressed, one.reachable, one.done) == (False, True, False)
    assert one.ordered_at is None or one.ordered_at < one.began_at
    assert one.asked is not None
    assert abs(now - one.asked.at) <= timedelta(minutes=2)
    assert one.asked.ordered_at is None or one.asked.ordered_at < one.began_at
    if one.kind == "marketing":
        assert {one.consent, one.asked.consent} <= {"subscribed", *(("", "not_subscribed") if one.soft else ())}
        assert not one.held_out
        shop_zone = ZoneInfo(settings.shop_zone)
        assert local_day(now, shop_zone) not in {local_day(sent, shop_zone) for sent in one.sent}
        assert sum(now - sent < timedelta(days=7) for sent in one.sent) < 3
        if "nights" in settings.quiet and "ramadan" not in settings.quiet:
            assert 9 <= now.astimezone(zone).hour < 22


@given(one=anything | sound, settings=wishes)
@example(one=facts(), settings=KUWAIT)
def test_a_purchase_never_lets_a_message_go(one, settings):
    bought = msgspec.structs.replace(one, ordered_at=max(one.began_at, NOON))
    assert decide(bought, settings, NOON).verdict == SKIP
