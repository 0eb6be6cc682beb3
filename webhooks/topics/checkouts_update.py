"""checkouts/update: reads like checkouts/create, which it may overtake."""

from webhooks.topics.checkouts_create import read

__all__ = ["read"]
