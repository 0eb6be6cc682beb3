"""Whom a line means: one customer for sure, or nobody."""

import pytest

from shopify_app.loyalty.brought.lines.finding import Known, whom
from shopify_app.loyalty.brought.lines.line import DIFFERS, SEVERAL, UNKNOWN, WAITING, Line

KNOWN = Known({1, 2, 3}, {"one": [1], "two": [2], "both": [1, 2]}, {"tel": [3], "family": [1, 2]})


@pytest.mark.parametrize(
    ("number", "email", "phone", "means"),
    [
        (1, None, None, 1),
        (1, "one", None, 1),
        (1, "changed since", None, 1),
        (1, "both", None, 1),
        # Another app's number, which no customer of the shop has.
        (99, "two", None, 2),
        (99, None, None, UNKNOWN),
        # Another app's number that somebody else has by chance: better nobody than them.
        (1, "two", None, DIFFERS),
        (None, "two", "tel", 2),
        (None, "both", "tel", SEVERAL),
        (None, "stranger", "tel", 3),
        (None, None, "family", SEVERAL),
        (None, "stranger", "stranger", UNKNOWN),
        (None, None, None, UNKNOWN),
    ],
)
def test_a_line_means_one_customer_for_sure_or_nobody(number, email, phone, means):
    assert whom(Line(2, WAITING, 5, number, email, phone, b""), KNOWN) == means
