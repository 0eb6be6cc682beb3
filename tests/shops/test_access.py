"""What a grant reaches."""

from shopify_app.config import DEFAULT_SCOPES
from shopify_app.shops.access import lacking, missing_scopes


def test_writing_implies_reading() -> None:
    assert missing_scopes("write_orders", ["read_orders"]) == ()
    assert missing_scopes("read_orders", ["write_orders"]) == ("write_orders",)


def test_all_orders_is_a_permission_of_its_own() -> None:
    assert missing_scopes("write_orders", ["read_all_orders"]) == ("read_all_orders",)


def test_scopes_outside_the_librarys_grammar_count_only_as_themselves() -> None:
    granted = "customer_read_orders, read_products"
    assert missing_scopes(granted, ["customer_read_orders", "read_products"]) == ()
    assert missing_scopes("write_customers", ["customer_read_customers"]) == ("customer_read_customers",)


def test_a_usual_first_grant_lacks_only_the_long_history() -> None:
    assert [need.feature for need in lacking(DEFAULT_SCOPES)] == ["history"]
