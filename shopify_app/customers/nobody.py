"""Numbers that mean nobody: they stand for customers whose data was erased."""

OPAQUE_FROM = 1 << 62
"""Opaque numbers stand above every id that Shopify gives out."""


def is_erased(customer_id: int | None) -> bool:
    """Whether this number stands for somebody whose data was erased: Shopify has no page about it."""
    return customer_id is not None and customer_id >= OPAQUE_FROM
