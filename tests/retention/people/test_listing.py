"""Lists of customers: the same as a slow look at all their orders, however they are narrowed, sorted and paged."""

import itertools
from collections import defaultdict
from datetime import date, timedelta
from random import Random
from statistics import median_low

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shopify_app.changes.apply import apply_facts
from shopify_app.clock import LocalDay
from shopify_app.errors import Malformed
from shopify_app.retention.forecasts.queries import keep_fit, keep_forecasts
from shopify_app.retention.forecasts.row import ForecastRow
from shopify_app.retention.people.listing import queries
from shopify_app.retention.people.listing.asking import SORTS, Filters, Sorting, Wanted, read_wanted
from shopify_app.retention.people.listing.columns import ALWAYS, CHOICES, PEOPLE, USUAL
from shopify_app.retention.people.listing.queries import Listing, count_listed, orders_named, people_listed
from shopify_app.retention.rfm.queries import shops_limit
from tests.examples import examples
from tests.factories import LOOKUP, instant, make_shop, order

BEGAN = date(2025, 1, 1)
TODAY = LocalDay(date(2025, 6, 1))
NOW = instant("2025-06-01T12:00")


def shop_of(seed):
    """Up to sixty orders of eight customers and of guests: some buy at their own pace, some may have stopped."""
    chance = Random(seed)
    made = []
    for customer in (None, *range(1, 9)):
        pace, day = chance.choice([3, 10, 40, 90]), chance.randrange(60)
        for _ in range(chance.choice([0, 1, 1, 2, 3, 7])):
            made.append((customer, min(day, 150), chance.choice([0, 5, 5, 10]), chance.random() < 0.1))
            day += max(0, pace + chance.randrange(-2, 3))
    chance.shuffle(made)
    return made


def rarely(values):
    """Mostly nothing: of two bounds that are asked for together one would always be the only one that matters."""
    return st.one_of(st.none(), st.none(), values)


shops = st.integers(0, 10**9).map(shop_of)
days = rarely(st.integers(0, 150).map(lambda day: LocalDay(BEGAN + timedelta(days=day))))
narrowed = st.builds(
    Filters,
    bought=st.sampled_from(["", "", "", "once", "again"]),
    late=st.booleans(),
    orders_min=rarely(st.integers(0, 5)),
    orders_max=rarely(st.integers(0, 9)),
    spent_min=rarely(st.integers(0, 12).map(lambda fives: fives * 500)),
    first_from=days,
    first_to=days,
    last_from=days,
    last_to=days,
)
only_late = st.just(Filters(late=True))
wide = st.one_of(st.just(Filters()), only_late, narrowed, narrowed)
today = st.integers(20, 160).map(lambda day: LocalDay(BEGAN + timedelta(days=day)))
sortings = st.builds(Sorting, st.sampled_from(SORTS), st.booleans()).map(
    lambda order: Sorting("expected") if order.by == "expected" else order
)


def facts(made):
    for place, (customer, day, gross, cancelled) in enumerate(made):
        at = (BEGAN + timedelta(days=day)).isoformat()
        yield order(place + 1, customer, at, str(gross), cancelled_at="2025-05-30" if cancelled else None)


def slowly(made, today=TODAY):
    """What each customer's orders come to, looked up one by one: orders, net, first, last, gaps."""
    theirs = defaultdict(list)
    for customer, day, gross, cancelled in made:
        if customer is not None and gross > 0 and not cancelled:
            theirs[customer].append((BEGAN + timedelta(days=day), gross * 100))
    for customer, mine in theirs.items():
        bought = sorted({day for day, _ in mine})
        gaps = sorted((later - sooner).days for sooner, later in itertools.pairwise(bought))
        yield {
            "customer": customer,
            "orders": len(mine),
            "net": sum(net for _, net in mine),
            "first_order": bought[0],
            "last_order": bought[-1],
            "usual": median_low(gaps) if len(gaps) > 1 else None,
            "gaps": gaps,
            "since": (today - bought[-1]).days,
        }


def expect(session, shop, seed, currency="USD"):
    """Forecasts of some of the customers, in few values; by customer."""
    chance = Random(seed)
    values = {customer: chance.choice([0, 500, 500, 900]) for customer in range(1, 9) if chance.random() < 0.6}
    fit = {"level": "full", "missing_repeaters": 0, "missing_days": 0, "customers": 8, "repeaters": 8}
    keep_fit(session, shop, TODAY, currency, {**fit, "parameters": {}, "sums": {}})
    rows = [ForecastRow(one, 0.5, 0.25, 0.5, 1, 9, value, 0, value, False) for one, value in values.items()]
    keep_forecasts(session, shop, TODAY, rows, 0, None)
    return values if currency == "USD" else {}


def place_of(one, by):
    if by == "expected":
        return one["expected"] is not None, one["expected"] or 0, one["customer"]
    return one[by], one["customer"]


def with_late(people, first):
    """The same with whether they are late; `first` are all days that people took to come back first."""
    for one in people:
        gaps, since = one.pop("gaps"), one.pop("since")
        others = gaps if len(gaps) > 3 else first if gaps else []
        yield {**one, "late": bool(others) and 10 * sum(gap < since for gap in others) >= 9 * len(others)}


def firsts(made):
    """How long everybody took from the first day to the second."""
    theirs = defaultdict(set)
    for customer, day, gross, cancelled in made:
        if customer is not None and gross > 0 and not cancelled:
            theirs[customer].add(day)
    return [sorted(days)[1] - min(days) for days in theirs.values() if len(days) > 1]


def fits(one, filters):
    between = [
        (one["orders"], filters.orders_min, filters.orders_max),
        (one["net"], filters.spent_min, None),
        (one["first_order"], filters.first_from, filters.first_to),
        (one["last_order"], filters.last_from, filters.last_to),
    ]
    often = {"": True, "once": one["orders"] == 1, "again": one["orders"] > 1}[filters.bought]
    inside = all((low is None or value >= low) and (high is None or value <= high) for value, low, high in between)
    return often and inside and (one["late"] or not filters.late)


def walked(session, shop, listing, size):
    """The whole list, page by page."""
    total, after, found = count_listed(session, shop, listing), None, []
    for _ in range(100):
        rows, after = people_listed(session, shop, listing, total, after, size)
        assert len(rows) == size or after is None, "a page is full unless it is the last"
        found += rows
        if after is None:
            assert len(found) == total
            return found
    raise AssertionError("the list does not end")


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("few", [0, 20_000], ids=["along the index", "sorted"])
def test_a_list_is_what_a_slow_look_finds(kind, few, request, monkeypatch):
    database, count = request.getfixturevalue(kind), itertools.count()
    monkeypatch.setattr(queries, "FEW", few)
    other = make_shop(database, "other.myshopify.com")
    with database.transaction() as session:
        apply_facts(session, other, list(facts([(9, 3, 20, False), (1, 5, 7, False)])), NOW, LOOKUP)

    @examples(kind, 150, 40)
    @given(shops, wide, sortings, st.integers(1, 5), today, st.sampled_from(["USD", "USD", "KWD"]))
    def holds(made, filters, sorting, size, today, currency):
        shop = make_shop(database, f"s{next(count)}.myshopify.com")
        with database.transaction() as session:
            apply_facts(session, shop, list(facts(made)), NOW, LOOKUP)
            values = expect(session, shop, len(made), currency)
        wanted = [one for one in with_late(slowly(made, today), firsts(made)) if fits(one, filters)]
        wanted = [{**one, "expected": values.get(one["customer"])} for one in wanted]
        wanted.sort(key=lambda one: place_of(one, sorting.by), reverse=sorting.descending)
        with database.reading() as session:
            found = walked(
                session, shop, Listing(filters, sorting, today, shops_limit(session, shop), ahead=True), size
            )
        assert [told(one) for one in found] == wanted

    holds()


def told(one):
    row = one.row
    return {
        "customer": row.customer_id,
        "orders": row.orders,
        "net": row.net,
        "first_order": row.first_day,
        "last_order": row.last_day,
        "usual": row.usual_gap,
        "late": bool(one.late),
        "expected": one.expected,
    }


def test_only_those_whom_a_search_means(database):
    shop = make_shop(database)
    made = [(1, 0, 5, False), (2, 1, 5, False), (None, 2, 5, False)]
    with database.transaction() as session:
        apply_facts(session, shop, list(facts(made)), NOW, LOOKUP)
    with database.reading() as session:
        assert orders_named(session, shop, "#2") == orders_named(session, shop, "2") == {2}
        assert orders_named(session, shop, "#3") == set(), "a guest's order leads to nobody"
        for found, customers in (((2, 77), [2]), ((), []), (None, [2, 1])):
            listing = Listing(Filters(q="x"), Sorting(), TODAY, None, found)
            assert [one.row.customer_id for one in walked(session, shop, listing, 25)] == customers


wanted_lists = st.builds(
    Wanted,
    narrowed,
    sortings,
    st.lists(st.sampled_from(CHOICES), unique=True, min_size=1).map(
        lambda chosen: tuple(name for name in CHOICES if name in chosen)
    ),
)


@given(wanted_lists, st.sampled_from(["USD", "KWD", "JPY"]))
def test_an_address_is_read_as_it_was_written(wanted, currency):
    query = wanted.query(currency)
    again = read_wanted(query, [query.get("columns", "")], currency)
    assume(not again.problems)
    assert again == wanted


def test_the_usual_list_has_a_bare_address():
    assert Wanted().query("USD") == {}
    assert read_wanted({}, [], "USD") == Wanted(Filters(), Sorting("last_order", descending=True), USUAL)


@pytest.mark.parametrize(
    ("query", "part"),
    [
        ({"orders_min": "many"}, "orders_min"),
        ({"orders_min": "1e3"}, "orders_min"),
        ({"orders_min": "٣"}, "orders_min"),
        ({"orders_max": "9" * 5000}, "orders_max"),
        ({"orders_min": "5", "orders_max": "2"}, "orders_max"),
        ({"spent_min": "-1"}, "spent_min"),
        ({"spent_min": "1.234"}, "spent_min"),
        ({"spent_min": "9" * 19}, "spent_min"),
        ({"first_from": "tomorrow"}, "first_from"),
        ({"first_from": "2025-02-30"}, "first_from"),
        ({"last_from": "2025-05-01", "last_to": "2025-04-30"}, "last_to"),
        ({"first_from": "2025-05-01", "first_to": "2025-04-30"}, "first_to"),
        ({"first_from": "2025-05-01", "last_to": "2025-04-30"}, "last_to"),
        ({"bought": "never"}, "bought"),
        ({"bought": "once", "orders_min": "2"}, "bought"),
        ({"bought": "again", "orders_max": "1"}, "bought"),
        ({"late": "very"}, "late"),
        ({"sort": "name"}, "sort"),
        ({"sort": "--net"}, "sort"),
        ({"sort": "expected"}, "sort"),
        ({"q": "x" * 101}, "q"),
        ({"columns": "orders,height"}, "columns"),
    ],
)
def test_what_nobody_can_meet_is_said_beside_its_field(query, part):
    assert list(read_wanted(query, [query.get("columns", "")], "USD").problems) == [part]


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize(
    "after", ["", "_", "x_1", "1_x", "2025-01-01", "2025-13-01_1", f"1_{2**63}", "9" * 5000, "1_1_1"]
)
def test_a_page_that_never_was_is_said_so(sqlite, sort, after):
    shop = make_shop(sqlite)
    with sqlite.reading() as session, pytest.raises(Malformed, match="This page of the list does not exist"):
        people_listed(session, shop, Listing(Filters(), Sorting(sort), TODAY, None), 1, after, 25)


def test_every_column_tells_of_one_person():
    assert all(column.personal for column in PEOPLE.columns)
    assert PEOPLE.columns[0].name == ALWAYS


@pytest.mark.parametrize(("since", "late"), [(9, False), (10, False), (11, True)])
def test_on_the_last_day_that_is_still_usual_nobody_is_late(database, since, late):
    shop, bought = make_shop(database), (0, 10, 20, 30, 40)
    with database.transaction() as session:
        apply_facts(session, shop, list(facts([(1, day, 5, False) for day in bought])), NOW, LOOKUP)
    with database.reading() as session:
        listing = Listing(Filters(late=True), Sorting(), LocalDay(BEGAN + timedelta(days=40 + since)), 5)
        assert [one.late for one in walked(session, shop, listing, 25)] == [True] * late
        everybody = Listing(Filters(), Sorting(), listing.today, 5)
        assert [one.late for one in walked(session, shop, everybody, 25)] == [late]
