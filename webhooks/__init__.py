"""Webhooks: the door, the inbox, the drain, and one file per topic."""
