"""Which access scope each type of the Admin API needs."""

_SCOPES = {
    "AbandonedCheckout": "read_orders",
    "Order": "read_orders",
    "LineItem": "read_orders",
    "Refund": "read_orders",
    "Fulfillment": "read_orders",
    "Customer": "read_customers",
    "CustomerSegmentMember": "read_customers",
    "CustomerStatistics": "read_customers",
    "DiscountCodeNode": "read_discounts",
    "DiscountNode": "read_discounts",
    "MetafieldDefinition": "read_customers",
    "Segment": "read_customers",
    "Product": "read_products",
    "ProductVariant": "read_products",
    "Collection": "read_products",
    "ShopifyqlQueryResponse": "read_reports",
    "Return": "read_returns",
    "StoreCreditAccount": "read_store_credit_accounts",
    **dict.fromkeys(
        (
            "StoreCreditAccountTransaction",
            "StoreCreditAccountCreditTransaction",
            "StoreCreditAccountDebitTransaction",
            "StoreCreditAccountDebitRevertTransaction",
            "StoreCreditAccountExpirationTransaction",
        ),
        "read_store_credit_account_transactions",
    ),
}


def scope_of(kind: str) -> str | None:
    """The scope needed to read a type, or a connection of it; None where none is."""
    return _SCOPES.get(kind.removesuffix("Connection"))


_OF_CUSTOMERS = (
    "customerEmailMarketingConsentUpdate",
    "metafieldDefinitionCreate",
    "metafieldDefinitionDelete",
    "metafieldsDelete",
    "metafieldsSet",
    "segmentCreate",
    "segmentDelete",
    "segmentUpdate",
    "tagsAdd",
    "tagsRemove",
)
"""Mutations of customers, and of what the store has for customers alone."""
_OF_DISCOUNTS = (
    "discountCodeBasicCreate",
    "discountCodeBxgyCreate",
    "discountCodeDeactivate",
    "discountCodeDelete",
    "discountCodeFreeShippingCreate",
)
_OF_CREDIT = ("storeCreditAccountCredit", "storeCreditAccountDebit")
_WRITING = {
    **dict.fromkeys(_OF_CUSTOMERS, "write_customers"),
    **dict.fromkeys(_OF_DISCOUNTS, "write_discounts"),
    **dict.fromkeys(_OF_CREDIT, "write_store_credit_account_transactions"),
}


def scope_of_mutation(field: str) -> str | None:
    """The scope that a mutation needs, beside those of what it answers."""
    return _WRITING.get(field)


def scope_of_field(field: str) -> str | None:
    """The scope needed by a root field whose type alone does not tell."""
    return {
        "abandonedCheckoutsCount": "read_orders",
        "ordersCount": "read_orders",
        "customersCount": "read_customers",
        "collectionsCount": "read_products",
        "discountNodesCount": "read_discounts",
    }.get(field)
