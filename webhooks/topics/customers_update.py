"""customers/update: reads like customers/create, which it may overtake."""

from webhooks.topics.customers_create import read

__all__ = ["read"]
