"""What discounts take off a cart, whatever they are and however many."""

from hypothesis import given
from hypothesis import strategies as st

from devstore.checkout.cart import Goods
from devstore.checkout.worksheet import worked_out
from devstore.discounts import records
from devstore.discounts.records import Discount, Items, Value
from devstore.records import Product
from tests.devstore.conftest import Watch

DISCOUNTS = st.builds(
    lambda kind, some, value, each: Discount(
        1,
        kind,
        "",
        "",
        Watch()(),
        None,
        Watch()(),
        Watch()(),
        gets=Items(everything=kind == records.BASIC and not some, products=frozenset({1, 2})),
        buys=Items(products=frozenset({2, 3})),
        value=Value(value, 0, each) if not isinstance(value, int) else Value(None, value, each),
        uses_per_order=2,
        minimum=records.Minimum(quantity=1) if kind == records.BXGY else records.Minimum(),
    ),
    st.sampled_from([records.BASIC, records.BXGY, records.FREE_SHIPPING]),
    st.booleans(),
    st.one_of(st.integers(0, 9_000), st.fractions(0, 1)),
    st.booleans(),
)


@given(
    st.lists(st.tuples(st.integers(0, 5_000), st.integers(1, 9)), min_size=1, max_size=4),
    st.lists(DISCOUNTS, max_size=4),
    st.integers(0, 3_000),
)
def test_nothing_is_taken_off_twice(pieces, found, shipping):
    """No line and no shipping falls below nothing, and what each discount says it took is what lines say it gave."""
    goods = [Goods(Product(at, "", price), number) for at, (price, number) in enumerate(pieces, 1)]
    pricing = worked_out(goods, shipping, [(f"C{at}", one) for at, one in enumerate(found)])
    taken = [sum(amount for _, amount in line) for line in pricing.lines]
    assert all(0 <= amount <= one.total for amount, one in zip(taken, goods, strict=True))
    assert 0 <= pricing.off_shipping <= shipping
    given = [part for line in [*pricing.lines, pricing.shipping] for part in line]
    for place, applied in enumerate(pricing.applications):
        assert applied.amount == sum(amount for at, amount in given if at == place)
    assert all(amount > 0 for line in pricing.lines for _, amount in line)
