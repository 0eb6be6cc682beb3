"""A tip is a line of Shopify's, and no sale."""

import pytest

from shopify_app.orders.facts import LineFacts
from shopify_app.orders.tips import without_tips


def line(number: int, gross: int, *, product: int | None = None, gift_card: bool = False) -> LineFacts:
    return LineFacts(number, "Line", 1, gross, 0, gift_card, product)


GOODS, CUSTOM, CARD = line(1, 500, product=7), line(2, 300), line(3, 500, gift_card=True)


@pytest.mark.parametrize(
    ("tips", "lines", "left"),
    [
        (0, [GOODS, line(4, 500)], [1, 4]),
        (500, [GOODS, CARD, line(4, 500)], [1, 3]),
        (500, [GOODS, CUSTOM, line(4, 500)], [1, 2]),
        (500, [GOODS, line(4, 500), line(5, 300)], [1, 5]),
        (500, [GOODS, CUSTOM, line(4, 400), line(5, 100)], [1, 2]),
        (500, [GOODS, CUSTOM], [1, 2]),
        (500, [], []),
    ],
    ids=["none", "one", "beside a custom item", "before one that an edit added", "two", "none of them", "no lines"],
)
def test_the_lines_of_no_product_that_make_the_sum_are_the_tips(
    tips: int, lines: list[LineFacts], left: list[int]
) -> None:
    assert [one.line_id for one in without_tips(lines, tips)] == left
