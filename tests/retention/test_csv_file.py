"""The file of the orders behind a number."""

import pytest

from shopify_app.clock import Instant, LocalDay
from shopify_app.retention.csv_file import ORDERS, all_rows
from shopify_app.retention.queries import OrderRow
from shopify_app.table import safe
from tests.factories import instant


def row(order_id: int, name: str = "#1", net: int = -4500, customer: int | None = 7) -> OrderRow:
    moment = Instant(instant("2026-11-21T10:00:00"))
    return OrderRow(order_id, name, moment, LocalDay(moment.date()), customer, 2, 1, 10125, net)


def test_amounts_are_plain_decimals_below_zero_too() -> None:
    header, first = ORDERS.lines([row(1)], "KWD")
    assert header.strip() == "order_id,order,day,placed_at,customer_id,nth_order,orders,value,net,currency"
    assert first == "1,#1,2026-11-21,2026-11-21T10:00:00+00:00,7,2,1,10.125,-4.500,KWD\r\n"


def test_guests_have_no_customer_and_no_place() -> None:
    _, first = ORDERS.lines([row(1, customer=None)], "JPY")
    assert first.split(",")[4:9] == ["", "", "1", "10125", "-4500"]


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\N{RIGHT-TO-LEFT MARK}=1"])
def test_names_never_run_as_formulas(name) -> None:
    assert safe(name).startswith("'")


def test_quotes_and_commas_are_kept() -> None:
    _, first = ORDERS.lines([row(1, name='#1, "gift"')], "KWD")
    assert '"#1, ""gift"""' in first


def test_every_page_is_read_once() -> None:
    pages = {None: ([row(3), row(2)], "a"), "a": ([row(1)], None)}
    assert [found.order_id for found in all_rows(lambda after: pages[after])] == [3, 2, 1]
