"""What changed: nothing is said that chance could have done, and what is planted is found."""

import random
from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopify_app.retention.what_changed.chance import Group, chance
from shopify_app.retention.what_changed.finding import LEAST_PEOPLE, MOST, WEEKS, Comparison, found
from tests.examples import LONGER

group = st.integers(0, 40).flatmap(lambda people: st.builds(Group, st.just(people), st.integers(0, people)))


def by_counting(one, other):
    """The same from whole numbers alone: every way to hand out what was done."""
    did, people = one.did + other.did, one.people + other.people
    ways = {
        count: comb(one.people, count) * comb(other.people, did - count)
        for count in range(max(0, did - other.people), min(one.people, did) + 1)
    }
    above = one.did * other.people >= other.did * one.people
    tail = sum(number for count, number in ways.items() if (count >= one.did if above else count <= one.did))
    return min(Fraction(1), Fraction(2 * tail, comb(people, did)))


@given(group, group)
def test_the_chance_is_that_of_counting_every_way(one, other):
    expected = by_counting(one, other) if one.people and other.people else Fraction(1)
    assert chance(one, other) == pytest.approx(float(expected), rel=1e-9)


def test_a_tea_taster_and_big_groups():
    # Fisher's own example: four of four and none of four; one side is 1/70.
    assert chance(Group(4, 4), Group(4, 0)) == pytest.approx(2 / 70)
    assert chance(Group(200_000, 60_000), Group(200_000, 60_100)) > 0.5
    assert chance(Group(200_000, 60_000), Group(200_000, 62_000)) < 1e-10


def compared(draw, shares, people=(60, 800)):
    """Comparisons of products, in which everybody comes back with the share of their product."""
    return [
        Comparison("product", str(number), "Oud", group_of(draw, share, people), group_of(draw, shares[0], people))
        for number, share in enumerate(shares)
    ]


def group_of(draw, share, people):
    count = draw.randint(*people)
    return Group(count, sum(draw.random() < share for _ in range(count)))


YEARS = 30 * LONGER


def test_a_shop_of_noise_is_left_in_peace():
    """Fresh people each week, the worst case: in 95 of 100 years nothing is said."""
    draw, wrong = random.Random(11), 0
    for _ in range(YEARS):
        wrong += any(found(compared(draw, [0.3] * 12, (60, 200))) for _ in range(WEEKS))
    assert wrong <= YEARS * 0.05 + 2 * (YEARS * 0.05 * 0.95) ** 0.5


def test_what_is_planted_is_found_and_said_first():
    draw = random.Random(3)
    (first, *_) = found(compared(draw, [0.27, 0.27, 0.44, 0.27], (900, 1000)))
    assert (first.comparison.key, first.compared) == ("2", 4)
    assert first.comparison.some.share > first.comparison.others.share


def test_little_people_and_little_differences_are_not_said():
    few = Comparison("product", "1", "Oud", Group(LEAST_PEOPLE - 1, LEAST_PEOPLE - 1), Group(5000, 0))
    little = Comparison("product", "2", "Oud", Group(400_000, 122_000), Group(400_000, 120_000))
    assert found([few, little]) == []


def test_no_more_than_a_few_and_never_the_same_thing_twice():
    some, others = Group(500, 400), Group(500, 50)
    both = [Comparison("channel", "web", "Online", some, others), Comparison("channel", "pos", "Till", others, some)]
    assert len(found(both)) == 1
    many = [Comparison("product", str(at), "Oud", Group(500 + at, 400), others) for at in range(9)]
    assert len(found(many)) == MOST


def test_nothing_to_compare():
    assert found([]) == []
