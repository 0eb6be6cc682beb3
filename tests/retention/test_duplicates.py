"""Groups of customers who share something, and what the share of repeat buyers would be; against merging for real."""

import itertools
from collections import Counter
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shopify_app.changes.apply import apply_facts
from shopify_app.changes.facts import CustomerSeen, CustomersMerged
from shopify_app.clock import LocalDay
from shopify_app.customers.contacts.contact import Reachable, hashed
from shopify_app.customers.contacts.queries import keep_apart
from shopify_app.retention.duplicates.grouping import MOST, Held, grouped
from shopify_app.retention.duplicates.queries import effect_in, load_groups, purchases_of
from shopify_app.retention.measure import measure
from shopify_app.retention.window import Basis, Unit, parse_window
from shopify_app.retention.window_sums.queries import WindowSums
from tests.examples import examples
from tests.factories import LOOKUP, instant, make_shop, order

NOW = instant("2025-06-01")
TODAY = LocalDay(NOW.date())
CUSTOMERS = range(1, 13)
PHONES = [f"+9655000{number}222" for number in range(1, 7)]

holding = st.lists(st.tuples(st.sampled_from(CUSTOMERS), st.sampled_from(["email", "phone"]), st.integers(1, 6)))


def held(found):
    return [Held(customer, what, str(value)) for customer, what, value in found]


def linked(found, apart):
    """Who can be reached from whom over what they share: walked, not joined."""
    near = neighbours(found, apart)
    groups = set()
    for start in near:
        met, rest = {start}, [start]
        while rest:
            fresh = near[rest.pop()] - met
            met |= fresh
            rest += fresh
        groups.add(tuple(sorted(met)))
    return groups


def neighbours(found, apart):
    sharing, near = {}, {}
    for one in held(found):
        sharing.setdefault((one.what, one.hash), set()).add(one.customer)
    few = [people for people in sharing.values() if len(people) <= MOST]
    for low, high in {(low, high) for people in few for low in people for high in people if low < high} - apart:
        near.setdefault(low, set()).add(high)
        near.setdefault(high, set()).add(low)
    return near


@given(holding, st.sets(st.tuples(st.sampled_from(CUSTOMERS), st.sampled_from(CUSTOMERS))))
def test_groups_are_all_who_are_linked(found, apart):
    groups = grouped(held(found), apart)
    assert {group.customers for group in groups.shown} == linked(found, apart)
    assert [group.key for group in groups.shown] == sorted((group.key for group in groups.shown), reverse=True)
    everybody = [one for group in groups.shown for one in group.customers]
    assert len(everybody) == len(set(everybody))
    assert all(pair in apart for group in groups.put_away for pair in group.pairs)


def test_what_a_group_shares_is_said():
    groups = grouped(held([(1, "phone", 1), (2, "phone", 1), (2, "email", 2), (3, "email", 2)]), set()).shown
    assert [(group.customers, group.shared) for group in groups] == [((1, 2, 3), {"phone", "email"})]


def seen(customer, phones):
    told = Reachable(None, phones[0] if phones else None, [(phone, None) for phone in phones[1:]])
    return CustomerSeen(customer, NOW, NOW, hashed(told, LOOKUP, 1))


shops = st.tuples(
    st.lists(st.tuples(st.sampled_from([*CUSTOMERS, None]), st.integers(0, 500), st.booleans()), max_size=40),
    st.dictionaries(st.sampled_from(CUSTOMERS), st.lists(st.sampled_from(PHONES), max_size=2), max_size=12),
)


names = st.sampled_from(["all", "365d", "30d", "2024-06-01..2024-12-31"])


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_effect_is_what_merging_does(kind, request):
    database, count = request.getfixturevalue(kind), itertools.count()

    @examples(kind, 60, 25)
    @given(shops, names)
    @example(([], {one: PHONES[:1] if one < 5 else PHONES[:2] for one in range(1, 7)}), "all")
    def holds(made, name):
        shop = make_shop(database, f"s{next(count)}.myshopify.com")
        lived(database, shop, *made)
        window = parse_window(name, TODAY)
        with database.reading() as session:
            groups = load_groups(session, shop)
            effect = effect_in(session, shop, groups, window, WindowSums(session, shop))
            before = rate(session, shop, window)
        merges = [
            CustomersMerged(group.customers[0], gone, NOW) for group in groups.shown for gone in group.customers[1:]
        ]
        with database.transaction() as session:
            apply_facts(session, shop, merges, NOW, LOOKUP)
        with database.reading() as session:
            assert (effect.now, effect.then) == (before, rate(session, shop, window))
            # Of a phone that too many shared for it to be evidence, few enough may be left.
            assert crowded(made[1]) or load_groups(session, shop).shown == []

    holds()


def crowded(phones):
    sharing = Counter(phone for listed in phones.values() for phone in set(listed))
    return any(count > MOST for count in sharing.values())


def lived(database, shop, orders, phones):
    facts = []
    for place, (buyer, day, cancelled) in enumerate(orders):
        at = (date(2024, 1, 1) + timedelta(days=day)).isoformat()
        facts.append(order(place + 1, buyer, at, "10", cancelled_at="2025-05-30" if cancelled else None))
    for one, listed in phones.items():
        contacts = hashed(Reachable(None, None, [(phone, None) for phone in listed]), LOOKUP, shop)
        facts.append(CustomerSeen(one, NOW, NOW, contacts))
    with database.transaction() as session:
        apply_facts(session, shop, facts, NOW, LOOKUP)


def rate(session, shop, window) -> Fraction | None:
    sums = WindowSums(session, shop)
    return measure(session, shop, window, Basis.KEPT, Unit.ORDER, sums)["repeat_rate"].value


def test_what_each_has_bought(database):
    shop = make_shop(database)
    facts = [order(1, 5, "2025-01-01", "10"), order(2, 5, "2025-03-01", "20", refunded="5", refunded_at="2025-04-01")]
    with database.transaction() as session:
        apply_facts(session, shop, [*facts, order(3, 6, "2025-02-01", "7", test=True)], NOW, LOOKUP)
    with database.reading() as session:
        bought = purchases_of(session, shop, [5, 6])
    assert set(bought) == {5}
    assert (bought[5].orders, bought[5].net) == (2, 2500)
    assert (str(bought[5].first), str(bought[5].last)) == ("2025-01-01", "2025-03-01")


def test_what_was_said_of_two_goes_with_a_merge_of_one(database):
    shop = make_shop(database)
    with database.transaction() as session:
        apply_facts(session, shop, [seen(one, PHONES[:1]) for one in (1, 2, 3)], NOW, LOOKUP)
        keep_apart(session, shop, load_groups(session, shop).shown[0].pairs, NOW)
    with database.transaction() as session:
        apply_facts(session, shop, [CustomersMerged(1, 2, NOW)], NOW, LOOKUP)
    with database.reading() as session:
        groups = load_groups(session, shop)
    assert [group.customers for group in groups.put_away] == [(1, 3)]
    assert groups.shown == []
