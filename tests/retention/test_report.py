"""Shopify's own figures: what is asked for, and how an answer is written into the fields."""

from datetime import date
from fractions import Fraction as F
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopify_app.clock import LocalDay
from shopify_app.errors import Malformed
from shopify_app.retention.matching.match import ROWS, read_typed
from shopify_app.retention.matching.report import COLUMNS, Question, missing, read_figures

USUAL = Question.usual()


def test_the_question_names_every_row_and_both_days() -> None:
    assert set(COLUMNS) == set(ROWS)
    assert USUAL.text(LocalDay(date(2026, 10, 1)), LocalDay(date(2026, 10, 31))) == (
        "FROM sales SHOW orders, gross_sales, discounts, sales_reversals, net_sales, average_order_value, customers, "
        "returning_customer_rate SINCE 2026-10-01 UNTIL 2026-10-31"
    )
    assert "SINCE 2006-01-01 UNTIL" in USUAL.text(None, LocalDay(date(2026, 10, 31)))


def test_a_column_that_is_named_has_another_name_or_is_left_out() -> None:
    renamed = USUAL.without(["Column 'sales_reversals' not found"])
    assert renamed.columns["returns"] == "returns"
    assert "returns" not in renamed.without(["Column 'returns' not found"]).columns
    assert USUAL.without(["no column of ours: net_salesman"]) == USUAL


@pytest.mark.parametrize(
    ("row", "value", "text"),
    [
        ("orders", "12", "12"),
        ("orders", 12.0, "12"),
        ("orders", "12.5", None),
        ("gross_sales", "1234.5", "1234.500"),
        ("gross_sales", 1234.1, "1234.100"),
        ("discounts", "-12.000", "12.000"),
        ("returns", "0", "0.000"),
        ("returns", "3.5", "+3.500"),
        ("net_revenue", "-7", "-7.000"),
        ("average_order_value", "8.583333333333", "8.583333"),
        ("average_order_value", None, None),
        ("returning_rate", "0.333333333333", "33.33"),
        ("returning_rate", "0.25", "25.00"),
        ("returning_rate", "25", None),
        ("customers", "", None),
        ("customers", "NaN", None),
        ("customers", "1e3", "1000"),
        ("customers", {}, None),
        ("customers", "-3", None),
        ("returning_rate", "1E+999999", None),
        ("gross_sales", "1E+999999", None),
    ],
)
def test_a_figure_is_written_as_it_would_be_typed(row: str, value: Any, text: str | None) -> None:
    assert read_figures([{USUAL.columns[row]: value}], USUAL, "KWD").get(row) == text


@given(st.integers(-(10**11), 10**11), st.sampled_from(["discounts", "returns", "net_revenue"]))
def test_no_amount_changes_on_its_way_into_a_field(minor: int, row: str) -> None:
    """What is taken off has a minus at Shopify's and none at ours."""
    told = read_figures([{USUAL.columns[row]: f"{F(minor, 1000).__float__():.3f}"}], USUAL, "KWD")
    sign = 1 if row == "net_revenue" else -1
    assert read_typed(told[row], row).value == sign * F(minor, 1000)


@pytest.mark.parametrize("rows", [None, [], {}, [{}, {}], ["1"], "x"])
def test_an_answer_without_one_row_cannot_be_read(rows: Any) -> None:
    with pytest.raises(Malformed):
        read_figures(rows, USUAL, "KWD")


def test_what_is_missing_is_known() -> None:
    assert missing(["orders"])
    assert not missing(list(ROWS))
