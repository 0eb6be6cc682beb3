"""Where an account stands: lots, uses, ends and what is owed, whatever the order in which they were told."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shopify_app.clock import Instant
from shopify_app.loyalty.ledger.causes import GRACE, Causes, End, Grant, Restored, Use
from shopify_app.loyalty.ledger.endings import Ending, endings
from shopify_app.loyalty.ledger.standing import standing as exact

START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = Instant(START + timedelta(days=400))


def day(number):
    return Instant(START + timedelta(days=number))


def grant(key, points, earned=0, available=0):
    return Grant(key, points, day(earned), None if available is None else day(max(available, earned)))


A_YEAR = (Ending(day(-1), 365),)


def standing(causes, now, ends=A_YEAR):
    return exact(causes, now, ends)


def left(account):
    lots = {}
    for piece in (*account.available, *account.pending):
        lots[piece.lot] = lots.get(piece.lot, 0) + piece.points
    return lots


def test_points_are_pending_until_they_can_be_spent():
    account = standing(Causes((grant("a", 100, available=14), grant("b", 30, available=None))), day(13))
    assert (account.to_spend, account.waiting) == (0, 130)
    account = standing(Causes((grant("a", 100, available=14), grant("b", 30, available=None))), day(14))
    assert (account.to_spend, account.waiting) == (100, 30)


def test_what_ends_soonest_is_spent_first():
    late, soon = grant("late", 100, available=10), grant("soon", 100, earned=5, available=8)
    account = standing(Causes((late, soon), (Use("u", 150, day(20)),)), day(30))
    assert left(account) == {"late": 50}
    assert [(piece.lot, piece.points) for piece in account.taken["u"]] == [("soon", 100), ("late", 50)]


def test_an_order_given_back_after_its_points_were_spent_is_owed_and_taken_from_the_next():
    gone, use = grant("gone", 0), Use("u", 100, day(20))
    account = standing(Causes((gone,), (use,)), day(30))
    assert (account.debt, account.balance, account.to_spend) == (100, -100, 0)
    account = standing(Causes((gone, grant("next", 130, earned=40, available=60)), (use,)), day(50))
    assert (account.debt, account.waiting, account.to_spend) == (0, 30, 0)


def test_points_that_come_back_go_to_their_lots_and_can_be_used_for_a_while():
    lots = (grant("a", 60), grant("b", 40, available=15))
    ends = (Ending(day(-1), 90),)
    account = standing(Causes(lots, (Use("u", 100, day(20), (Restored(50, day(70)),)),)), day(80), ends)
    assert [(piece.lot, piece.points) for piece in account.available] == [("a", 30), ("b", 20)]
    assert account.ends == (day(70) + GRACE, day(15 + 90))


def test_points_of_an_order_still_in_doubt_come_back_as_pending():
    lots = (grant("a", 0), grant("doubtful", 100, earned=30, available=None))
    account = standing(Causes(lots, (Use("u", 100, day(20), (Restored(100, day(40)),)),)), day(50))
    assert (account.to_spend, account.waiting, account.debt) == (0, 100, 0)


def test_an_end_takes_what_is_left_of_its_lot_and_nothing_where_the_order_was_given_back():
    use = Use("u", 30, day(20))
    end = End("e", "a", day(365))
    assert standing(Causes((grant("a", 100),), (use,), (end,)), NOW).ended == {"e": 70}
    early = End("e", "a", Instant(day(365) - timedelta(seconds=1)))
    assert standing(Causes((grant("a", 100),), (use,), (early,)), NOW).ended == {"e": 0}
    back = standing(Causes((grant("a", 0), grant("b", 50)), (use,), (end,)), NOW)
    assert (back.ended, left(back), back.debt) == ({"e": 0}, {"b": 20}, 0)


def ends_of(points, *said, at=NOW, uses=(), grants=()):
    return standing(Causes((grant("order/1", points), *grants), uses), at, endings(said)).ends


def test_points_end_so_many_days_after_they_could_be_spent():
    lots = Causes((grant("order/1", 10, earned=0, available=14), grant("order/2", 10, available=None)))
    assert standing(lots, day(20), (Ending(day(-1), 90),)).ends == (day(104),)


def test_whoever_switches_it_on_or_makes_it_shorter_gives_everybody_the_full_time():
    assert ends_of(10) == (None,)
    assert ends_of(10, Ending(day(50), 90)) == (day(140),)
    assert ends_of(10, Ending(day(0), 365), Ending(day(300), 90)) == (day(390),)
    assert ends_of(10, Ending(day(0), 90), Ending(day(30), 365)) == (day(365),)
    assert ends_of(10, Ending(day(0), 90), Ending(day(30), None), Ending(day(200), 90)) == (day(290),)


def test_what_will_only_hold_later_does_not_hold_yet():
    assert ends_of(10, Ending(day(0), 365), Ending(day(300), 90), at=day(299)) == (day(365),)


def test_whoever_buys_or_redeems_keeps_all_points_for_the_full_time_where_the_rule_says_so():
    said, bought = Ending(day(-1), 90, True), grant("order/2", 5, earned=80, available=None)
    assert ends_of(10, said) == (day(90),)
    assert ends_of(10, said, grants=(bought,)) == (day(170),)
    assert ends_of(10, said, uses=(Use("reward/1", 5, day(60)),)) == (day(150),)
    assert ends_of(10, said, uses=(Use("hand/1", 5, day(60)),)) == (day(90),)
    assert ends_of(10, said, Ending(day(100), 90), grants=(bought,)) == (day(190),)


def test_an_order_that_we_hear_of_late_brings_back_what_had_ended():
    said, end = (Ending(day(-1), 90, True),), End("end/1", "order/1", day(90))
    before = Causes((grant("order/1", 10),), (), (end,))
    assert standing(before, day(95), said).balance == 0
    bought = Causes((*before.grants, grant("order/2", 5, earned=80)), (), (end,))
    assert standing(bought, day(95), said).balance == 15


days = st.integers(0, 30)
grants = st.builds(grant, st.none(), st.integers(0, 50), days, st.one_of(st.none(), st.integers(0, 40)))
rules = st.lists(
    st.builds(Ending, days.map(day), st.one_of(st.none(), st.integers(5, 40)), st.booleans()), max_size=3
).map(endings)
uses = st.builds(
    Use,
    st.none(),
    st.integers(1, 60),
    days.map(day),
    st.lists(st.builds(Restored, st.integers(1, 40), days.map(day)), max_size=3).map(tuple),
)


@st.composite
def causes(draw):
    lots = [replace(each, key=f"order/{n}") for n, each in enumerate(draw(st.lists(grants, max_size=6)))]
    spent = [
        replace(each, key=draw(st.sampled_from((f"hand/{n}", f"reward/{n}"))))
        for n, each in enumerate(draw(st.lists(uses, max_size=5)))
    ]
    ends = [
        End(f"e{n}", draw(st.sampled_from(lots)).key, day(draw(st.integers(0, 60))))
        for n in range(draw(st.integers(0, 3)) if lots else 0)
    ]
    return Causes(tuple(lots), tuple(spent), tuple(ends))


@given(causes(), st.randoms(use_true_random=False), st.integers(0, 90), rules)
def test_it_is_the_same_in_whatever_order_the_causes_were_told(causes, random, now, ends):
    told = Causes(*(tuple(random.sample(part, len(part))) for part in (causes.grants, causes.uses, causes.ends)))
    assert standing(told, day(now), ends) == standing(causes, day(now), ends)


@given(causes(), st.integers(0, 90), rules)
def test_no_point_is_made_or_lost(causes, now, ends):
    account = standing(causes, day(now), ends)
    given = sum(each.points for each in causes.grants)
    used = sum(each.net for each in causes.uses)
    assert account.balance == given - used - sum(account.ended.values())
    assert all(piece.points > 0 for piece in (*account.available, *account.pending))
    assert not (account.debt and (account.available or account.pending))
    in_uses = sum(piece.points for pieces in account.taken.values() for piece in pieces)
    assert in_uses + account.debt == used


@given(causes(), st.integers(0, 90), rules)
def test_a_lot_never_has_more_than_it_was_given(causes, now, ends):
    account = standing(causes, day(now), ends)
    for lot in causes.grants:
        mine = [piece.points for piece in (*account.available, *account.pending) if piece.lot == lot.key]
        mine += [piece.points for pieces in account.taken.values() for piece in pieces if piece.lot == lot.key]
        mine += [account.ended[end.key] for end in causes.ends if end.lot == lot.key]
        assert sum(mine) == lot.points


@given(causes(), st.integers(0, 90), rules)
def test_an_order_given_back_in_full_is_as_if_it_had_never_been(causes, now, ends):
    if causes.grants:
        first, *rest = causes.grants
        back = Causes((replace(first, points=0), *rest), causes.uses, causes.ends)
        never = Causes(tuple(rest), causes.uses, causes.ends)
        assert standing(back, day(now), ends) == standing(never, day(now), ends)


@given(causes(), rules, st.integers(0, 90))
def test_what_ends_is_what_had_come_to_its_end(causes, ends, at):
    """Looked at every day, no point is left that has come to its end, and none is gone that has not."""
    before = standing(replace(causes, ends=()), day(at), ends)
    over = [
        (piece.lot, piece.points)
        for piece, until in zip(before.available, before.ends, strict=True)
        if until is not None and until <= day(at)
    ]
    looked = tuple(End(f"end/{lot}", lot, day(at)) for lot in {lot for lot, _ in over})
    after = standing(replace(causes, ends=looked), day(at), ends)
    if all(each.at <= day(at) for use in causes.uses for each in (use, *use.restored)) and all(
        each.earned_at <= day(at) for each in causes.grants
    ):
        assert sum(after.ended.values()) == sum(points for _, points in over)
        assert all(until is None or until > day(at) for until in after.ends)
