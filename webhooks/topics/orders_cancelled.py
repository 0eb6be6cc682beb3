"""orders/cancelled: the whole order with cancelled_at; it reads like any other state of it."""

from webhooks.topics.orders_create import read

__all__ = ["read"]
