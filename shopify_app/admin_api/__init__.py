"""The Admin API: one client, paced, and its documents."""
