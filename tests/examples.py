"""How many examples a property is tried with, the same ones each time."""

import os

from hypothesis import HealthCheck, settings

LONGER = 10 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 1


def examples(database: str, sqlite: int, postgresql: int) -> settings:
    """For a test on a database by this name: `make test-long` tries ten times as many."""
    return settings(
        max_examples=(sqlite if database == "sqlite" else postgresql) * LONGER,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
