"""Scores and groups: what must hold of any shop, and the same as a slow, plain look at all customers."""

from collections import Counter
from datetime import date, timedelta
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopify_app.retention.rfm.scoring import (
    Cuts,
    Group,
    Scores,
    cut_points,
    group_of,
    late_since,
    nine_of_ten,
    score,
    scores,
)
from tests.segments.people import TODAY, cuts_of, somebody

VALUES = st.lists(st.integers(-3, 12), min_size=1, max_size=60)


def by_hand(values, value):
    """The fifth in which the middle of everybody with this value stands when all stand in a row."""
    below, same = sum(other < value for other in values), values.count(value)
    return ceil(5 * (below + Fraction(same, 2)) / len(values))


def cuts_for(values):
    return cut_points(sorted(Counter(values).items()), len(values))


# ---- metrics.md, properties 11: RFM ----


@given(VALUES)
def test_a_score_is_the_fifth_that_somebody_stands_in(values):
    assert [score(value, cuts_for(values)) for value in values] == [by_hand(values, value) for value in values]


@given(VALUES, st.integers(-9, 20))
def test_scores_are_from_1_to_5_also_of_values_that_nobody_had(values, other):
    assert 1 <= score(other, cuts_for(values)) <= 5
    assert score(max(values) + 1, cuts_for(values)) == 5
    assert score(min(values) - 1, cuts_for(values)) == 1


@given(VALUES)
def test_more_never_scores_lower_and_equals_score_alike(values):
    found = [score(value, cuts_for(values)) for value in sorted(values)]
    assert found == sorted(found)


@given(VALUES)
def test_fewer_than_five_values_make_fewer_scores(values):
    assert len({score(value, cuts_for(values)) for value in values}) <= len(set(values))


def test_five_equal_fifths_score_one_to_five():
    assert [score(value, cuts_for([10, 20, 30, 40, 50])) for value in (10, 20, 30, 40, 50)] == [1, 2, 3, 4, 5]


def test_where_all_are_alike_all_stand_in_the_middle():
    assert score(7, cuts_for([7] * 9)) == 3
    assert cut_points([], 0) == ()


@given(st.lists(st.integers(1, 400), max_size=40))
def test_nine_of_ten_gaps_ended_within_it(gaps):
    limit = nine_of_ten(sorted(Counter(gaps).items()), len(gaps))
    if limit is None:
        assert not gaps
    else:
        assert sum(gap <= limit for gap in gaps) >= 0.9 * len(gaps) > sum(gap < limit for gap in gaps)


PEOPLE = st.lists(
    st.tuples(
        st.integers(1, 9),  # purchase days
        st.integers(0, 400),  # days since the last
        st.integers(0, 40),  # net
        st.none() | st.integers(1, 60),  # own limit
        st.sampled_from([0, 0, 0, 1, 3]),  # orders that Shopify only tells the number of
    ),
    min_size=1,
    max_size=40,
)


def people(drawn):
    return [somebody(number, *each) for number, each in enumerate(drawn, start=1)]


@given(PEOPLE)
def test_every_customer_is_in_one_group_and_the_groups_sum_to_all(drawn):
    rows = people(drawn)
    sizes = Counter(group_of(row, cuts_of(rows), TODAY) for row in rows)
    assert sum(sizes.values()) == len(rows)
    assert set(sizes) <= set(Group)


@given(PEOPLE, st.integers(-1000, 1000))
def test_shifting_all_days_or_scaling_money_changes_no_group(drawn, shift):
    rows = people(drawn)
    by = timedelta(days=shift)
    moved = [
        row._replace(
            first_day=row.first_day + by,
            second_day=None if row.second_day is None else row.second_day + by,
            last_day=row.last_day + by,
            net=row.net * 7,
        )
        for row in rows
    ]
    before, after = cuts_of(rows), cuts_of(moved)
    assert [scores(row, before) for row in rows] == [scores(row, after) for row in moved]
    assert [group_of(row, before, TODAY) for row in rows] == [group_of(row, after, TODAY + by) for row in moved]


@given(PEOPLE)
def test_who_is_late_by_the_day_is_in_a_group_of_the_late(drawn):
    rows = people(drawn)
    cuts = cuts_of(rows)
    for row in rows:
        since = late_since(row, cuts)
        late = group_of(row, cuts, TODAY) in (Group.MIGHT_LOSE, Group.LATE, Group.AWAY)
        assert late == (since is not None and since <= TODAY)


# ---- the map, by examples ----

SHOP = Cuts(
    (date(2026, 1, 1), date(2026, 3, 1), date(2026, 6, 1), date(2026, 6, 10)),
    (0, 0, 1, 2),
    (10, 20, 30, 40),
    60,
    99,
    40,
)


@pytest.mark.parametrize(
    ("days", "since", "net", "own", "group"),
    [
        (1, 5, 10, None, Group.NEW),
        (1, 61, 10, None, Group.ONCE),
        (1, 500, 90, None, Group.ONCE),
        (2, 5, 90, None, Group.PROMISING),
        (3, 5, 90, None, Group.BEST),
        (3, 5, 40, None, Group.LOYAL),
        (9, 35, 90, None, Group.LOYAL),
        (3, 61, 31, None, Group.MIGHT_LOSE),
        (3, 61, 30, None, Group.LATE),
        (9, 21, 90, 20, Group.MIGHT_LOSE),
        (9, 30, 90, 10, Group.MIGHT_LOSE),
        (9, 31, 90, 10, Group.AWAY),
        (2, 120, 90, None, Group.MIGHT_LOSE),
        (2, 121, 90, None, Group.AWAY),
    ],
)
def test_the_map(days, since, net, own, group):
    assert group_of(somebody(1, days, since, net, own), SHOP, TODAY) is group


def test_who_has_ordered_before_what_shopify_shows_is_neither_new_nor_a_one_time_buyer():
    assert group_of(somebody(1, 1, 5, 10, earlier=1), SHOP, TODAY) is Group.PROMISING
    assert group_of(somebody(1, 1, 5, 90, earlier=2), SHOP, TODAY) is Group.BEST
    assert group_of(somebody(1, 1, 61, 90, earlier=1), SHOP, TODAY) is Group.MIGHT_LOSE


def test_cuts_are_kept_as_they_are():
    assert Cuts.read(SHOP.text()) == SHOP
    assert scores(somebody(1, 3, 5, 40), SHOP) == Scores(5, 5, 4)
    assert Cuts.read(Cuts().text()) == Cuts()
