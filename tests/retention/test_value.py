"""Reports > Value: who brings the sales."""

import random
from fractions import Fraction
from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from shopify_app.retention.history.columns import columns
from shopify_app.retention.history.sums import Sums
from shopify_app.retention.value.spending import PARTS, SPENDING, spending
from shopify_app.retention.window import Unit
from tests.retention.test_people import FIRST
from tests.small_shop import add_shop, page


def of(nets):
    """Columns of customers who each bought once for this much."""
    return columns([(buyer, FIRST, 1, net, 1, 1) for buyer, net in enumerate(nets, start=1)])


def best_of(nets, part):
    """The same, from a list of everybody."""
    return sum(sorted(nets, reverse=True)[: ceil(part * len(nets))])


@given(st.lists(st.integers(0, 999), max_size=60))
def test_small_amounts_are_told_exactly(nets):
    found = spending(SPENDING.share(of(nets), Unit.ORDER))
    assert (found.people, found.net) == (len(nets), sum(nets))
    assert [(best.people, best.net) for best in found.best] == [
        (ceil(part * len(nets)), best_of(nets, part)) for part in PARTS
    ]


@given(st.lists(st.integers(-500, 10**13), min_size=1, max_size=80))
def test_big_ones_to_less_than_one_in_a_hundred(nets):
    found = spending(SPENDING.share(of(nets), Unit.ORDER))
    assert (found.people, found.net) == (len(nets), sum(nets))
    for best, part in zip(found.best, PARTS, strict=True):
        true = best_of([max(net, 0) for net in nets], part)
        assert abs(best.net - true) <= Fraction(true, 100) + 500 * len(nets)


def test_it_is_a_sum_over_customers():
    draw = random.Random(4)
    nets = [draw.randint(0, 10**7) for _ in range(300)]
    both = columns([(buyer, FIRST, 1, net, 1, 1) for buyer, net in enumerate(nets)])
    some, rest = both.where(both.buyer < 100), both.where(both.buyer >= 100)
    parts = [SPENDING.share(each, Unit.ORDER) for each in (some, rest)]
    assert parts[0] + parts[1] == SPENDING.share(both, Unit.ORDER)
    assert SPENDING.share(columns([]), Unit.ORDER) == Sums.none()


def test_the_page_says_who_brings_the_sales_in_both_languages(small_world):
    shop = add_shop(small_world, repeaters=2, once=18)
    small_world.install(shop)
    small_world.work()
    said = page(small_world, shop, "/reports/value")
    # Two people with 30 KWD each of 150 in all.
    assert "Your best tenth of customers, 2 people, brought 40 % of what all customers have spent with you." in said
    assert "Best 50 %" in said
    assert "Share of sales from returning customers" in said
    assert "أفضل عُشر عملائك، وهما عميلان" in page(small_world, shop, "/reports/value", "ar")
    told = small_world.json(shop, "/reports/value")
    assert told["who_brings_the_sales"]["best"][2] == {
        "part": "0.1",
        "customers": 2,
        "net_sales": "60.000",
        "share_of_sales": "0.4",
    }
    assert "customer_value" in told["metrics"]


def test_the_file_has_a_line_for_each_part(small_world):
    shop = add_shop(small_world, repeaters=2, once=18)
    small_world.install(shop)
    small_world.work()
    lines = small_world.open(shop, "/reports/value?format=csv&shop=alice.myshopify.com&host=abc").text.splitlines()
    assert lines[0] == "part,customers,net_sales,share_of_sales,currency"
    assert lines[3] == "0.1,2,60.000,0.4,KWD"


def test_a_shop_without_orders_and_an_impossible_period(small_world):
    shop = small_world.store.add_shop("alice.myshopify.com", currency="KWD", timezone="Asia/Kuwait")
    small_world.install(shop)
    small_world.work()
    assert "No orders yet" in page(small_world, shop, "/reports/value")
    assert "This address cannot be read" in page(small_world, shop, "/reports/value?window=never", status=400)
