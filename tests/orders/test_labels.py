"""Countries and discounts as the wires write them."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from shopify_app.orders import labels
from shopify_app.orders.bulk_payload import read_orders
from shopify_app.orders.payload import read_order
from shopify_app.orders.text import CODE
from tests.factories import EPOCH
from tests.orders import bulk_lines

BODY = {
    "id": 1,
    "created_at": "2026-03-01T10:00:00Z",
    "updated_at": "2026-03-01T10:00:00Z",
    "currency": "KWD",
}
"""Of an order, as it was asked for before labels were."""


def webhook(**fields) -> tuple[str | None, str | None]:
    facts, _ = read_order(json.dumps({**BODY, **fields}).encode())
    return facts.country, facts.discount_code


def bulk(**fields) -> tuple[str | None, str | None]:
    ((facts, _),) = read_orders([json.dumps(bulk_lines.order(**fields)).encode()], EPOCH)
    return facts.country, facts.discount_code


def test_what_was_asked_for_before_says_neither():
    assert webhook() == bulk() == (None, None)


def test_an_order_without_an_address_and_a_discount_has_neither():
    assert webhook(discount_codes=[]) == ("", "")
    assert webhook(discount_codes=[], shipping_address=None, billing_address=None) == ("", "")
    assert bulk(discountCodes=[], shippingAddress=None, billingAddress=None) == ("", "")


def test_the_bill_goes_where_nothing_is_shipped():
    assert webhook(discount_codes=[], shipping_address=None, billing_address={"country_code": "SA"}) == ("SA", "")
    assert bulk(discountCodes=[], shippingAddress=None, billingAddress={"countryCodeV2": "SA"}) == ("SA", "")


def test_a_country_that_is_kept_from_us_is_not_none_at_all():
    assert webhook(discount_codes=[], shipping_address={"country_code": None}, billing_address=None) == (None, "")
    assert bulk(discountCodes=[], shippingAddress={"countryCodeV2": None}, billingAddress=None) == (None, "")


def test_only_an_automatic_discount_of_lines_is_known_by_its_title():
    def applied(*kinds):
        found = [{"type": kind, "target_type": on, "title": title} for kind, on, title in kinds]
        return webhook(discount_codes=[], discount_applications=found)[1]

    assert applied(("manual", "line_item", "By hand"), ("automatic", "line_item", "Eid")) == "Eid"
    assert applied(("automatic", "shipping_line", "Free shipping")) == ""
    assert applied(("automatic", "line_item", "First"), ("automatic", "line_item", "Second")) == "First"


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.none(), st.text(max_size=4)))
def test_a_country_is_two_letters_or_none(code):
    found = labels.country(code)
    assert found is None or (len(found) == 2 and found.isascii() and found.isupper() and found == code.upper())


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(max_size=400)), st.lists(st.tuples(st.integers(0, 9), st.text(max_size=400))))
def test_a_code_fits_its_column_and_is_one_whatever_its_case(codes, automatic):
    found = labels.discount(codes, automatic)
    assert len(found) <= CODE
    assert "\0" not in found
    assert found == labels.discount([code.upper() for code in codes], automatic)
