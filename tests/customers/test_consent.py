"""What a customer agreed to, as a rule: the later word holds, and of two people who are one the stricter."""

from datetime import timedelta
from functools import reduce

from hypothesis import given, settings
from hypothesis import strategies as st

from shopify_app.customers.consent import LONGEST, STATES, Consent, state_of
from tests.factories import instant

START = instant("2026-01-01")


def at(minutes):
    return None if minutes is None else START + timedelta(minutes=minutes)


TOLD = st.builds(
    lambda state, minutes, agreed: Consent(state, at(minutes), at(agreed)),
    st.sampled_from(("", *STATES)),
    st.none() | st.integers(0, 4),
    st.none() | st.integers(0, 4),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(TOLD), st.randoms())
def test_the_same_holds_in_whatever_order_it_was_told(told, chance):
    shuffled = chance.sample(told, len(told))
    assert reduce(Consent.updated, told, Consent()) == reduce(Consent.updated, shuffled, Consent())


@settings(max_examples=300, deadline=None)
@given(TOLD, TOLD)
def test_nobody_is_written_to_who_left_under_one_of_two_numbers(one, other):
    joined = one.joined(other)
    assert joined.state == other.joined(one).state
    assert joined.state == min((one.state, other.state), key=lambda state: [*STATES, ""].index(state))
    assert not (joined.state == "subscribed" and {one.state, other.state} - {"subscribed", ""})


@settings(max_examples=100, deadline=None)
@given(st.lists(TOLD, min_size=1))
def test_when_somebody_first_agreed_is_the_earliest_that_was_ever_told(told):
    moments = [one.agreed_at for one in told if one.agreed_at is not None]
    assert reduce(Consent.updated, told, Consent()).agreed_at == min(moments, default=None)
    assert reduce(Consent.joined, told).agreed_at == min(moments, default=None)


def test_states_are_shopifys_and_nothing_else():
    assert [state_of(text) for text in ("SUBSCRIBED", "unsubscribed", "Later", "", None)] == [
        "subscribed",
        "unsubscribed",
        "",
        "",
        "",
    ]
    assert max(map(len, STATES)) <= LONGEST
