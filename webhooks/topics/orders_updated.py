"""orders/updated: the whole order after a change; it may arrive before orders/create and reads the same."""

from webhooks.topics.orders_create import read

__all__ = ["read"]
