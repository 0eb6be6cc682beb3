"""Orders from abroad and what came back of them, worked out by hand in both bases, by whichever road they came.

KWD, Kuwait. Each order pays its price, and on top shipping, duties and a fee that are no sales:

    1 (A)  September 10, 2 x 10.000; duties 3.000, fee 0.500, shipping 2.000
           October 5 one piece is back; on November 2 its money goes back: 10.000, and 1.500 of duties
    2 (B)  September 20, 15.000; duties 2.000, which go back on October 7
    3 (A)  October 1, 12.000
           November 3 it is exchanged through a return for 14.500, for a fee of 0.750
    4 (B)  October 15, 2 x 4.000; shipping 1.000, which goes back on October 16
           October 20 a return is opened, and nothing has come yet
    5 (-)  November 1, 3 x 5.000; duties 1.500
           November 10 two pieces are back; on November 11 11.000 go back, 1.000 more than they had cost

Sales, as completed orders, all where their order is:

    September  20.000 - 10.000 + 15.000           = 25.000 of 2 orders
    October    12.000 - 12.000 + 14.500 + 8.000   = 22.500 of 2 orders
    November   15.000 - 10.000 - 1.000            =  4.000 of 1 order

As Shopify counts, what came back on the day on which it did:

    September  20.000 + 15.000                                      = 35.000, orders of 17.500
    October    12.000 + 8.000 - 10.000                              = 10.000, orders of 10.000
    November   15.000 + 14.500 - 12.000 - 10.000 - 1.000            =  6.500, orders of 15.000
"""

from datetime import datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.small_shop import address
from tests.world import World

KUWAIT = ZoneInfo("Asia/Kuwait")
MONTHS = {"09": "2026-09-01..2026-09-30", "10": "2026-10-01..2026-10-31", "11": "2026-11-01..2026-11-30"}
SALES = {
    "kept": {"09": (25, 2, Fraction(25, 2)), "10": (Fraction(45, 2), 2, Fraction(45, 4)), "11": (4, 1, 4)},
    "shopify": {"09": (35, 2, Fraction(35, 2)), "10": (10, 2, 10), "11": (Fraction(13, 2), 1, 15)},
}


def on(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 12, tzinfo=KUWAIT)


def live(shop: Any) -> None:
    """The table above."""
    ann, ben = (shop.create_customer(name, at=on(9, 1)).id for name in "AB")
    first = shop.place_order(ann, [{"price": "10", "quantity": 2}], shipping="2", duties="3", fee="0.5", at=on(9, 10))
    second = shop.place_order(ben, [{"price": "15"}], duties="2", at=on(9, 20))
    third = shop.place_order(ann, [{"price": "12"}], at=on(10, 1))
    fourth = shop.place_order(ben, [{"price": "4", "quantity": 2}], shipping="1", at=on(10, 15))
    fifth = shop.place_order(None, [{"price": "5", "quantity": 3}], duties="1.5", at=on(11, 1))

    back = come_back(shop, first, 1, on(10, 5))
    shop.refund(second.id, duties=True, at=on(10, 7))
    shop.refund(fourth.id, shipping="1", at=on(10, 16))
    shop.returns.open(fourth.id, {fourth.lines[0].id: 1}, at=on(10, 20))
    assert shop.returns.refund(first.id, back, at=on(11, 2), duties=True).amount == 11_500
    come_back(shop, third, 1, on(11, 3), [{"price": "14.5"}], "0.75")
    more = come_back(shop, fifth, 2, on(11, 10))
    shop.returns.refund(fifth.id, more, "11", at=on(11, 11))


def come_back(shop: Any, order: Any, pieces: int, at: datetime, exchange: Any = (), fee: str = "0") -> int:
    found = shop.returns.open(order.id, {order.lines[0].id: pieces}, exchange, fee, at)
    shop.returns.process(order.id, found.id, at)
    return int(found.id)


@pytest.fixture(params=["import", "webhooks"])
def shop(world: World, request: pytest.FixtureRequest) -> Any:
    made = world.store.add_shop("abroad.myshopify.com", currency="KWD", timezone="Asia/Kuwait")
    if request.param == "import":
        with made.history():
            live(made)
        world.install(made)
    else:
        world.install(made)
        world.work()
        live(made)
    world.work()
    return made


def test_the_figures_are_those_worked_out_by_hand(world: World, shop: Any) -> None:
    for basis, months in SALES.items():
        for month, expected in months.items():
            place = address(f"/reports/numbers?window={MONTHS[month]}&basis={basis}")
            told = world.json(shop, place)["metrics"]
            names = ("net_revenue", "orders", "average_order_value")
            found = tuple(_exact(told[name]) for name in names)
            assert found == expected, (basis, month)
        whole = world.json(shop, address(f"/reports/numbers?window=all&basis={basis}"))["metrics"]
        assert _exact(whole["net_revenue"]) == Fraction(103, 2)


def _exact(told: dict[str, Any]) -> Fraction:
    return Fraction(told["numerator"]) / Fraction(told["denominator"] or 1)


def test_matching_shopifys_numbers_has_returns_on_the_day_they_were_processed(world: World, shop: Any) -> None:
    """November: 15.000 placed and 14.500 sent out instead; 12.000, 10.000 and 1.000 came and went back."""
    rows = world.json(shop, address(f"/reports/match?window={MONTHS['11']}"))["rows"]
    ours = {row["number"]: Fraction(row["ours"] or 0) for row in rows}
    assert (ours["gross_sales"], ours["returns"], ours["net_revenue"]) == (Fraction(59, 2), 23, Fraction(13, 2))
